//! Opens enums for values that the document does not list.

mod described;

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::names::of_sign;
use crate::document::references::target;
use crate::document::walk::{self, DocumentLocation, describe};
use crate::document::{VALUE_DESCRIPTIONS, members_mut};
use crate::import::notes::Notes;

pub(super) use described::run as described;

/// Replaces an enum of strings by a union of the known values and any string. An enum whose
/// values collide in Rust, or are not strings, becomes its plain type, with the values in
/// the description. The value of a discriminator is not changed.
///
/// The generator's enums are closed, so that a new value of the server fails to decode.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let discriminators = discriminators(document);
    let mut titles: BTreeSet<String> = members_mut(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.to_pascal_case())
        .collect();
    walk::schemas(document, &mut |location, schema| {
        let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else {
            return;
        };
        if schema.get("x-known-values").is_some() {
            return;
        }
        // The generator checks the values against the type, and fails if the type is a
        // reference or a union.
        let parts = ["allOf", "oneOf", "anyOf"];
        let composed = parts.iter().any(|name| schema.get(*name).is_some());
        if composed && let Some(members) = schema.as_object_mut() {
            if values.len() == 1
                && discriminators.contains(location.as_str())
                && members.contains_key("type")
            {
                members.retain(|name, _| !parts.contains(&name.as_str()));
            } else {
                members.remove("enum");
                notes.changed(
                    location.as_str(),
                    "an enum with a composition: values moved to the description",
                );
                describe_values(schema, &values);
                return;
            }
        }
        if values.len() == 1 && discriminators.contains(location.as_str()) {
            if let Some(members) = schema.as_object_mut() {
                members.insert("x-known-values".to_owned(), true.into());
            }
            return;
        }
        let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        let are_texts = texts.len() == values.len();
        let ty = crate::document::text(schema, "type");
        if are_texts && ty == "array" {
            notes.changed(location.as_str(), "moved the enum of a list to its items");
            of_items(schema, values);
            return;
        }
        let is_quoted = are_texts && texts.iter().all(|text| parses_as(ty, text));
        let names: BTreeSet<_> = texts.iter().map(|text| variant(text)).collect();
        let fits = are_texts
            && !is_quoted
            && !values.is_empty()
            && names.len() == texts.len()
            && !names.iter().any(String::is_empty);
        if fits {
            let title = unique(&title(location), &mut titles);
            notes.changed(
                location.as_str(),
                format!("an open enum, with the known values {title}"),
            );
            let mut known = json!({
                "type": "string", "enum": values, "title": title, "x-known-values": true
            });
            if let (Some(texts), Some(known)) =
                (schema.get_mut(VALUE_DESCRIPTIONS), known.as_object_mut())
            {
                known.insert(VALUE_DESCRIPTIONS.to_owned(), texts.take());
            }
            let variants = json!([known, {"type": "string"}]);
            if let Some(members) = schema.as_object_mut() {
                members.remove("enum");
                members.remove("type");
                members.remove("format");
                members.remove(VALUE_DESCRIPTIONS);
                members.insert("oneOf".to_owned(), variants);
            }
            return;
        }
        notes.changed(
            location.as_str(),
            "an enum replaced by its type: values moved to the description",
        );
        describe_values(schema, &values);
        if let Some(members) = schema.as_object_mut() {
            members.remove("enum");
            if are_texts && !is_quoted {
                members.insert("type".to_owned(), "string".into());
            }
        }
    });
}

/// Returns whether a string parses as a value of this type: the document quotes it.
fn parses_as(ty: &str, text: &str) -> bool {
    match ty {
        "boolean" => text.parse::<bool>().is_ok(),
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

/// Moves an enum of strings from a list to its items, which it is meant for, unless the
/// items have another type.
fn of_items(schema: &mut Value, values: Vec<Value>) {
    describe_values(schema, &values);
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    members.remove("enum");
    let items = members.entry("items").or_insert_with(|| json!({}));
    let members = items.as_object_mut();
    if let Some(members) = members.filter(|members| !members.contains_key("enum"))
        && members.get("type").is_none_or(|ty| ty == "string")
        && !["$ref", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|part| members.contains_key(*part))
    {
        members.insert("type".to_owned(), "string".into());
        members.insert("enum".to_owned(), values.into());
    }
}

/// Adds the values of an enum to the description.
fn describe_values(schema: &mut Value, values: &[Value]) {
    let texts = schema
        .as_object_mut()
        .and_then(|members| members.remove(VALUE_DESCRIPTIONS))
        .unwrap_or_default();
    let describe_one = |value: &Value| match texts.get(described::name(value).as_str()) {
        Some(Value::String(text)) => format!("{value} ({})", text.trim_end_matches('.')),
        _ => value.to_string(),
    };
    let values: Vec<_> = values.iter().map(describe_one).collect();
    describe(schema, &format!("Known values: {}", values.join(", ")));
}

/// Returns the name of a value in Rust, which must be unique in an enum.
fn variant(text: &str) -> String {
    if let Some(name) = of_sign(text) {
        return name.to_owned();
    }
    let stays = |letter: char| letter.is_alphanumeric() || letter == '_';
    let plain = text.replace('\'', "").replace(|letter| !stays(letter), "-");
    let name = plain.to_pascal_case();
    if name.starts_with(char::is_numeric) {
        format!("X{name}")
    } else {
        name
    }
}

/// Returns a name for the schema at a location: the names in it that the author chose.
fn title(location: &DocumentLocation) -> String {
    let is_union = |word: &str| ["oneOf", "anyOf", "allOf"].contains(&word);
    let words: Vec<_> = location
        .names()
        .filter(|word| !walk::is_structural(word) && !is_union(word))
        .collect();
    let name: String = words
        .join("_")
        .replace(
            |letter: char| !letter.is_ascii_alphanumeric() && letter != '_',
            "_",
        )
        .to_pascal_case();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("N{name}Known")
    } else {
        format!("{name}Known")
    }
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.to_owned();
    let mut number = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{name}V{number}");
        number += 1;
    }
    unique
}

/// Returns the locations of the members of variants, where a single value is a
/// discriminator.
fn discriminators(document: &mut Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut locations = BTreeSet::new();
    walk::schemas(document, &mut |location, schema| {
        for union in ["oneOf", "anyOf"] {
            for (index, part) in walk::items(schema.get(union)).enumerate() {
                names.extend(target(part));
                locations.insert(format!("{}.{union}.{index}", location.as_str()));
            }
        }
    });
    locations.extend(
        names
            .iter()
            .map(|name| format!("components.schemas.{name}")),
    );
    let mut found = BTreeSet::new();
    walk::schemas(document, &mut |location, schema| {
        if locations.contains(location.as_str()) {
            for (name, member) in members_mut(schema.get_mut("properties")) {
                found.insert(format!("{}.properties.{name}", location.as_str()));
                found.extend(target(member).map(|name| format!("components.schemas.{name}")));
            }
        }
    });
    found
}

#[cfg(test)]
mod tests;
