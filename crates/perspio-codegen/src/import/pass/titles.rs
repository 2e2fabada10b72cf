//! Names for the types of schemas that stand in place.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use crate::document::walk;
use crate::document::{members_mut, text};
use crate::import::notes::Notes;

/// The generator names the type of a schema in place after where it stands, and
/// takes a type that has this name already, whatever that is: the wrong one,
/// or twice the same. A title goes before, so each gets one that nothing else has.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |place, schema| {
        if !place.is_component() {
            beneath_null(schema);
        }
    });
    let mut taken: BTreeSet<String> = members_mut(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.to_pascal_case())
        .collect();
    // Ours stay as they are.
    walk::schemas(document, &mut |_, schema| {
        if is_ours(schema) {
            taken.insert(text(schema, "title").to_pascal_case());
        }
    });
    let mut ids = std::collections::BTreeMap::new();
    for (path, method, operation) in crate::document::operations_mut(document) {
        let id = text(operation, "operationId").to_pascal_case();
        ids.insert((path, method), id);
    }
    walk::schemas(document, &mut |place, schema| {
        if place.is_component() || is_ours(schema) || !has_a_name(schema) {
            return;
        }
        let words: Vec<&str> = place.names().collect();
        let name = match words.as_slice() {
            ["paths", path, method, rest @ ..] => {
                let id = ids.get(&((*path).to_owned(), (*method).to_owned()));
                id.cloned().unwrap_or_default() + &name(rest)
            }
            rest => name(rest),
        };
        let mut unique = name.clone();
        let mut number = 2;
        while !taken.insert(unique.to_pascal_case()) {
            unique = format!("{name}V{number}");
            number += 1;
        }
        if unique != name {
            notes.changed(place.told(), format!("its type is {unique}"));
        }
        if let Some(members) = schema.as_object_mut() {
            members.insert("title".to_owned(), json!(unique));
        }
    });
}

/// What says that a union may be null the generator takes for another schema, and
/// the title for that one's: the union stands one step deeper, with its own.
fn beneath_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if may_be_null(members) && !members.contains_key("allOf") && !members.contains_key("type") {
        let union = members.remove("oneOf");
        members.extend(union.map(|union| ("allOf".to_owned(), json!([{"oneOf": union}]))));
    }
}

fn may_be_null(members: &Map<String, Value>) -> bool {
    members.get("nullable") == Some(&true.into())
}

/// Whether a pass gave this schema its title.
fn is_ours(schema: &Value) -> bool {
    schema.get("x-known-values").is_some() && schema.get("title").is_some()
}

/// Whether the generator makes a type of its own of this schema.
fn has_a_name(schema: &Value) -> bool {
    let Some(members) = schema.as_object() else {
        return false;
    };
    let one_part = members.get("allOf").and_then(Value::as_array);
    if may_be_null(members) && one_part.is_some_and(|parts| parts.len() == 1) {
        return false;
    }
    let unions = ["allOf", "anyOf", "oneOf", "enum"];
    let is_object = object_members(schema) > 0;
    is_object || unions.iter().any(|union| members.contains_key(*union))
}

fn object_members(schema: &Value) -> usize {
    let members = schema.get("properties").and_then(Value::as_object);
    members.map_or(0, Map::len)
}

/// The words of a place that people chose.
fn name(place: &[&str]) -> String {
    let before = std::iter::once("").chain(place.iter().copied());
    let words: Vec<_> = before
        .zip(place)
        .filter_map(|(before, word)| match *word {
            // Mostly the only one.
            "0" if before == "allOf" => None,
            "components" | "schema" | "schemas" | "properties" | "content" | "allOf" => None,
            // A media type.
            kind if kind.contains('/') => None,
            "requestBody" => Some("body"),
            "responses" => Some("response"),
            "oneOf" | "anyOf" => Some("variant"),
            "items" => Some("item"),
            "additionalProperties" => Some("value"),
            "parameters" => Some("parameter"),
            other => Some(other),
        })
        .collect();
    words
        .join("_")
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
        .to_pascal_case()
}

#[cfg(test)]
mod tests;
