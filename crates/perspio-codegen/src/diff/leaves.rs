//! The differences of two values, one line for each.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::escape;

/// Members that are words for people.
const WORDS: [&str; 5] = [
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
];

/// A copy without words for people; `found` gets them, with their places.
pub(crate) fn without_words(value: &Value, place: &str, found: &mut Vec<(String, Value)>) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (name, member) in object {
                let inside = format!("{place}/{}", escape(name));
                if WORDS.contains(&name.as_str()) {
                    found.push((inside, member.clone()));
                } else if ["enum", "default", "const"].contains(&name.as_str()) {
                    kept.insert(name.clone(), member.clone());
                } else if let ("properties" | "schemas", Value::Object(members)) =
                    (name.as_str(), member)
                {
                    // Here names are data: one may be called `description`.
                    let members = members.iter().map(|(name, member)| {
                        let inside = format!("{inside}/{}", escape(name));
                        (name.clone(), without_words(member, &inside, found))
                    });
                    kept.insert(name.clone(), Value::Object(members.collect()));
                } else {
                    kept.insert(name.clone(), without_words(member, &inside, found));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let items =
                items.map(|(at, item)| without_words(item, &format!("{place}/{at}"), found));
            Value::Array(items.collect())
        }
        other => other.clone(),
    }
}

/// What differs between two values, `place: before → after`.
pub(crate) fn leaves(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    between(old, new, "", &mut found);
    found
}

fn between(old: &Value, new: &Value, place: &str, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names {
                let place = inside(place, name);
                of_one(before.get(name), after.get(name), &place, found);
            }
        }
        (Value::Array(before), Value::Array(after)) if scalars(before) && scalars(after) => {
            let start = found.len();
            let new = after.iter().filter(|value| !before.contains(value));
            found.extend(new.map(|value| format!("{place}: {} is new", short(value))));
            let gone = before.iter().filter(|value| !after.contains(value));
            found.extend(gone.map(|value| format!("{place}: {} is removed", short(value))));
            if found.len() == start {
                found.push(format!("{place}: the same in another order"));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for at in 0..before.len().max(after.len()) {
                let place = inside(place, &at.to_string());
                of_one(before.get(at), after.get(at), &place, found);
            }
        }
        _ => {
            let line = format!("{place}: {} → {}", short(old), short(new));
            found.push(line.trim_start_matches(": ").to_owned());
        }
    }
}

/// What became of one member or item.
fn of_one(old: Option<&Value>, new: Option<&Value>, place: &str, found: &mut Vec<String>) {
    match (old, new) {
        (Some(before), Some(after)) => between(before, after, place, found),
        (None, Some(after)) => found.push(format!("{place}: {} is new", short(after))),
        (Some(before), None) => found.push(format!("{place}: {} is removed", short(before))),
        (None, None) => {}
    }
}

fn inside(place: &str, name: &str) -> String {
    // `schema` is how OpenAPI holds a type, and says nothing by itself.
    match (place, name) {
        ("" | "schema", _) => name.to_owned(),
        _ => format!("{place}.{name}"),
    }
}

fn scalars(values: &[Value]) -> bool {
    values
        .iter()
        .all(|value| !value.is_object() && !value.is_array())
}

/// A value in at most some 80 letters; a reference by its name.
fn short(value: &Value) -> String {
    let target = value.as_object().filter(|object| object.len() == 1);
    if let Some(target) = target
        .and_then(|object| object.get("$ref"))
        .and_then(Value::as_str)
    {
        return target
            .trim_start_matches("#/components/schemas/")
            .to_owned();
    }
    let text = match value {
        Value::String(text) => text.trim_start_matches("#/components/schemas/").to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
