//! A document in one form for all notations of the same meaning, for the comparison only.

use serde_json::{Map, Value, json};

use crate::document::{members, walk};
use crate::import::{CLOSED, DESCRIBED};

/// Returns a copy of a document in which schemas are written alike: 3.0 and 3.1 notations of
/// null, `const` and exclusive limits, compositions of one part, and what the import rewrites
/// (limits in descriptions, known values of enums).
pub(crate) fn canonical(document: &Value) -> Value {
    let mut copy = document.clone();
    walk::schemas(&mut copy, &mut |location, schema| {
        let is_component = location.is_component();
        if let Some(members) = schema.as_object_mut() {
            as_before_import(members, is_component);
            while unwrap(members) {}
            notations(members);
        }
    });
    copy
}

/// Restores what the import rewrites.
fn as_before_import(members: &mut Map<String, Value>, is_component: bool) {
    described_limits(members);
    known_values(members, is_component);
    closed(members);
}

/// Moves the limits that the import wrote into the description back to their keywords.
fn described_limits(members: &mut Map<String, Value>) {
    let Some(text) = members.get("description").and_then(Value::as_str) else {
        return;
    };
    let mut found = Vec::new();
    let kept: Vec<_> = text
        .split("\n\n")
        .filter(|paragraph| {
            let limit = described_limit(paragraph);
            let is_limit = limit.is_some();
            found.extend(limit);
            !is_limit
        })
        .map(str::to_owned)
        .collect();
    if found.is_empty() {
        return;
    }
    for (keyword, value) in found {
        members.entry(keyword).or_insert(value);
    }
    if kept.iter().all(String::is_empty) {
        members.remove("description");
    } else {
        members.insert("description".to_owned(), kept.join("\n\n").into());
    }
}

/// Reads a paragraph such as `maxItems: 50` or `Known values: 1, 2`.
fn described_limit(paragraph: &str) -> Option<(String, Value)> {
    let (keyword, value) = paragraph.trim().split_once(": ")?;
    if keyword == "Known values" {
        let values = serde_json::from_str(&format!("[{value}]")).ok()?;
        return Some(("enum".to_owned(), values));
    }
    let is_known = DESCRIBED.contains(&keyword);
    let value = is_known.then(|| serde_json::from_str(value).ok())??;
    Some((keyword.to_owned(), value))
}

/// Replaces the union of known values and any string, which the import makes of an enum, by
/// the enum.
fn known_values(members: &mut Map<String, Value>, is_component: bool) {
    // The tag of a variant.
    members.remove("x-known-values");
    let Some([known, any]) = members
        .get("oneOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return;
    };
    if known.get("x-known-values").is_none() || *any != json!({"type": "string"}) {
        return;
    }
    let Some(values) = known.get("enum").cloned() else {
        return;
    };
    members.remove("oneOf");
    if !is_component {
        // The import names the type of an inline schema by a title.
        members.remove("title");
    }
    members.insert("type".to_owned(), "string".into());
    members.insert("enum".to_owned(), values);
}

/// Closes an object that the import opened.
fn closed(members: &mut Map<String, Value>) {
    let others = members.get("additionalProperties");
    if others.is_some_and(|others| others.get(CLOSED).is_some()) {
        members.insert("additionalProperties".to_owned(), false.into());
    }
}

/// Replaces a composition by its content if both mean the same: the only part of it, and inline
/// parts of an `allOf`. Returns whether the schema is different.
fn unwrap(members: &mut Map<String, Value>) -> bool {
    let mut is_changed = false;
    for composition in ["allOf", "oneOf", "anyOf"] {
        let parts = members.get(composition).and_then(Value::as_array);
        let count = parts.map_or(0, Vec::len);
        if count == 0 || composition != "allOf" && count > 1 {
            continue;
        }
        let Some(Value::Array(parts)) = members.remove(composition) else {
            continue;
        };
        let mut kept = Vec::new();
        for mut part in parts {
            // The description of the part is dropped if the whole has one.
            if let Some(part) = part.as_object_mut() {
                as_before_import(part, false);
            }
            match part {
                Value::Object(part) if can_merge(members, &part, count == 1) => {
                    merge(members, part);
                    is_changed = true;
                }
                other => kept.push(other),
            }
        }
        if kept.is_empty() {
            continue;
        }
        // A merged part may have been a composition of its own.
        match members.get_mut(composition) {
            Some(Value::Array(parts)) => parts.extend(kept),
            _ => drop(members.insert(composition.to_owned(), kept.into())),
        }
    }
    is_changed
}

/// Whether a part of a composition can be written inline.
fn can_merge(target: &Map<String, Value>, part: &Map<String, Value>, is_only: bool) -> bool {
    let has = |schema: &Map<String, Value>, name: &str| schema.contains_key(name);
    // Only one reference can be inline.
    if !is_only && (has(part, "$ref") || has(part, "allOf")) {
        return false;
    }
    part.iter()
        .all(|(name, value)| match (name.as_str(), target.get(name)) {
            (_, None) | ("description" | "title" | "example", _) => true,
            ("properties", Some(own)) => members(Some(value))
                .all(|(name, member)| own.get(name).is_none_or(|own| own == member)),
            ("required", Some(own)) => own.is_array() && value.is_array(),
            (_, Some(own)) => own == value,
        })
}

fn merge(target: &mut Map<String, Value>, part: Map<String, Value>) {
    for (name, value) in part {
        match (target.get_mut(&name), value) {
            (Some(Value::Object(own)), Value::Object(more)) if name == "properties" => {
                own.extend(more);
            }
            (Some(Value::Array(own)), Value::Array(more)) if name == "required" => {
                for member in more {
                    if !own.contains(&member) {
                        own.push(member);
                    }
                }
            }
            // The title is that of the part.
            (None, _) if name == "title" => {}
            (Some(_), _) => {}
            (None, value) => drop(target.insert(name, value)),
        }
    }
}

/// Writes null, `const` and exclusive limits in one notation.
fn notations(members: &mut Map<String, Value>) {
    if let Some(value) = members.remove("const") {
        members.insert("enum".to_owned(), json!([value]));
    }
    for (limit, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        match members.get(exclusive) {
            Some(Value::Bool(true)) => {
                let value = members.remove(limit);
                members.remove(exclusive);
                members.extend(value.map(|value| (exclusive.to_owned(), value)));
            }
            Some(Value::Bool(false)) => drop(members.remove(exclusive)),
            _ => {}
        }
    }
    let mut is_nullable = false;
    if let Some(Value::Array(types)) = members.get_mut("type") {
        let all = types.len();
        types.retain(|ty| *ty != "null");
        is_nullable = types.len() < all;
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(Value::Array(variants)) = members.get_mut(union) {
            let all = variants.len();
            variants.retain(|variant| *variant != json!({"type": "null"}));
            is_nullable |= variants.len() < all;
        }
    }
    if is_nullable {
        members.insert("nullable".to_owned(), true.into());
        while unwrap(members) {}
    }
}

#[cfg(test)]
mod tests;
