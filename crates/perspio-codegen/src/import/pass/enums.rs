//! Enums that take what the document does not know yet.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Value, json};

use super::names::of_sign;
use crate::document::members_mut;
use crate::document::references::target;
use crate::document::walk::{self, Place, describe};
use crate::import::notes::Notes;

/// The generator's enums are closed: a new value of the server fails to decode.
/// One of texts becomes a union of the known values and any text; one whose
/// values clash in Rust, or that holds no texts, becomes its plain type with
/// the values in prose. The one value that tells a union's variants apart stays.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let marks = marks(document);
    let mut titles: BTreeSet<String> = members_mut(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.to_pascal_case())
        .collect();
    walk::schemas(document, &mut |place, schema| {
        let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else {
            return;
        };
        if schema.get("x-known-values").is_some() {
            return;
        }
        // The generator holds the values to the type, and gives up where that is
        // a reference or a union beside them.
        let beside = ["allOf", "oneOf", "anyOf"];
        let composed = beside.iter().any(|name| schema.get(*name).is_some());
        if composed && let Some(members) = schema.as_object_mut() {
            if values.len() == 1 && marks.contains(place.told()) && members.contains_key("type") {
                members.retain(|name, _| !beside.contains(&name.as_str()));
            } else {
                members.remove("enum");
                notes.changed(
                    place.told(),
                    "an enum beside other parts: its values in prose",
                );
                in_prose(schema, &values);
                return;
            }
        }
        if values.len() == 1 && marks.contains(place.told()) {
            if let Some(members) = schema.as_object_mut() {
                members.insert("x-known-values".to_owned(), true.into());
            }
            return;
        }
        let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        let are_texts = texts.len() == values.len();
        let kind = crate::document::text(schema, "type");
        if are_texts && kind == "array" {
            notes.changed(place.told(), "an enum of a list is one of its items");
            of_items(schema, values);
            return;
        }
        let is_quoted = are_texts && texts.iter().all(|text| is_a(kind, text));
        let names: BTreeSet<_> = texts.iter().map(|text| variant(text)).collect();
        let fits = are_texts
            && !is_quoted
            && !values.is_empty()
            && names.len() == texts.len()
            && !names.iter().any(String::is_empty);
        if fits {
            let title = unique(&title(place), &mut titles);
            notes.changed(
                place.told(),
                format!("an open enum, its known values are {title}"),
            );
            let known = json!({
                "type": "string", "enum": values, "title": title, "x-known-values": true
            });
            let variants = json!([known, {"type": "string"}]);
            if let Some(members) = schema.as_object_mut() {
                members.remove("enum");
                members.remove("type");
                members.remove("format");
                members.insert("oneOf".to_owned(), variants);
            }
            return;
        }
        notes.changed(
            place.told(),
            "an enum that is its plain type, its values in prose",
        );
        in_prose(schema, &values);
        if let Some(members) = schema.as_object_mut() {
            members.remove("enum");
            if are_texts && !is_quoted {
                members.insert("type".to_owned(), "string".into());
            }
        }
    });
}

/// Whether a value that is quoted in the document is of this type without quotes.
fn is_a(kind: &str, text: &str) -> bool {
    match kind {
        "boolean" => text.parse::<bool>().is_ok(),
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

/// Texts are no lists: they can only be meant of the items, if those are texts.
fn of_items(schema: &mut Value, values: Vec<Value>) {
    in_prose(schema, &values);
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    members.remove("enum");
    let items = members.entry("items").or_insert_with(|| json!({}));
    let said = items.as_object_mut();
    if let Some(said) = said.filter(|said| !said.contains_key("enum"))
        && said.get("type").is_none_or(|kind| kind == "string")
        && !["$ref", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|part| said.contains_key(*part))
    {
        said.insert("type".to_owned(), "string".into());
        said.insert("enum".to_owned(), values.into());
    }
}

fn in_prose(schema: &mut Value, values: &[Value]) {
    let told: Vec<_> = values.iter().map(Value::to_string).collect();
    describe(schema, &format!("Known values: {}", told.join(", ")));
}

/// The name that a value gets in Rust: no two of an enum may have one.
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

/// A name from the place: the words that people chose.
fn title(place: &Place) -> String {
    let skipped = [
        "components",
        "schemas",
        "properties",
        "paths",
        "schema",
        "content",
        "oneOf",
        "anyOf",
        "allOf",
        "application/json",
    ];
    let words: Vec<_> = place
        .names()
        .filter(|word| !skipped.contains(word))
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

/// The places of the members of variants: a single value there is a mark.
fn marks(document: &mut Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut places = BTreeSet::new();
    walk::schemas(document, &mut |place, schema| {
        for union in ["oneOf", "anyOf"] {
            for (index, part) in walk::items(schema.get(union)).enumerate() {
                names.extend(target(part));
                places.insert(format!("{}.{union}.{index}", place.told()));
            }
        }
    });
    places.extend(
        names
            .iter()
            .map(|name| format!("components.schemas.{name}")),
    );
    let mut marks = BTreeSet::new();
    walk::schemas(document, &mut |place, schema| {
        if places.contains(place.told()) {
            for (name, member) in members_mut(schema.get_mut("properties")) {
                marks.insert(format!("{}.properties.{name}", place.told()));
                marks.extend(target(member).map(|name| format!("components.schemas.{name}")));
            }
        }
    });
    marks
}

#[cfg(test)]
mod tests;
