//! Bundles a document and the files that it refers to into one document.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::document::walk;
use crate::document::{escape, object_at, unescape};
use crate::error::{DocumentPath, Error, Result, Step, fail};
use crate::load::{Folder, follow};

/// The target of a reference: a file and a JSON pointer into it.
type Target = (PathBuf, String);

/// The limit of values that replace references. A few parts that each refer to the next
/// one twice would otherwise exhaust the memory.
const MAX_COPIED: usize = 1_000_000;

struct Bundle<'a> {
    folder: &'a mut Folder,
    main: PathBuf,
    /// The names of the components, by the schemas that they are made from.
    names: BTreeMap<Target, String>,
    schemas: Map<String, Value>,
    /// The references that are being resolved, to detect cycles.
    following: Vec<Target>,
    /// The number of values that have replaced references so far.
    copied: usize,
}

/// Returns the document of `main`, a path relative to the folder. Its references to
/// schemas refer to its own `components.schemas`; the targets of all others are inlined.
pub(crate) fn bundle(folder: &mut Folder, main: &Path) -> Result<Value> {
    let mut document = folder.content(main)?.clone();
    let mut bundle = Bundle {
        folder,
        main: main.to_owned(),
        names: BTreeMap::new(),
        schemas: Map::new(),
        following: Vec::new(),
        copied: 0,
    };
    if let Some(own) = walk::components(&document) {
        for name in own.keys() {
            let target = (
                main.to_owned(),
                format!("/components/schemas/{}", escape(name)),
            );
            bundle.names.insert(target, name.clone());
        }
    }
    bundle.value(&mut document, main, &mut DocumentPath::default(), false)?;
    if !bundle.schemas.is_empty() {
        let found = bundle.schemas;
        object_at(&mut document, &["components", "schemas"])?.extend(found);
    }
    Ok(document)
}

impl Bundle<'_> {
    /// Resolves the references in a value. `free` is set if the author chose the names of
    /// its members, so that none of them is a keyword.
    fn value(
        &mut self,
        value: &mut Value,
        file: &Path,
        location: &mut DocumentPath,
        free: bool,
    ) -> Result<()> {
        match value {
            Value::Object(members) => {
                let target = members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                if let Some(target) = target.filter(|_| !free) {
                    let followed = self.reference(value, &target, file, location);
                    return followed.map_err(|cause| {
                        let error = Error::new("`$ref`").because_of(cause);
                        error.at(location.clone())
                    });
                }
                let are_responses = are_responses(location);
                for (name, member) in members {
                    // A `$ref` in data is not a reference.
                    let data = match name.as_str() {
                        "default" => !free && !are_responses,
                        "example" | "examples" | "enum" | "const" => !free,
                        _ => false,
                    };
                    if data || (name.starts_with("x-") && !free) {
                        continue;
                    }
                    let free = !free
                        && matches!(
                            name.as_str(),
                            "properties"
                                | "patternProperties"
                                | "$defs"
                                | "definitions"
                                | "schemas"
                        );
                    location.0.push(Step::name(name));
                    self.value(member, file, location, free)?;
                    location.0.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    location.0.push(Step::Index(index));
                    self.value(item, file, location, false)?;
                    location.0.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn reference(
        &mut self,
        value: &mut Value,
        target: &str,
        file: &Path,
        location: &mut DocumentPath,
    ) -> Result<()> {
        let (other, pointer) = target.split_once('#').unwrap_or((target, ""));
        let path = if other.is_empty() {
            file.to_owned()
        } else {
            follow(file, other)?
        };
        let key = (path.clone(), decode(pointer));
        if is_schema(location) {
            let name = match self.names.get(&key) {
                Some(name) => name.clone(),
                None => self.add_schema(&key)?,
            };
            if let Some(members) = value.as_object_mut() {
                let own = format!("#/components/schemas/{}", escape(&name));
                members.insert("$ref".to_owned(), own.into());
            }
            return Ok(());
        }
        if self.following.contains(&key) {
            return fail(format_args!("the target {target} refers back to it"));
        }
        if self.following.len() > 50 {
            return fail(format_args!(
                "the target {target} is more than 50 references deep"
            ));
        }
        let mut found = self.found(&key)?;
        self.following.push(key);
        self.value(&mut found, &path, location, false)?;
        self.following.pop();
        // OpenAPI 3.1 allows a summary and a description next to a `$ref`; they override those
        // of the target.
        if let (Some(found), Some(own)) = (found.as_object_mut(), value.as_object()) {
            for name in ["summary", "description"] {
                if let Some(prose) = own.get(name) {
                    found.insert(name.to_owned(), prose.clone());
                }
            }
        }
        *value = found;
        Ok(())
    }

    /// Adds a schema that is not a component of the main file to its components. Returns
    /// its name.
    fn add_schema(&mut self, key: &Target) -> Result<String> {
        let mut schema = self.found(key)?;
        let last = key.1.rsplit('/').next().unwrap_or_default();
        let stem = key
            .0
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("schema");
        let base: String = match last {
            "" => stem.to_owned(),
            _ if key.1.starts_with("/components/schemas/") && key.1.matches('/').count() == 3 => {
                unescape(last)
            }
            // A part of a component: the names in its pointer that the author chose.
            _ => key
                .1
                .split('/')
                .map(unescape)
                .filter(|part| !walk::is_structural(part) && !KEYWORDS.contains(&part.as_str()))
                .collect::<Vec<_>>()
                .join("_"),
        };
        let base: String = base
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || ".-_".contains(letter) {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        let mut name = base.clone();
        let mut number = 2;
        while self.names.values().any(|taken| *taken == name) {
            name = format!("{base}{number}");
            number += 1;
        }
        self.names.insert(key.clone(), name.clone());
        // The schema is resolved as a component.
        let mut inner = DocumentPath::of(&["components", "schemas", &name]);
        self.value(&mut schema, &key.0, &mut inner, false)
            .map_err(|cause| cause.in_file(&key.0))?;
        self.schemas.insert(name.clone(), schema);
        Ok(name)
    }

    fn found(&mut self, (path, pointer): &Target) -> Result<Value> {
        let content = self.folder.content(path)?;
        let missing = || {
            let file = if *path == self.main {
                String::new()
            } else {
                path.display().to_string()
            };
            Error::new(format_args!("the target {file}#{pointer} does not exist"))
        };
        let found = content.pointer(pointer).ok_or_else(missing)?;
        self.copied += size(found);
        if self.copied > MAX_COPIED {
            return fail(format_args!(
                "the targets of all references contain more than {MAX_COPIED} values"
            ));
        }
        Ok(found.clone())
    }
}

/// Returns the number of values in a value, including itself.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(size).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

/// The keywords in a JSON pointer, in addition to those of every location, that do not become
/// parts of a name.
const KEYWORDS: [&str; 5] = ["", "responses", "$defs", "definitions", "requestBody"];

/// Returns whether the members of the value at this location are responses, so that `default`
/// is a response and not data.
fn are_responses(location: &DocumentPath) -> bool {
    matches!(location.0.as_slice(), [.., Step::Name(owner), Step::Name(last)]
        if last == "responses" && owner != "properties")
}

/// Returns whether a reference at this location refers to a schema.
fn is_schema(location: &DocumentPath) -> bool {
    match location.0.as_slice() {
        [.., Step::Name(list), Step::Index(_)] => matches!(
            list.as_str(),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" | "items"
        ),
        [.., Step::Name(named), Step::Name(_)]
            if matches!(
                named.as_str(),
                "properties"
                    | "schemas"
                    | "patternProperties"
                    | "$defs"
                    | "definitions"
                    | "dependentSchemas"
            ) =>
        {
            true
        }
        [.., Step::Name(last)] => matches!(
            last.as_str(),
            "schema"
                | "items"
                | "additionalProperties"
                | "not"
                | "contains"
                | "propertyNames"
                | "if"
                | "then"
                | "else"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "itemSchema"
        ),
        _ => false,
    }
}

/// Decodes the percent-encoding of a pointer in a reference.
fn decode(pointer: &str) -> String {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(byte)) = (first, hex) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| pointer.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn references_that_expand_exponentially_are_an_error_with_a_location() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut text = "components:\n  responses:\n    R45: {}\n".to_owned();
        for index in 0..45 {
            let next = format!("{{ $ref: '#/components/responses/R{}' }}", index + 1);
            let _ = writeln!(
                text,
                "    R{index}: {{ headers: {{ A: {next}, B: {next} }} }}"
            );
        }
        std::fs::write(folder.path().join("a.yaml"), text).unwrap();
        let mut folder = Folder::new(folder.path()).unwrap();
        let error = bundle(&mut folder, Path::new("a.yaml")).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.starts_with("components.responses.R0.headers.A"),
            "{error}"
        );
        assert!(error.ends_with("more than 1000000 values"), "{error}");
    }
}
