//! Parameters that are objects, and what a schema is behind its references.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// The generator fails on objects: one in a query is a parameter per member,
/// `filter[name]` as deepObject, `name` as an exploded form. Others stay.
pub(super) fn in_query(
    whole: &Value,
    parameter: Value,
    place: &str,
    notes: &mut Notes,
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
    let Some(shape) = shape(whole, schema).filter(|shape| !shape.members.is_empty()) else {
        return vec![parameter];
    };
    let name = text(&parameter, "name");
    let is_needed = parameter.get("required") == Some(&true.into());
    let place = format!("{place}.parameters.{name}");
    notes.changed(&place, "an object: each of its members is a parameter");
    if shape.is_open {
        let cause = "members that the document does not name, beside named ones";
        notes.left_out(format!("{place}.additionalProperties"), cause);
    }
    let members = shape.members.into_iter().map(|(member, schema)| {
        let name = if is_deep {
            format!("{name}[{member}]")
        } else {
            member.clone()
        };
        let required = is_needed && shape.required.contains(&member);
        let mut parameter = json!({"name": name, "in": "query", "required": required});
        if let Some(members) = parameter.as_object_mut() {
            let prose = schema.get("description").cloned();
            members.extend(prose.map(|prose| ("description".to_owned(), prose)));
            // No list can be said inside of a deepObject; `one` tells it.
            let (of, _) = kinds(whole, &schema);
            if is_deep && matches!(of.as_str(), "array" | "object" | "") {
                members.insert("style".to_owned(), "deepObject".into());
            }
            let inner = if is_deep && of == "object" {
                // Would be a member's member, for which there are no brackets.
                json!({"type": "array", "items": {"type": "object"}})
            } else {
                schema
            };
            members.insert("schema".to_owned(), inner);
        }
        parameter
    });
    members.collect()
}

/// The members of an object, through references and `allOf`.
#[derive(Default)]
struct Shape {
    members: BTreeMap<String, Value>,
    required: BTreeSet<String>,
    is_open: bool,
}

fn shape(whole: &Value, schema: &Value) -> Option<Shape> {
    let mut shape = Shape::default();
    let is_known = gather(whole, schema, &mut shape, 0);
    is_known.then_some(shape)
}

fn gather(whole: &Value, schema: &Value, shape: &mut Shape, depth: usize) -> bool {
    let schema = crate::document::resolve(whole, schema);
    // Which members of a union there are depends on its variant.
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
    walk::items(schema.get("allOf")).all(|part| gather(whole, part, shape, depth + 1))
}

/// The type of a schema and of a list's items; "" of several among which is a
/// list or an object, or of any.
pub(super) fn kinds(whole: &Value, schema: &Value) -> (String, String) {
    let of = kind_of(whole, schema, 0);
    let items = if of == "array" {
        items_of(whole, schema, 0).map_or_else(String::new, |items| kind_of(whole, &items, 0))
    } else {
        String::new()
    };
    (of, items)
}

fn items_of(whole: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let schema = crate::document::resolve(whole, schema);
    if let Some(items) = schema.get("items") {
        return Some(items.clone());
    }
    let mut parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .flat_map(|name| walk::items(schema.get(name)));
    parts
        .find_map(|part| items_of(whole, part, depth + 1))
        .filter(|_| depth < 20)
}

/// The type of a schema, through references and unions.
fn kind_of(whole: &Value, schema: &Value, depth: usize) -> String {
    let schema = crate::document::resolve(whole, schema);
    if depth > 20 {
        return String::new();
    }
    let kind = text(schema, "type");
    if !kind.is_empty() {
        return kind.to_owned();
    }
    if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() {
        return "object".to_owned();
    }
    // An enum says its type by its values.
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
    // What an earlier import has added says nothing about the type.
    let other = super::super::unions::other();
    let parts = parts.filter(|part| **part != other);
    let kinds: BTreeSet<_> = parts.map(|part| kind_of(whole, part, depth + 1)).collect();
    let is_mixed = ["array", "object", ""]
        .iter()
        .any(|kind| kinds.contains(*kind));
    if kinds.len() > 1 && is_mixed {
        return String::new();
    }
    kinds.into_iter().next().unwrap_or_default()
}
