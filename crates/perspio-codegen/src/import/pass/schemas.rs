//! Schemas as a client needs them: open to what a server adds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::version::{changed, in_prose};
use crate::document::escape;
use crate::document::references::{remove_unused, target};
use crate::document::walk;
use crate::document::{members_mut, text};
use crate::import::notes::Notes;

/// Keywords that become checks of the client in both directions, so that a
/// server that is more generous than its document breaks the client; some the
/// generator cannot make a type of.
const CHECKS: [&str; 13] = [
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

/// The types that the generator knows.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Checks are prose; a default that does not fit makes the generator fail, and
/// one that fits is sent though nobody set it: prose, too. Titles become the
/// names of types and clash. `additionalProperties: false` makes a new member
/// of the server an error. A format on what is no text or number is an error.
pub(crate) fn open(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |place, schema| {
        let closed = matches!(schema.get("additionalProperties"), Some(Value::Bool(false)));
        if let Some(gone) = changed(schema, open_one) {
            let opened = if closed {
                "opened"
            } else {
                "said so that it takes more"
            };
            notes.changed(
                place.told(),
                match gone.as_str() {
                    "" => opened.to_owned(),
                    _ => format!("{opened}, without {gone}"),
                },
            );
        }
    });
    endless(document, notes);
}

fn open_one(schema: &mut Value) {
    let known = schema.get("x-known-values").is_some();
    if !schema.is_object() {
        *schema = json!({});
    }
    for keyword in CHECKS.into_iter().chain(["default"]) {
        in_prose(schema, keyword);
    }
    // Such as `file`, of documents that were Swagger once: it says nothing.
    if schema.get("type").is_some()
        && !TYPES.contains(&text(schema, "type"))
        && let Some(members) = schema.as_object_mut()
    {
        members.remove("type");
    }
    let kind = text(schema, "type").to_owned();
    if let Some(members) = schema.as_object_mut() {
        if !known {
            members.remove("title");
        }
        if matches!(members.get("additionalProperties"), Some(Value::Bool(_))) {
            members.insert("additionalProperties".to_owned(), json!({}));
        }
        members.remove("xml");
        members.remove("externalDocs");
        members.remove("discriminator");
        if !matches!(kind.as_str(), "string" | "number" | "integer") {
            members.remove("format");
        }
        if kind.is_empty()
            && (members.contains_key("properties") || members.contains_key("additionalProperties"))
            && !["oneOf", "anyOf", "allOf"]
                .iter()
                .any(|union| members.contains_key(*union))
        {
            members.insert("type".to_owned(), "object".into());
        }
        if kind == "array" && !members.contains_key("items") {
            members.insert("items".to_owned(), json!({}));
        }
        members.remove("not");
        // Of an `anyOf` the generator makes one object with parts, also
        // where the variants are no objects.
        if !members.contains_key("oneOf")
            && let Some(variants) = members.remove("anyOf")
        {
            members.insert("oneOf".to_owned(), variants);
        }
        // Both kinds of marks say nothing to the generator.
        if members.get("readOnly") == members.get("writeOnly") {
            members.remove("readOnly");
            members.remove("writeOnly");
        }
    }
}

/// The generator gives a component that is a union or may be null, and is both,
/// one name for two types: what it is without null becomes a component beside it.
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
            format!("what is not null is {inner}"),
        );
        let outer = json!({"nullable": true, "allOf": [{"$ref": format!("#/components/schemas/{}", escape(&inner))}]});
        schemas.insert(name, outer);
        schemas.insert(inner, schema);
    }
}

/// A schema that is itself, through `allOf` and unions alone, has no end.
fn endless(document: &mut Value, notes: &mut Notes) {
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
    let endless: Vec<_> = direct
        .keys()
        .filter(|name| reaches_itself(name))
        .cloned()
        .collect();
    for name in endless {
        notes.left_out(
            format!("components.schemas.{name}"),
            "the schema is defined by itself: any JSON is taken",
        );
        open_all(document, &name);
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

/// Replaces a schema by the one that takes any JSON.
pub(crate) fn open_all(document: &mut Value, name: &str) {
    for (found, schema) in members_mut(document.pointer_mut("/components/schemas")) {
        if found == name {
            take_any(schema);
        }
    }
}

/// Makes a schema one that takes any JSON; what it says to people stays.
pub(super) fn take_any(schema: &mut Value) {
    let description = schema.get("description").cloned();
    *schema = json!({});
    if let (Some(text), Some(members)) = (description, schema.as_object_mut()) {
        members.insert("description".to_owned(), text);
    }
}

/// Types that no operation needs only make the client longer.
pub(crate) fn unused(document: &mut Value, notes: &mut Notes) {
    for name in remove_unused(document) {
        notes.changed(
            format!("components.schemas.{name}"),
            "no operation needs it",
        );
    }
}

#[cfg(test)]
mod tests;
