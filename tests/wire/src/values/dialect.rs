//! Conversion of `OpenAPI` 3.0 schemas to JSON Schema 2020-12, which 3.1 uses.

use serde_json::{Map, Value, json};

/// Returns the document with its schemas as JSON Schema 2020-12: `nullable` becomes a type,
/// and an exclusive bound has its own keyword. Keywords with a value that they cannot have are
/// removed, because a validator rejects the whole schema.
pub fn json_schemas(document: &Value) -> Value {
    let mut copy = document.clone();
    walk(&mut copy, &mut |value| {
        newer(value);
        remove_invalid(value);
    });
    copy
}

/// Returns the document without the members that have this mark, such as `readOnly` for
/// requests.
pub fn without(document: &Value, mark: &str) -> Value {
    let mut copy = document.clone();
    walk(&mut copy, &mut |value| {
        let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        let before: Vec<_> = properties.keys().cloned().collect();
        properties.retain(|_, schema| schema.get(mark) != Some(&true.into()));
        let gone: Vec<_> = before
            .into_iter()
            .filter(|name| !properties.contains_key(name))
            .collect();
        if let Some(Value::Array(required)) = value.get_mut("required") {
            required.retain(|name| !gone.iter().any(|gone| name == gone));
        }
    });
    copy
}

/// Visits every object except those in example data and in security schemes, which have types
/// of their own.
fn walk(value: &mut Value, each: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let is_data = matches!(
                    name.as_str(),
                    "example" | "examples" | "enum" | "const" | "default" | "securitySchemes"
                );
                // A property may have any of these names.
                if !is_data || member.get("type").is_some() {
                    walk(member, each);
                }
            }
            each(value);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, each)),
        _ => {}
    }
}

fn newer(value: &mut Value) {
    let Some(schema) = value.as_object_mut() else {
        return;
    };
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        let said = schema.get(exclusive).and_then(Value::as_bool);
        if said.is_some() {
            schema.remove(exclusive);
        }
        if said == Some(true)
            && let Some(limit) = schema.remove(bound)
        {
            schema.insert(exclusive.to_owned(), limit);
        }
    }
    if schema.get("nullable").and_then(Value::as_bool) == Some(true) {
        schema.remove("nullable");
        nullable(schema);
    }
}

fn nullable(schema: &mut Map<String, Value>) {
    if let Some(Value::String(kind)) = schema.get("type") {
        let kinds = json!([kind, "null"]);
        schema.insert("type".to_owned(), kinds);
        if let Some(Value::Array(values)) = schema.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    } else if !schema.contains_key("type") && !schema.is_empty() {
        let rest = std::mem::take(schema);
        let either = json!([rest, {"type": "null"}]);
        schema.insert("anyOf".to_owned(), either);
    }
}

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// Removes the keywords of a schema whose values are not defined, such as the type `file`.
fn remove_invalid(value: &mut Value) {
    let Some(schema) = value.as_object_mut() else {
        return;
    };
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    schema.retain(|keyword, value| match (keyword.as_str(), value) {
        // A property may have the name of a keyword.
        (_, Value::Object(_)) => true,
        ("type", Value::Array(types)) => {
            types.retain(is_type);
            !types.is_empty()
        }
        ("type", value) => is_type(value),
        ("required" | "enum" | "allOf" | "anyOf" | "oneOf", value) => value.is_array(),
        ("pattern" | "format", value) => value.is_string(),
        (
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
            | "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties",
            value,
        ) => value.is_number(),
        ("properties", _) => false,
        ("items" | "additionalProperties" | "not", value) => value.is_boolean(),
        _ => true,
    });
}
