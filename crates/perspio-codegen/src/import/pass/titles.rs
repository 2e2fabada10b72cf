//! Names for the types of inline schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::requests::is_schema_of_parts;
use crate::document::walk::{self, DocumentLocation};
use crate::document::{members_mut, text};
use crate::import::notes::Notes;

/// Gives each inline schema a unique title. The generator names the type of an inline schema
/// after its location, and uses an existing type of that name instead, or generates two. A
/// title takes precedence.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        if !location.is_component() {
            nest_nullable_union(schema);
        }
    });
    let mut taken: BTreeSet<String> = members_mut(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.to_pascal_case())
        .collect();
    // The titles of other passes are not changed.
    walk::schemas(document, &mut |_, schema| {
        if has_own_title(schema) {
            taken.insert(text(schema, "title").to_pascal_case());
        }
    });
    let names = Names::of(document);
    walk::schemas(document, &mut |location, schema| {
        let is_named = location.is_component() || has_own_title(schema);
        if is_named || is_schema_of_parts(location) || !is_type(schema) {
            return;
        }
        let name = names.of_schema(location);
        let unique = unique(&name, &mut taken);
        if unique != name {
            notes.changed(location.as_str(), format!("the type is named {unique}"));
        }
        if let Some(members) = schema.as_object_mut() {
            members.insert("title".to_owned(), json!(unique));
        }
    });
}

/// The names of schemas, which begin with the ids of their operations.
pub(super) struct Names {
    ids: BTreeMap<(String, String), String>,
}

impl Names {
    pub(super) fn of(document: &mut Value) -> Self {
        let mut ids = BTreeMap::new();
        for (path, method, operation) in crate::document::operations_mut(document) {
            let id = text(operation, "operationId").to_pascal_case();
            ids.insert((path, method), id);
        }
        Self { ids }
    }

    /// Returns a name for the schema at a location: the names in it that the author chose.
    pub(super) fn of_schema(&self, location: &DocumentLocation) -> String {
        let words: Vec<&str> = location.names().collect();
        match words.as_slice() {
            ["paths", path, method, rest @ ..] => {
                let id = self.ids.get(&((*path).to_owned(), (*method).to_owned()));
                id.cloned().unwrap_or_default() + &name(rest)
            }
            rest => name(rest),
        }
    }
}

/// Returns a name that is not taken, and takes it.
pub(super) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.to_owned();
    let mut number = 2;
    while !taken.insert(unique.to_pascal_case()) {
        unique = format!("{name}V{number}");
        number += 1;
    }
    unique
}

/// Moves a nullable union into an `allOf`, with its title. The generator otherwise gives the
/// title to the nullable type instead of the union.
fn nest_nullable_union(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if is_nullable(members) && !members.contains_key("allOf") && !members.contains_key("type") {
        let union = members.remove("oneOf");
        members.extend(union.map(|union| ("allOf".to_owned(), json!([{"oneOf": union}]))));
    }
}

fn is_nullable(members: &Map<String, Value>) -> bool {
    members.get("nullable") == Some(&true.into())
}

/// Returns whether another pass gave this schema its title.
fn has_own_title(schema: &Value) -> bool {
    schema.get("x-known-values").is_some() && schema.get("title").is_some()
}

/// Returns whether the generator makes a type of this schema.
fn is_type(schema: &Value) -> bool {
    let Some(members) = schema.as_object() else {
        return false;
    };
    let one_part = members.get("allOf").and_then(Value::as_array);
    if is_nullable(members) && one_part.is_some_and(|parts| parts.len() == 1) {
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

/// Returns a name for a location: the names in it that the author chose.
fn name(location: &[&str]) -> String {
    let before = std::iter::once("").chain(location.iter().copied());
    let words: Vec<_> = before
        .zip(location)
        .filter_map(|(before, word)| match *word {
            // An `allOf` mostly has one part.
            "0" if before == "allOf" => None,
            "components" | "schema" | "schemas" | "properties" | "content" | "allOf" => None,
            // A media type.
            media_type if media_type.contains('/') => None,
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
