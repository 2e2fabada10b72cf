//! The references between the schemas of a document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{WEBHOOKS, escape, unescape, walk};

/// Returns the name of the component that a reference leads to.
pub fn target(schema: &Value) -> Option<String> {
    walk::reference(schema)?
        .strip_prefix("#/components/schemas/")
        .map(unescape)
}

/// Returns a schema that refers to the component `name`.
pub(crate) fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", escape(name))})
}

/// Returns the names of the components that a value refers to.
pub fn targets(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                found.extend(target(value));
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// Removes the components that no operation needs. Returns their names.
pub fn remove_unused(document: &mut Value) -> Vec<String> {
    let needed = reachable(document);
    let schemas = document.pointer_mut("/components/schemas");
    let Some(schemas) = schemas.and_then(Value::as_object_mut) else {
        return Vec::new();
    };
    let names: Vec<_> = schemas
        .keys()
        .filter(|name| !needed.contains(*name))
        .cloned()
        .collect();
    schemas.retain(|name, _| needed.contains(name));
    names
}

/// Returns the names of the components that the operations need, or that webhooks are.
fn reachable(document: &Value) -> BTreeSet<String> {
    let mut open = document.get("paths").map(targets).unwrap_or_default();
    open.extend(payloads(document).cloned());
    reachable_from(document, open)
}

/// Returns the names of the components that are payloads of webhooks.
pub(crate) fn payloads(document: &Value) -> impl Iterator<Item = &String> {
    let components = walk::components(document).into_iter().flatten();
    let payloads = components.filter(|(_, schema)| schema.get(WEBHOOKS).is_some());
    payloads.map(|(name, _)| name)
}

/// Returns the names `open` of components, and those of the components that they need.
pub(crate) fn reachable_from(document: &Value, mut open: BTreeSet<String>) -> BTreeSet<String> {
    let schemas = walk::components(document);
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop_first() {
        if let Some(schema) = schemas.and_then(|all| all.get(&name))
            && found.insert(name)
        {
            open.extend(targets(schema));
        }
    }
    found
}
