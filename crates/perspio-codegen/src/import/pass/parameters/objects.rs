//! Parameters that are objects, and the types of schemas, with references resolved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// The deepest object in a `deepObject`, so that a recursive one ends.
const MAX_DEPTH: usize = 3;
/// The most parameters that one `deepObject` becomes.
const MAX_MEMBERS: usize = 256;

/// Replaces an object in a query by a parameter for each member: `filter[name]` as
/// `deepObject`, `name` as an exploded form. An object in a `deepObject` becomes
/// `filter[name][inner]`, as most servers read it; `OpenAPI` does not define it. Returns any
/// other parameter unchanged. The generator does not support objects.
pub(super) fn in_query(
    document: &Value,
    parameter: Value,
    location: &str,
    notes: &mut Notes,
) -> Vec<Value> {
    flattened(document, parameter, location, notes, 0)
}

fn flattened(
    document: &Value,
    parameter: Value,
    location: &str,
    notes: &mut Notes,
    depth: usize,
) -> Vec<Value> {
    let style = text(&parameter, "style");
    let is_deep = style == "deepObject";
    let exploded = matches!(style, "" | "form") && parameter.get("explode") != Some(&false.into());
    if text(&parameter, "in") != "query" || !(is_deep || exploded) {
        return vec![parameter];
    }
    let Some(schema) = parameter.get("schema") else {
        return vec![parameter];
    };
    let Some(shape) = shape(document, schema).filter(|shape| !shape.members.is_empty()) else {
        return vec![parameter];
    };
    let name = text(&parameter, "name");
    let is_required = parameter.get("required") == Some(&true.into());
    let own_location = format!("{location}.parameters.{name}");
    notes.changed(
        &own_location,
        "an object: replaced by a parameter for each member",
    );
    if shape.is_open {
        let cause = "members that the document does not name, in addition to named ones";
        notes.left_out(format!("{own_location}.additionalProperties"), cause);
    }
    let members = shape.members.into_iter().flat_map(|(member, schema)| {
        let name = if is_deep {
            format!("{name}[{member}]")
        } else {
            member.clone()
        };
        let required = is_required && shape.required.contains(&member);
        let mut parameter = json!({"name": name, "in": "query", "required": required});
        if let Some(members) = parameter.as_object_mut() {
            let prose = schema.get("description").cloned();
            members.extend(prose.map(|prose| ("description".to_owned(), prose)));
            // A list in a deepObject is not defined; `one` reports it.
            let (ty, _) = types(document, &schema);
            if is_deep && matches!(ty.as_str(), "array" | "object" | "") {
                members.insert("style".to_owned(), "deepObject".into());
            }
            members.insert("schema".to_owned(), schema);
            if is_deep && ty == "object" {
                if depth < MAX_DEPTH {
                    return flattened(document, parameter, location, notes, depth + 1);
                }
                members.insert("schema".to_owned(), unsupported());
            }
        }
        vec![parameter]
    });
    let members: Vec<_> = members.take(MAX_MEMBERS + 1).collect();
    if members.len() > MAX_MEMBERS {
        let mut whole = parameter;
        if let Some(whole) = whole.as_object_mut() {
            whole.insert("schema".to_owned(), unsupported());
        }
        return vec![whole];
    }
    members
}

/// Returns the schema of a value that no style can encode; `one` reports it.
fn unsupported() -> Value {
    json!({"type": "array", "items": {"type": "object"}})
}

/// The members of an object, including those of references and of the parts of `allOf`.
#[derive(Default)]
struct Shape {
    members: BTreeMap<String, Value>,
    required: BTreeSet<String>,
    is_open: bool,
}

fn shape(document: &Value, schema: &Value) -> Option<Shape> {
    let mut shape = Shape::default();
    let is_known = gather(document, schema, &mut shape, 0);
    is_known.then_some(shape)
}

fn gather(document: &Value, schema: &Value, shape: &mut Shape, depth: usize) -> bool {
    let schema = crate::document::resolve(document, schema);
    // The members of a union depend on its variant.
    if depth > 20 || schema.get("oneOf").is_some() || schema.get("anyOf").is_some() {
        return false;
    }
    if !matches!(text(schema, "type"), "" | "object") {
        return false;
    }
    for (name, member) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        shape.members.insert(name.clone(), member.clone());
    }
    let required = walk::items(schema.get("required"));
    shape
        .required
        .extend(required.filter_map(Value::as_str).map(str::to_owned));
    shape.is_open |= !matches!(
        schema.get("additionalProperties"),
        None | Some(Value::Bool(false))
    );
    walk::items(schema.get("allOf")).all(|part| gather(document, part, shape, depth + 1))
}

/// Returns the type of a schema and, for a list, of its items. A type is empty for any
/// value, and for several types that include a list or an object.
pub(super) fn types(document: &Value, schema: &Value) -> (String, String) {
    let ty = type_of(document, schema, 0);
    let items = if ty == "array" {
        items_of(document, schema, 0).map_or_else(String::new, |items| type_of(document, &items, 0))
    } else {
        String::new()
    };
    (ty, items)
}

fn items_of(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let schema = crate::document::resolve(document, schema);
    if let Some(items) = schema.get("items") {
        return Some(items.clone());
    }
    let mut parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .flat_map(|name| walk::items(schema.get(name)));
    parts
        .find_map(|part| items_of(document, part, depth + 1))
        .filter(|_| depth < 20)
}

/// Returns the type of a schema, resolving references and unions.
fn type_of(document: &Value, schema: &Value, depth: usize) -> String {
    let schema = crate::document::resolve(document, schema);
    if depth > 20 {
        return String::new();
    }
    let ty = text(schema, "type");
    if !ty.is_empty() {
        return ty.to_owned();
    }
    if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() {
        return "object".to_owned();
    }
    // The type of an enum is that of its values.
    let values = walk::items(schema.get("enum"));
    let values: BTreeSet<_> = values
        .map(|value| match value {
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            _ => "string",
        })
        .collect();
    if let Some(first) = values.into_iter().next_back() {
        return first.to_owned();
    }
    let parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .flat_map(|name| walk::items(schema.get(name)));
    // The variant that an earlier import added does not affect the type.
    let other = super::super::unions::other();
    let parts = parts.filter(|part| **part != other);
    let types: BTreeSet<_> = parts
        .map(|part| type_of(document, part, depth + 1))
        .collect();
    let is_mixed = ["array", "object", ""].iter().any(|ty| types.contains(*ty));
    if types.len() > 1 && is_mixed {
        return String::new();
    }
    types.into_iter().next().unwrap_or_default()
}
