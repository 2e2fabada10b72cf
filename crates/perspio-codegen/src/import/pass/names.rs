//! Names that are unique, stable and valid in Rust.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use crate::document::escape;
use crate::document::walk;
use crate::document::{operation_location, text};
use crate::generate::methods;
use crate::import::notes::Notes;

/// The items of Rust's prelude that the generated code uses.
const PRELUDE: [&str; 11] = [
    "Box", "Default", "Err", "None", "Ok", "Option", "Result", "Self", "Some", "String", "Vec",
];

/// Renames schemas whose names are equal in Rust, which would generate a type twice, and
/// those that would shadow an item of the prelude in the generated code.
pub(crate) fn schemas(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = walk::components(document) else {
        return;
    };
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut renamed = BTreeMap::new();
    for name in schemas.keys() {
        let plain: String = name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || letter == '_' {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        let type_name = plain.to_pascal_case();
        let mut unique = if type_name.is_empty() || PRELUDE.contains(&type_name.as_str()) {
            format!("{plain}Schema")
        } else {
            name.clone()
        };
        let rust = |name: &str| name.replace(['.', '-'], "_").to_pascal_case();
        let mut number = 2;
        while !taken.insert(rust(&unique)) {
            unique = format!("{name}V{number}");
            number += 1;
        }
        if unique != *name {
            notes.changed(
                format!("components.schemas.{name}"),
                format!("renamed to {unique}"),
            );
            renamed.insert(name.clone(), unique);
        }
    }
    if renamed.is_empty() {
        return;
    }
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        for (old, new) in &renamed {
            if let Some(schema) = schemas.remove(old) {
                schemas.insert(new.clone(), schema);
            }
        }
    }
    let targets: BTreeMap<_, _> = renamed
        .iter()
        .map(|(old, new)| {
            (
                format!("#/components/schemas/{}", escape(old)),
                format!("#/components/schemas/{new}"),
            )
        })
        .collect();
    walk::schemas(document, &mut |_, schema| {
        if let Some(new) = walk::reference(schema).and_then(|old| targets.get(old)) {
            *schema = json!({"$ref": new});
        }
    });
}

/// The names of a client's fields and of progenitor's functions, and Rust's keywords.
const RESERVED: [&str; 58] = [
    "abstract",
    "api_version",
    "as",
    "async",
    "await",
    "baseurl",
    "become",
    "box",
    "break",
    "client",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "exec",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "from_pipeline",
    "gen",
    "if",
    "impl",
    "in",
    "inner",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "new",
    "override",
    "post",
    "pre",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "stream",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "use",
    "virtual",
    "while",
];

/// Gives each operation an id, one tag, a summary, a description and a provenance. The
/// generator rejects an operation without an id, and generates two methods with one name if
/// two ids differ in their case only.
pub(crate) fn operations(document: &mut Value, notes: &mut Notes) {
    let ids = ids(document);
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (path, method, operation) in crate::document::operations_mut(document) {
        let location = operation_location(&path, &method);
        let id = ids
            .get(&(path.clone(), method.clone()))
            .cloned()
            .unwrap_or_default();
        if id != text(operation, "operationId") {
            notes.changed(
                format!("{location}.operationId"),
                format!("the method is {id}"),
            );
        }
        let first = walk::items(operation.get("tags")).find_map(Value::as_str);
        let tag = first.filter(|tag| !rust_name(tag).is_empty()).map_or_else(
            || {
                // A version or a parameter only if there is nothing else.
                let subject = crate::document::subject(&path);
                let segments = subject.into_iter().chain(path.split('/'));
                segments
                    .map(rust_name)
                    .find(|part| !part.is_empty() && !part.starts_with('_'))
                    .unwrap_or_else(|| "root".to_owned())
            },
            str::to_owned,
        );
        // Tags that differ in their case only are one.
        let tag = tags.entry(tag.to_pascal_case()).or_insert(tag).clone();
        let Some(members) = operation.as_object_mut() else {
            continue;
        };
        members.insert("operationId".to_owned(), id.into());
        if let Some(before) = members.insert("tags".to_owned(), json!([tag]))
            && before != json!([tag])
        {
            notes.changed(format!("{location}.tags"), format!("only the tag {tag}"));
        }
        members
            .entry("x-source")
            .or_insert_with(|| "documented".into());
        let named = format!("{} {path}", method.to_uppercase());
        for (member, other) in [("summary", "description"), ("description", "summary")] {
            if members
                .get(member)
                .and_then(Value::as_str)
                .is_none_or(|text| text.trim().is_empty())
            {
                let prose = members
                    .get(other)
                    .and_then(Value::as_str)
                    .filter(|text| !text.trim().is_empty());
                let line = prose
                    .and_then(|text| text.lines().next())
                    .unwrap_or(&named)
                    .to_owned();
                members.insert(member.to_owned(), line.into());
            }
        }
    }
}

/// Returns the id of each operation: that of the document if it is unique in Rust, else one
/// from the method and the path. A new operation therefore does not change the ids of the
/// others.
fn ids(document: &mut Value) -> BTreeMap<(String, String), String> {
    let mut declared: BTreeMap<String, usize> = BTreeMap::new();
    let all: Vec<_> = crate::document::operations_mut(document)
        .map(|(path, method, operation)| {
            let id = rust_name(text(operation, "operationId"));
            *declared.entry(id.to_pascal_case()).or_default() += 1;
            (path, method, id)
        })
        .collect();
    let is_usable = |id: &str| {
        !id.is_empty()
            && !RESERVED
                .iter()
                .chain(&methods::NAMES)
                .any(|name| *name == id)
            && declared.get(&id.to_pascal_case()) == Some(&1)
    };
    let mut taken: BTreeSet<String> = all
        .iter()
        .filter(|(_, _, id)| is_usable(id))
        .map(|(_, _, id)| id.to_pascal_case())
        .collect();
    all.into_iter()
        .map(|(path, method, id)| {
            if is_usable(&id) {
                return ((path, method), id);
            }
            let generated = generated_id(&path, &method);
            let mut id = generated.clone();
            let mut number = 2;
            while !taken.insert(id.to_pascal_case()) {
                id = format!("{generated}_v{number}");
                number += 1;
            }
            ((path, method), id)
        })
        .collect()
}

/// Converts a name for Rust: ASCII, snake case, no leading digit.
pub fn rust_name(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let name = plain.to_snake_case();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("n{name}")
    } else {
        name
    }
}

/// Generates an id from method and path: `get_users_by_id_keys` for `GET /users/{id}/keys`.
fn generated_id(path: &str, method: &str) -> String {
    let mut words = vec![method.to_owned()];
    for part in path.split('/') {
        let part = rust_name(&part.replace('{', " by ").replace('}', " "));
        if !part.is_empty() {
            words.push(part);
        }
    }
    if words.len() == 1 {
        words.push("root".to_owned());
    }
    words.join("_")
}

/// Returns the generator's names of values that differ in their sign only.
pub(super) fn of_sign(name: &str) -> Option<&'static str> {
    match name {
        "+1" => Some("plus1"),
        "-1" => Some("minus1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
