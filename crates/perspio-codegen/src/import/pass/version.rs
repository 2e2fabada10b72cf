//! Downconverts the schemas of `OpenAPI` 3.1 and 3.2 to 3.0.3.

mod files;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::members;
use crate::document::walk::{self, describe};
use crate::import::notes::Notes;

/// Keywords of JSON Schema that neither `OpenAPI` 3.0 nor the generator supports.
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

/// Converts type arrays, null, `const`, examples, exclusive bounds, keywords next to a `$ref`,
/// base64 and binary, and removes the keywords that `OpenAPI` 3.0 does not define. The
/// generator reads schemas of 3.0 only.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    // OpenAPI 3.0 ignores keywords next to a `$ref`.
    let is_3_0 = crate::document::text(document, "openapi").starts_with("3.0.");
    if !is_3_0 {
        files::run(document, notes);
    }
    walk::schemas(document, &mut |location, schema| {
        if let Some(removed) = changed(schema, |schema| downconvert(schema, is_3_0)) {
            let change = match removed.as_str() {
                "" => "converted to 3.0".to_owned(),
                _ => format!("converted to 3.0, without {removed}"),
            };
            notes.changed(location.as_str(), change);
        }
    });
    if let Some(members) = document.as_object_mut() {
        members.insert("openapi".to_owned(), "3.0.3".into());
    }
}

/// Applies `change` to a schema, without its subschemas. If the schema differs afterwards,
/// returns the keywords that were removed.
pub(super) fn changed(schema: &mut Value, change: impl FnOnce(&mut Value)) -> Option<String> {
    let before = outline(schema);
    change(schema);
    (outline(schema) != before).then(|| removed(&before, schema))
}

/// Returns the keywords of a schema, with the sizes of their values instead of subschemas.
/// Comparing subschemas as well would take quadratic time in the depth of the document.
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

/// Returns the keywords that are neither in the changed schema nor in its parts.
fn removed(before: &Value, after: &Value) -> String {
    let converted = [
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
    let removed: Vec<_> = keywords(before)
        .filter(|name| !converted.contains(name) && !left.contains(name))
        .collect();
    removed.join(", ")
}

/// Keywords that restrict the structure of a value.
const STRUCTURE: [&str; 11] = [
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

/// Converts one schema to `OpenAPI` 3.0.3. In a document of 3.0, keywords next to a `$ref`
/// are removed.
fn downconvert(schema: &mut Value, is_3_0: bool) {
    if let Value::Bool(all) = schema {
        *schema = if *all { json!({}) } else { json!({"not": {}}) };
    }
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(target) = members.remove("$ref") {
        let nullable = members.get("nullable") == Some(&true.into());
        let description = members.get("description").cloned();
        let has_structure = STRUCTURE.iter().any(|name| members.contains_key(*name));
        let others = std::mem::take(members);
        if has_structure && !is_3_0 {
            members.insert("allOf".to_owned(), json!([{"$ref": target}, others]));
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
        let ty = match &value {
            Value::String(_) => Some("string"),
            Value::Bool(_) => Some("boolean"),
            Value::Number(number) if number.is_f64() => Some("number"),
            Value::Number(_) => Some("integer"),
            _ => None,
        };
        if let Some(ty) = ty {
            members
                .entry("type")
                .or_insert_with(|| ty.to_owned().into());
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

/// Converts `type: [string, "null"]` and `type: "null"`.
fn types(members: &mut Map<String, Value>) {
    let mut types: Vec<String> = match members.get("type") {
        Some(Value::Array(types)) => types
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(ty)) if ty == "null" => vec![ty.clone()],
        _ => Vec::new(),
    };
    if !types.is_empty() {
        members.remove("type");
        let all = types.len();
        types.retain(|ty| ty != "null");
        if types.len() < all {
            members.insert("nullable".to_owned(), true.into());
        }
        match types.as_slice() {
            [] => {
                // Only null, which an open schema accepts.
                members.remove("enum");
            }
            [ty] => {
                members.insert("type".to_owned(), ty.clone().into());
            }
            _ => {
                // Each of the other keywords applies to some of the types.
                let each: Vec<_> = types.iter().map(|ty| variant(ty, members)).collect();
                if let Some(values) = members.remove("enum") {
                    let values: Vec<_> = walk::items(Some(&values)).map(Value::to_string).collect();
                    let sentence = format!("Known values: {}", values.join(", "));
                    let mut described = Value::Object(std::mem::take(members));
                    describe(&mut described, &sentence);
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

/// Returns the schema of one of several types, with the keywords that apply to it.
fn variant(ty: &str, members: &Map<String, Value>) -> Value {
    let keywords: &[&str] = match ty {
        "array" => &["items"],
        "object" => &["properties", "required", "additionalProperties"],
        "boolean" => &[],
        _ => &["format"],
    };
    let mut one = json!({"type": ty});
    if let Some(one) = one.as_object_mut() {
        for keyword in keywords {
            let value = members.get(*keyword).cloned();
            one.extend(value.map(|value| ((*keyword).to_owned(), value)));
        }
        if ty == "array" {
            one.entry("items").or_insert_with(|| json!({}));
        }
    }
    one
}

/// Replaces a null among the variants of a union by `nullable`.
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
                // Without other keywords, the variant replaces the union.
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

/// Moves a keyword to the description, to a paragraph of its own: `diff` reads it there.
pub(crate) fn move_to_description(schema: &mut Value, keyword: &str) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let Some(value) = members.remove(keyword) else {
        return;
    };
    let sentence = format!("{keyword}: {value}");
    match members.get_mut("description") {
        // The text mentions the same, such as `default: 10 items`.
        Some(Value::String(text)) if text.contains(&sentence) => {
            if !text.split("\n\n").any(|paragraph| paragraph == sentence) {
                *text = format!("{}\n\n{sentence}", text.trim_end());
            }
        }
        _ => describe(schema, &sentence),
    }
}

#[cfg(test)]
mod tests;
