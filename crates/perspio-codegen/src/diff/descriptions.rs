//! The parts of a document that only describe it.

use serde_json::{Map, Value};

use crate::document::{escape, text, walk};

/// Members that only describe a document to its readers.
const DESCRIPTIVE: [&str; 6] = [
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "title",
];

/// Returns a copy without descriptions, which are added to `found` with their locations: JSON
/// pointers, but with the names of parameters instead of their indices.
pub(crate) fn without_descriptions(
    value: &Value,
    location: &str,
    found: &mut Vec<(String, Value)>,
) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (name, member) in object {
                let inside = format!("{location}/{}", escape(name));
                // The title of the document is part of its version.
                let is_descriptive = DESCRIPTIVE.contains(&name.as_str());
                if is_descriptive && inside != "/info/title" {
                    found.push((inside, member.clone()));
                } else if ["enum", "default", "const"].contains(&name.as_str()) {
                    kept.insert(name.clone(), member.clone());
                } else if let ("properties" | "schemas", Value::Object(members)) =
                    (name.as_str(), member)
                {
                    // Here names are data: one may be called `description`.
                    let members = members.iter().map(|(name, member)| {
                        let inside = format!("{inside}/{}", escape(name));
                        (name.clone(), without_descriptions(member, &inside, found))
                    });
                    kept.insert(name.clone(), Value::Object(members.collect()));
                } else {
                    kept.insert(name.clone(), without_descriptions(member, &inside, found));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(at, item)| {
                let name = parameter(location, item).unwrap_or_else(|| at.to_string());
                without_descriptions(item, &format!("{location}/{name}"), found)
            });
            Value::Array(items.collect())
        }
        other => other.clone(),
    }
}

/// Returns the name of an item in a list of parameters, with the part of the request in which it
/// is sent.
fn parameter(list: &str, item: &Value) -> Option<String> {
    let [name, sent_in] = ["name", "in"].map(|member| text(item, member));
    let is_parameter = list.ends_with("/parameters") && !name.is_empty();
    is_parameter.then(|| format!("{} {sent_in}", escape(name)))
}

/// Returns the part of a document at a location of [`without_descriptions`].
pub(crate) fn at<'a>(document: &'a Value, location: &str) -> Option<&'a Value> {
    let mut found = document;
    let mut list = String::new();
    for part in location.split('/').skip(1) {
        let named = walk::items(Some(found))
            .find(|item| parameter(&list, item).is_some_and(|name| name == part));
        found = match named {
            Some(item) => item,
            None => found.pointer(&format!("/{part}"))?,
        };
        list = format!("/{part}");
    }
    Some(found)
}
