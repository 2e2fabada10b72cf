//! The parts of a document that only describe it.

use serde_json::{Map, Value};

use crate::document::escape;

/// Members that only describe a document to its readers.
const DESCRIPTIVE: [&str; 5] = [
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
];

/// Returns a copy without descriptions, which are added to `found` with their locations.
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
                if DESCRIPTIVE.contains(&name.as_str()) {
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
            let items = items
                .iter()
                .enumerate()
                .map(|(at, item)| without_descriptions(item, &format!("{location}/{at}"), found));
            Value::Array(items.collect())
        }
        other => other.clone(),
    }
}
