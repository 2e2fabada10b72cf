//! Unions: the right variant, and room for one that is not known yet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::document::references::target;
use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// The generator does not read discriminators: of two variants that both fit,
/// the first is taken. So the member that tells them apart says in each variant
/// what it is there; such a value stays closed.
pub(crate) fn discriminators(document: &mut Value, notes: &mut Notes) {
    // By component and member, the values that mean this component.
    let mut marks: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
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
            let means = |to: &Value| {
                let to = to.as_str().unwrap_or_default();
                to == name || target(&json!({"$ref": to})).as_deref() == Some(&name)
            };
            let said = mapping.into_iter().flatten();
            let said: Vec<_> = said
                .filter(|(_, to)| means(to))
                .map(|(value, _)| value.clone())
                .collect();
            let values = marks.entry((name.clone(), member.clone())).or_default();
            if said.is_empty() {
                values.insert(name);
            } else {
                values.extend(said);
            }
        }
    });
    for ((name, member), values) in marks {
        let Some(schema) = document
            .pointer_mut("/components/schemas")
            .and_then(|schemas| schemas.get_mut(&name))
        else {
            continue;
        };
        if let Some(found) = own_member(schema, &member) {
            let values: Vec<_> = values.into_iter().collect();
            let told = format!("`{member}` is {} here", values.join(" or "));
            *found = json!({"type": "string", "enum": values, "x-known-values": true});
            notes.changed(format!("components.schemas.{name}"), told);
        }
    }
}

/// The place of a member in a schema or in the parts that it is made of; one
/// that it has from a reference only is said once more.
fn own_member<'a>(schema: &'a mut Value, member: &str) -> Option<&'a mut Value> {
    let is_object =
        |schema: &Value| schema.get("properties").is_some() || text(schema, "type") == "object";
    let owner = if schema.get("allOf").is_some() && !is_object(schema) {
        let parts = schema.get_mut("allOf").and_then(Value::as_array_mut)?;
        parts.iter_mut().find(|part| is_object(part))?
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
    // Another type than a text is told apart by its type.
    matches!(text(found, "type"), "" | "string").then_some(found)
}

/// The generator's unions are closed: one variant more on the server, and the
/// whole answer fails to decode. The last variant takes any JSON, and gives it
/// back as it came.
pub(crate) fn open(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |place, schema| {
        let is_parameter = place.names().any(|word| word == "parameters");
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
        // Behind it, no variant would be reached.
        variants.retain(|variant| !is_any(variant));
        if variants.is_empty() {
            if let Some(members) = schema.as_object_mut() {
                members.remove("oneOf");
            }
        } else if variants.len() < before {
            variants.push(other());
        } else if variants.len() > 1 && !is_parameter && !is_open_enum(variants) {
            variants.push(other());
            notes.changed(place.told(), "an open union: any other JSON is kept");
        }
    });
}

/// The variant for what the document does not know.
pub(super) fn other() -> Value {
    json!({"title": "Other", "description": "What the document does not know."})
}

/// Whether these are known texts and any other text.
fn is_open_enum(variants: &[Value]) -> bool {
    let is_known = |variant: &Value| variant.get("x-known-values").is_some();
    matches!(variants, [known, any] if is_known(known) && *any == json!({"type": "string"}))
}

#[cfg(test)]
mod tests;
