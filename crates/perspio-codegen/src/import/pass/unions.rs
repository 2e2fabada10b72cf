//! Unions: discriminators, and a variant for unknown values.

mod nulls;
mod parents;
mod variants;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::document::references::target;
use crate::document::walk;
use crate::document::{resolve, text};
use crate::import::notes::Notes;

pub(super) use nulls::run as nulls;
pub(super) use parents::run as parents;
pub(super) use variants::run as variants;

/// Replaces a discriminator by an enum in each variant, which lists the values of the member
/// that identify the variant. The generator does not read discriminators: the client decodes
/// the first variant that matches.
pub(crate) fn discriminators(document: &mut Value, notes: &mut Notes) {
    // The values that a mapping gives a component, by component and member.
    let mut known_values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    walk::schemas(document, &mut |_, schema| {
        let Some(discriminator) = schema.get("discriminator") else {
            return;
        };
        let member = text(discriminator, "propertyName").to_owned();
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let variants = ["oneOf", "anyOf"]
            .into_iter()
            .flat_map(|union| walk::items(schema.get(union)));
        for name in variants.filter_map(target) {
            let refers_to_it = |to: &Value| {
                let to = to.as_str().unwrap_or_default();
                to == name || target(&json!({"$ref": to})).as_deref() == Some(&name)
            };
            let mapped = mapping.into_iter().flatten();
            let mapped: Vec<_> = mapped
                .filter(|(_, to)| refers_to_it(to))
                .map(|(value, _)| value.clone())
                .collect();
            let values = known_values.entry((name, member.clone())).or_default();
            values.extend(mapped);
        }
    });
    for ((name, member), values) in known_values {
        let component = walk::components(document).and_then(|all| all.get(&name));
        let own = component.map(|schema| values_of(document, schema, &member, 0));
        let own = own.unwrap_or_default();
        let Some(schema) = document
            .pointer_mut("/components/schemas")
            .and_then(|schemas| schemas.get_mut(&name))
        else {
            continue;
        };
        if let Some(found) = own_member(schema, &member) {
            // Without a mapping, it is the name of the component, unless the member itself has
            // other values.
            let values = match (values.is_empty(), own.is_empty()) {
                (false, _) => values.into_iter().collect(),
                (true, false) => own,
                (true, true) => vec![name.clone()],
            };
            let change = format!("the discriminator `{member}` is {}", values.join(" or "));
            *found = json!({"type": "string", "enum": values, "x-known-values": true});
            notes.changed(format!("components.schemas.{name}"), change);
        }
    }
}

/// Returns the values that a member of an object has by its own schema, also if the object
/// inherits it.
fn values_of(document: &Value, schema: &Value, member: &str, depth: usize) -> Vec<String> {
    const MAX_DEPTH: usize = 20;
    let schema = resolve(document, schema);
    let own = schema.get("properties").and_then(|own| own.get(member));
    if let Some(own) = own {
        let own = resolve(document, own);
        let values = walk::items(own.get("enum")).chain(own.get("const"));
        return values
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
    }
    let parts = walk::items(schema.get("allOf")).filter(|_| depth < MAX_DEPTH);
    let mut inherited = parts.map(|part| values_of(document, part, member, depth + 1));
    inherited
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// Returns the schema of a member of an object. If the object inherits the member, the last
/// part of its composition, which precedes the others, defines it again.
fn own_member<'a>(schema: &'a mut Value, member: &str) -> Option<&'a mut Value> {
    let is_object =
        |schema: &Value| schema.get("properties").is_some() || text(schema, "type") == "object";
    let has_own = schema
        .get("properties")
        .is_some_and(|own| own.get(member).is_some());
    let is_composed = walk::items(schema.get("allOf")).next().is_some();
    let owner = if is_composed && !has_own {
        let parts = schema.get_mut("allOf").and_then(Value::as_array_mut)?;
        if !parts.last().is_some_and(is_object) {
            parts.push(json!({"type": "object"}));
        }
        parts.last_mut()?
    } else if is_object(schema) {
        schema
    } else {
        return None;
    };
    let members = owner.as_object_mut()?;
    let properties = members.entry("properties").or_insert_with(|| json!({}));
    let found = properties
        .as_object_mut()?
        .entry(member)
        .or_insert_with(|| json!({}));
    // Values of other types are distinguished by their types.
    matches!(text(found, "type"), "" | "string").then_some(found)
}

/// Adds a last variant to each union, which preserves any other JSON. The generator's unions
/// are closed, so that a response with a new variant would fail to decode.
pub(crate) fn open(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        let is_parameter = location.names().any(|word| word == "parameters");
        let Some(variants) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else {
            return;
        };
        let is_any = |variant: &Value| {
            variant.as_object().is_some_and(|members| {
                members
                    .keys()
                    .all(|name| ["description", "title"].contains(&name.as_str()))
            })
        };
        let before = variants.len();
        // The variants after it would never be decoded.
        variants.retain(|variant| !is_any(variant));
        if variants.is_empty() {
            if let Some(members) = schema.as_object_mut() {
                members.remove("oneOf");
            }
        } else if variants.len() < before {
            variants.push(other());
        } else if variants.len() > 1 && !is_parameter && !is_open_enum(variants) {
            variants.push(other());
            notes.changed(
                location.as_str(),
                "an open union: any other JSON is preserved",
            );
        }
    });
}

/// Returns the variant for values that the document does not describe.
pub(super) fn other() -> Value {
    json!({"title": "Other", "description": "What the document does not know."})
}

/// Returns whether the variants are those of an open enum: known values and any string.
fn is_open_enum(variants: &[Value]) -> bool {
    let is_known = |variant: &Value| variant.get("x-known-values").is_some();
    matches!(variants, [known, any] if is_known(known) && *any == json!({"type": "string"}))
}

#[cfg(test)]
mod tests;
