//! Schemas of 3.1 and 3.2 said in the words of 3.0.3.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::members;
use crate::document::walk::{self, describe};
use crate::import::notes::Notes;

/// Keywords of JSON Schema that 3.0 does not have, and the generator not either.
const UNKNOWN: [&str; 24] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$schema",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The generator reads schemas of 3.0 only: type arrays, null, const, examples,
/// exclusive bounds, what stands beside a `$ref`, base64 and binary are said in
/// its words, and what 3.0 has no words for goes.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    // In 3.0 nothing may stand beside a `$ref`, and what does says nothing.
    let is_old = crate::document::text(document, "openapi").starts_with("3.0.");
    walk::schemas(document, &mut |place, schema| {
        if let Some(gone) = changed(schema, |schema| older(schema, is_old)) {
            let told = match gone.as_str() {
                "" => "said in the words of 3.0".to_owned(),
                _ => format!("said in the words of 3.0, without {gone}"),
            };
            notes.changed(place.told(), told);
        }
    });
    if let Some(members) = document.as_object_mut() {
        members.insert("openapi".to_owned(), "3.0.3".into());
    }
}

/// If the schema is another one after `change`, which leaves the schemas inside to
/// be changed themselves: the keywords that are nowhere in the new words.
pub(super) fn changed(schema: &mut Value, change: impl FnOnce(&mut Value)) -> Option<String> {
    let before = outline(schema);
    change(schema);
    (outline(schema) != before).then(|| gone(&before, schema))
}

/// A schema's own keywords. What stands inside of them would be looked at once for
/// each schema around it: of that there is only how much it is.
fn outline(schema: &Value) -> Value {
    let of = |keyword: &Value| match keyword {
        Value::Array(items) => json!([items.len()]),
        Value::Object(members) => json!({"": members.len()}),
        plain => plain.clone(),
    };
    match schema.as_object() {
        Some(members) => {
            let members = members.iter();
            members
                .map(|(name, keyword)| (name.clone(), of(keyword)))
                .collect()
        }
        None => of(schema),
    }
}

fn gone(before: &Value, after: &Value) -> String {
    let said_otherwise = [
        "const",
        "examples",
        "contentEncoding",
        "anyOf",
        "oneOf",
        "type",
    ];
    let keywords = |schema| members(Some(schema)).map(|(name, _)| name.as_str());
    let parts = members(Some(after)).flat_map(|(_, keyword)| walk::items(Some(keyword)));
    let left: BTreeSet<_> = keywords(after).chain(parts.flat_map(keywords)).collect();
    let gone: Vec<_> = keywords(before)
        .filter(|name| !said_otherwise.contains(name) && !left.contains(name))
        .collect();
    gone.join(", ")
}

/// Keywords that say of what shape a value is.
const SHAPES: [&str; 11] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "items",
    "oneOf",
    "patternProperties",
    "properties",
    "required",
    "type",
];

fn older(schema: &mut Value, is_old: bool) {
    if let Value::Bool(all) = schema {
        *schema = if *all { json!({}) } else { json!({"not": {}}) };
    }
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(target) = members.remove("$ref") {
        let nullable = members.get("nullable") == Some(&true.into());
        let description = members.get("description").cloned();
        let has_shape = SHAPES.iter().any(|name| members.contains_key(*name));
        let beside = std::mem::take(members);
        if has_shape && !is_old {
            members.insert("allOf".to_owned(), json!([{"$ref": target}, beside]));
        } else if nullable {
            members.insert("nullable".to_owned(), true.into());
            members.insert("allOf".to_owned(), json!([{"$ref": target}]));
            members.extend(description.map(|text| ("description".to_owned(), text)));
        } else {
            members.insert("$ref".to_owned(), target);
        }
        return;
    }
    if let Some(value) = members.remove("const") {
        let kind = match &value {
            Value::String(_) => Some("string"),
            Value::Bool(_) => Some("boolean"),
            Value::Number(number) if number.is_f64() => Some("number"),
            Value::Number(_) => Some("integer"),
            _ => None,
        };
        if let Some(kind) = kind {
            members
                .entry("type")
                .or_insert_with(|| kind.to_owned().into());
        }
        members.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(examples)) = members.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        members.entry("example").or_insert(first);
    }
    for (bound, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        if let Some(limit) = members
            .get(exclusive)
            .filter(|limit| limit.is_number())
            .cloned()
        {
            members.insert(bound.to_owned(), limit);
            members.insert(exclusive.to_owned(), true.into());
        }
    }
    let text = |members: &Map<String, Value>, name| {
        members.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    if text(members, "contentEncoding").is_some_and(|encoding| encoding.starts_with("base64")) {
        members.insert("format".to_owned(), "byte".into());
    } else if text(members, "contentMediaType").as_deref() == Some("application/octet-stream") {
        members.insert("format".to_owned(), "binary".into());
    }
    if members.contains_key("prefixItems") {
        members.insert("items".to_owned(), json!({}));
    }
    if let Some(patterns) = members.get("patternProperties").and_then(Value::as_object)
        && !members.contains_key("additionalProperties")
    {
        let only = patterns.values().next().filter(|_| patterns.len() == 1);
        let value = only.cloned().unwrap_or_else(|| json!({}));
        members.insert("additionalProperties".to_owned(), value);
    }
    members.retain(|name, _| !UNKNOWN.contains(&name.as_str()));
    if members.get("items").is_some_and(Value::is_array) {
        members.insert("items".to_owned(), json!({}));
    }
    types(members);
    null_in_unions(members);
}

/// `type: [string, "null"]` and `type: "null"`.
fn types(members: &mut Map<String, Value>) {
    let mut kinds: Vec<String> = match members.get("type") {
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(kind)) if kind == "null" => vec![kind.clone()],
        _ => Vec::new(),
    };
    if !kinds.is_empty() {
        members.remove("type");
        let all = kinds.len();
        kinds.retain(|kind| kind != "null");
        if kinds.len() < all {
            members.insert("nullable".to_owned(), true.into());
        }
        match kinds.as_slice() {
            [] => {
                // Nothing but null: the open schema has it, too.
                members.remove("enum");
            }
            [kind] => {
                members.insert("type".to_owned(), kind.clone().into());
            }
            _ => {
                // The rest of the keywords holds for the kinds that it fits.
                let each: Vec<_> = kinds.iter().map(|kind| of_kind(kind, members)).collect();
                if let Some(values) = members.remove("enum") {
                    let values: Vec<_> = walk::items(Some(&values)).map(Value::to_string).collect();
                    let told = format!("Known values: {}", values.join(", "));
                    let mut described = Value::Object(std::mem::take(members));
                    describe(&mut described, &told);
                    if let Value::Object(described) = described {
                        *members = described;
                    }
                }
                members.retain(|name, _| {
                    matches!(
                        name.as_str(),
                        "description"
                            | "nullable"
                            | "example"
                            | "deprecated"
                            | "readOnly"
                            | "writeOnly"
                    )
                });
                members.insert("oneOf".to_owned(), each.into());
            }
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        let all = values.len();
        values.retain(|value| !value.is_null());
        if values.len() < all {
            if values.is_empty() {
                members.remove("enum");
            }
            members.insert("nullable".to_owned(), true.into());
        }
    }
}

/// One of several kinds, with the keywords that mean something for it.
fn of_kind(kind: &str, members: &Map<String, Value>) -> Value {
    let keywords: &[&str] = match kind {
        "array" => &["items"],
        "object" => &["properties", "required", "additionalProperties"],
        "boolean" => &[],
        _ => &["format"],
    };
    let mut one = json!({"type": kind});
    if let Some(one) = one.as_object_mut() {
        for keyword in keywords {
            let value = members.get(*keyword).cloned();
            one.extend(value.map(|value| ((*keyword).to_owned(), value)));
        }
        if kind == "array" {
            one.entry("items").or_insert_with(|| json!({}));
        }
    }
    one
}

/// A union with a null is what is left of it, nullable.
fn null_in_unions(members: &mut Map<String, Value>) {
    for union in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = members.get_mut(union) else {
            continue;
        };
        let all = variants.len();
        variants.retain(|variant| crate::document::text(variant, "type") != "null");
        let with_null = variants.len() < all;
        if let [only] = variants.as_slice() {
            let only = only.clone();
            members.remove(union);
            if !with_null && members.is_empty() {
                // Nothing stands beside it: it is itself.
                if let Value::Object(only) = only {
                    *members = only;
                }
                return;
            }
            match members.get_mut("allOf").and_then(Value::as_array_mut) {
                Some(parts) => parts.push(only),
                None => drop(members.insert("allOf".to_owned(), json!([only]))),
            }
        } else if variants.is_empty() {
            members.remove(union);
        }
        if with_null {
            members.insert("nullable".to_owned(), true.into());
        }
    }
}

/// Says in prose what a keyword said that goes.
pub(crate) fn in_prose(schema: &mut Value, keyword: &str) {
    let value = schema
        .as_object_mut()
        .and_then(|members| members.remove(keyword));
    if let Some(value) = value {
        describe(schema, &format!("{keyword}: {value}"));
    }
}

#[cfg(test)]
mod tests;
