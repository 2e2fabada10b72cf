//! OpenAPI 3.1 and 3.2 said in the words of 3.0.3.

use serde_json::{Map, Value, json};

use crate::generate::METHODS;
use crate::import::notes::Notes;
use crate::import::walk::{self, describe, told};

/// The generator reads 3.0 only: what is not in it goes.
pub(crate) fn document(document: &mut Value, notes: &mut Notes) {
    let Some(members) = document.as_object_mut() else {
        return;
    };
    members.insert("openapi".to_owned(), "3.0.3".into());
    members.retain(|name, value| match name.as_str() {
        "webhooks" => {
            for hook in value.as_object().into_iter().flat_map(Map::keys) {
                notes.left_out(format!("webhooks.{hook}"), "a webhook: the server calls it");
            }
            false
        }
        "openapi" | "info" | "servers" | "paths" | "components" | "security" | "tags"
        | "externalDocs" => true,
        _ => name.starts_with("x-"),
    });
    members.entry("paths").or_insert_with(|| json!({}));
    if let Some(info) = members.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        info.entry("title").or_insert_with(|| "API".into());
        info.entry("version").or_insert_with(|| "0".into());
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
    for tag in members
        .get_mut("tags")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(tag) = tag.as_object_mut() {
            tag.retain(|name, _| matches!(name.as_str(), "name" | "description" | "externalDocs"));
        }
    }
    // Everything but schemas stands where it is used; only these are left.
    if let Some(components) = members.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|kind, _| matches!(kind.as_str(), "schemas" | "securitySchemes"));
    }
    for (path, item) in walk::object(members.get_mut("paths")) {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        let shared = item.remove("parameters");
        item.retain(|method, operation| {
            // It needs a connection that no call of the client keeps.
            let socket = operation.get("x-dropshot-websocket").is_some();
            if socket {
                notes.left_out(walk::operation_place(path, method), "a websocket");
            }
            !socket
        });
        item.retain(|name, _| {
            let kept = METHODS.contains(&name.as_str())
                || matches!(name.as_str(), "summary" | "description");
            if matches!(name.as_str(), "query" | "additionalOperations") {
                notes.left_out(
                    format!("paths.{path}.{name}"),
                    "a method that 3.0 does not know",
                );
            } else if name == "servers" {
                notes.changed(
                    format!("paths.{path}"),
                    "its own servers are not used: the client has one base URL",
                );
            }
            kept
        });
        for (method, operation) in item.iter_mut() {
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            for name in ["callbacks", "servers"] {
                if operation.remove(name).is_some() {
                    notes.changed(format!("paths.{path}.{method}"), format!("without {name}"));
                }
            }
            share_parameters(shared.as_ref(), operation);
        }
    }
}

/// An operation's own parameter goes before the path's of the same name.
fn share_parameters(shared: Option<&Value>, operation: &mut Map<String, Value>) {
    let key = |parameter: &Value| {
        (
            walk::text(parameter, "name").to_owned(),
            walk::text(parameter, "in").to_owned(),
        )
    };
    let own: Vec<_> = walk::items(operation.get("parameters")).cloned().collect();
    let mut all: Vec<_> = walk::items(shared)
        .filter(|parameter| own.iter().all(|own| key(own) != key(parameter)))
        .cloned()
        .collect();
    all.extend(own);
    if !all.is_empty() {
        operation.insert("parameters".to_owned(), all.into());
    }
}

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

/// Type arrays, null, const, examples, bounds, `$ref` siblings, base64 and binary.
pub(crate) fn schemas(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |place, schema| {
        let before = schema.clone();
        older(schema);
        if *schema != before {
            notes.changed(told(place), "said in the words of 3.0");
        }
    });
}

fn older(schema: &mut Value) {
    if let Value::Bool(all) = schema {
        *schema = if *all { json!({}) } else { json!({"not": {}}) };
    }
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(target) = members.get("$ref").cloned() {
        let nullable = members.get("nullable") == Some(&true.into());
        let description = members.get("description").cloned();
        members.clear();
        if nullable {
            members.insert("nullable".to_owned(), true.into());
            members.insert("allOf".to_owned(), json!([{"$ref": target}]));
            members.extend(description.map(|text| ("description".to_owned(), text)));
        } else {
            members.insert("$ref".to_owned(), target);
        }
        return;
    }
    if let Some(value) = members.remove("const") {
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
                let each: Vec<_> = kinds.iter().map(|kind| match kind.as_str() {
                    "array" => json!({"type": kind, "items": members.get("items").cloned().unwrap_or_else(|| json!({}))}),
                    "object" => json!({"type": kind, "properties": members.get("properties").cloned().unwrap_or_else(|| json!({}))}),
                    _ => json!({"type": kind}),
                }).collect();
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

/// A union with a null is what is left of it, nullable.
fn null_in_unions(members: &mut Map<String, Value>) {
    for union in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = members.get_mut(union) else {
            continue;
        };
        let all = variants.len();
        variants.retain(|variant| walk::text(variant, "type") != "null");
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
