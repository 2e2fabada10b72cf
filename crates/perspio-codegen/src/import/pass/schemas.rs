//! Opens schemas for members and values that a server adds later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::version::{changed, move_to_description};
use crate::document::references::{reference_to, remove_unused, target};
use crate::document::walk;
use crate::document::{members_mut, text};
use crate::import::notes::Notes;

/// Keywords that are moved to the description, where `diff` reads them again: those that
/// validate, and `default`. The generated client would validate responses, too, and fail if the
/// server violates its document; the generator does not support some of them.
pub(crate) const DESCRIBED: [&str; 14] = [
    "default",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The extension of the `additionalProperties` of an object that the document closes, from which
/// `diff` reads that it does. The generator ignores it.
pub(crate) const CLOSED: &str = "x-closed";

/// The types that the generator supports.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Opens every schema, and removes keywords that the generator does not support.
///
/// Validation keywords and defaults are moved to the description: an invalid default fails,
/// and a valid one would be sent although the caller did not set it. Titles are removed,
/// because they name types and may collide. `additionalProperties: false` would make a new
/// member of a response an error.
pub(crate) fn open(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        let closed = matches!(schema.get("additionalProperties"), Some(Value::Bool(false)));
        if let Some(removed) = changed(schema, open_one) {
            let change = if closed { "opened" } else { "relaxed" };
            notes.changed(
                location.as_str(),
                match removed.as_str() {
                    "" => change.to_owned(),
                    _ => format!("{change}, without {removed}"),
                },
            );
            if removed.split(", ").any(|keyword| keyword == "default") {
                notes.lost(location.as_str(), "the default is in the description only");
            }
        }
    });
    replace_self_references(document, notes);
}

fn open_one(schema: &mut Value) {
    let known = schema.get("x-known-values").is_some();
    if !schema.is_object() {
        *schema = json!({});
    }
    for keyword in DESCRIBED {
        move_to_description(schema, keyword);
    }
    // Such as `file`, in documents that were converted from Swagger.
    if schema.get("type").is_some()
        && !TYPES.contains(&text(schema, "type"))
        && let Some(members) = schema.as_object_mut()
    {
        members.remove("type");
    }
    let ty = text(schema, "type").to_owned();
    if let Some(members) = schema.as_object_mut() {
        if !known {
            members.remove("title");
        }
        if let Some(Value::Bool(is_open)) = members.get("additionalProperties") {
            let others = if *is_open {
                json!({})
            } else {
                json!({CLOSED: true})
            };
            members.insert("additionalProperties".to_owned(), others);
        }
        members.remove("xml");
        members.remove("externalDocs");
        members.remove("discriminator");
        if !matches!(ty.as_str(), "string" | "number" | "integer") {
            members.remove("format");
        }
        if ty.is_empty()
            && (members.contains_key("properties") || members.contains_key("additionalProperties"))
            && !["oneOf", "anyOf", "allOf"]
                .iter()
                .any(|union| members.contains_key(*union))
        {
            members.insert("type".to_owned(), "object".into());
        }
        if ty == "array" && !members.contains_key("items") {
            members.insert("items".to_owned(), json!({}));
        }
        members.remove("not");
        // The generator makes one object with optional parts of an `anyOf`, even if the
        // variants are not objects.
        if !members.contains_key("oneOf")
            && let Some(variants) = members.remove("anyOf")
        {
            members.insert("oneOf".to_owned(), variants);
        }
        // Together, the two contradict each other.
        if members.get("readOnly") == members.get("writeOnly") {
            members.remove("readOnly");
            members.remove("writeOnly");
        }
    }
}

/// Splits a component that is a nullable union into two: the union becomes a component of its
/// own. The generator gives both types the same name.
pub(crate) fn nullable(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let is_union = |schema: &Value| {
        let plain = walk::items(schema.get("allOf")).all(|part| walk::reference(part).is_some())
            && walk::items(schema.get("allOf")).count() == 1;
        schema.get("nullable") == Some(&true.into())
            && ["enum", "oneOf", "anyOf", "allOf"]
                .iter()
                .any(|name| schema.get(*name).is_some())
            && !(plain
                && schema.get("enum").is_none()
                && schema.get("oneOf").is_none()
                && schema.get("anyOf").is_none())
    };
    let unions: Vec<_> = schemas
        .iter()
        .filter(|(_, schema)| is_union(schema))
        .map(|(name, _)| name.clone())
        .collect();
    for name in unions {
        let mut inner = format!("{name}Value");
        while schemas.contains_key(&inner) {
            inner.push('V');
        }
        let Some(mut schema) = schemas.remove(&name) else {
            continue;
        };
        if let Some(members) = schema.as_object_mut() {
            members.remove("nullable");
        }
        notes.changed(
            format!("components.schemas.{name}"),
            format!("split into a nullable reference and {inner}"),
        );
        let outer = json!({"nullable": true, "allOf": [reference_to(&inner)]});
        schemas.insert(name, outer);
        schemas.insert(inner, schema);
    }
}

/// Replaces schemas that refer to themselves through compositions only, which have no finite
/// type, by schemas that accept any JSON.
fn replace_self_references(document: &mut Value, notes: &mut Notes) {
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in members_mut(document.pointer_mut("/components/schemas")) {
        let mut targets = BTreeSet::new();
        parts(schema, &mut targets);
        direct.insert(name.clone(), targets);
    }
    let reaches_itself = |start: &String| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = direct.get(start).into_iter().flatten().collect();
        while let Some(name) = open.pop() {
            if name == start {
                return true;
            }
            if seen.insert(name) {
                open.extend(direct.get(name).into_iter().flatten());
            }
        }
        false
    };
    let recursive: Vec<_> = direct
        .keys()
        .filter(|name| reaches_itself(name))
        .cloned()
        .collect();
    for name in recursive {
        notes.left_out(
            format!("components.schemas.{name}"),
            "the schema is defined by itself: any JSON is accepted",
        );
        allow_any(document, &name);
    }
}

fn parts(schema: &Value, found: &mut BTreeSet<String>) {
    found.extend(target(schema));
    for union in ["allOf", "anyOf", "oneOf"] {
        for part in walk::items(schema.get(union)) {
            parts(part, found);
        }
    }
}

/// Replaces a component by one that accepts any JSON.
pub(crate) fn allow_any(document: &mut Value, name: &str) {
    for (found, schema) in members_mut(document.pointer_mut("/components/schemas")) {
        if found == name {
            accept_any(schema);
        }
    }
}

/// Replaces a schema by one that accepts any JSON and has the same description.
pub(super) fn accept_any(schema: &mut Value) {
    let description = schema.get("description").cloned();
    *schema = json!({});
    if let (Some(text), Some(members)) = (description, schema.as_object_mut()) {
        members.insert("description".to_owned(), text);
    }
}

/// Removes the components that no operation refers to, for a shorter client.
pub(crate) fn unused(document: &mut Value, notes: &mut Notes) {
    for name in remove_unused(document) {
        notes.changed(
            format!("components.schemas.{name}"),
            "removed: no operation refers to it",
        );
    }
}

#[cfg(test)]
mod tests;
