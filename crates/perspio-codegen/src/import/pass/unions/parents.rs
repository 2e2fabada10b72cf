//! Unions of the children of an object with a discriminator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::references::{reference_to, target};
use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// Replaces an object that has a discriminator, and that other components extend with
/// `allOf`, by a union of these components. Its members become a component of their own,
/// which the others extend instead.
///
/// No operation refers to the children, so that the client would decode the members of the
/// parent only.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let children = children(schemas);
    let parents: Vec<String> = schemas
        .iter()
        .filter(|(name, schema)| is_parent(schema) && children.contains_key(*name))
        .map(|(name, _)| name.clone())
        .collect();
    let mut bases = BTreeMap::new();
    for parent in &parents {
        let mut base = format!("{parent}Base");
        while schemas.contains_key(&base) || bases.values().any(|it| *it == base) {
            base.push('V');
        }
        bases.insert(parent.clone(), base);
    }
    for schema in schemas.values_mut() {
        extend_bases(schema, &bases);
    }
    for (parent, base) in &bases {
        let Some(mut members) = schemas.remove(parent) else {
            continue;
        };
        let union = union(parent, &members, &children, &bases);
        if let Some(members) = members.as_object_mut() {
            members.remove("discriminator");
        }
        notes.changed(
            format!("components.schemas.{parent}"),
            format!("a union of the components that extend it; its members are {base}"),
        );
        schemas.insert(base.clone(), members);
        schemas.insert(parent.clone(), union);
    }
}

/// Returns whether a component has a discriminator of other components.
fn is_parent(schema: &Value) -> bool {
    let is_union = ["oneOf", "anyOf"]
        .iter()
        .any(|union| schema.get(*union).is_some());
    let discriminator = schema.get("discriminator").unwrap_or(&Value::Null);
    !is_union && !text(discriminator, "propertyName").is_empty()
}

/// Returns the components that extend each component directly.
fn children(schemas: &Map<String, Value>) -> BTreeMap<String, BTreeSet<String>> {
    let mut children: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas {
        for parent in walk::items(schema.get("allOf")).filter_map(target) {
            children.entry(parent).or_default().insert(name.clone());
        }
    }
    children
}

/// Makes the parts of a component refer to the members of a parent.
fn extend_bases(schema: &mut Value, bases: &BTreeMap<String, String>) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        if let Some(base) = target(part).and_then(|parent| bases.get(&parent)) {
            *part = reference_to(base);
        }
    }
}

/// Returns the union of the components that extend `parent`, directly or not.
fn union(
    parent: &str,
    schema: &Value,
    children: &BTreeMap<String, BTreeSet<String>>,
    bases: &BTreeMap<String, String>,
) -> Value {
    let discriminator = schema.get("discriminator");
    let mapped: Vec<(&String, String)> = discriminator
        .and_then(|it| it.get("mapping")?.as_object())
        .into_iter()
        .flatten()
        .filter_map(|(value, to)| {
            let to = to.as_str()?;
            let name = target(&json!({"$ref": to})).unwrap_or_else(|| to.to_owned());
            Some((value, name))
        })
        .collect();
    let mut variants = Vec::new();
    let mut mapping = Map::new();
    let mut done = BTreeSet::new();
    let mut open = vec![parent];
    while let Some(name) = open.pop() {
        if !done.insert(name) {
            continue;
        }
        open.extend(children.get(name).into_iter().flatten().map(String::as_str));
        let values = mapped.iter().filter(|(_, to)| to == name);
        let mut values: Vec<_> = values.map(|(value, _)| (*value).clone()).collect();
        if values.is_empty() {
            // An object of the parent itself is one of the values that are not known.
            if name == parent {
                continue;
            }
            values.push(name.to_owned());
        }
        let variant = reference_to(bases.get(name).map_or(name, String::as_str));
        for value in values {
            let to = variant.get("$ref").cloned().unwrap_or_default();
            mapping.insert(value, to);
        }
        variants.push(variant);
    }
    variants.sort_by_key(target);
    let name = discriminator.and_then(|it| it.get("propertyName"));
    let mut union = Map::from_iter([
        ("oneOf".to_owned(), variants.into()),
        (
            "discriminator".to_owned(),
            json!({"propertyName": name, "mapping": mapping}),
        ),
    ]);
    for keyword in ["description", "nullable"] {
        let value = schema.get(keyword).cloned();
        union.extend(value.map(|value| (keyword.to_owned(), value)));
    }
    union.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pass::testing::{run_pass, schemas};

    #[test]
    fn a_parent_with_a_discriminator_is_a_union_of_all_that_extend_it() {
        let of = |parent: &str| json!({"allOf": [reference_to(parent), {"type": "object"}]});
        let (document, _) = run_pass(
            run,
            schemas(json!({
                "Pet": {
                    "description": "It.", "type": "object", "properties": {"kind": {"type": "string"}},
                    "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}},
                },
                "PetBase": {},
                "Dog": {"allOf": [reference_to("Pet")], "discriminator": {"propertyName": "breed"}},
                "Puppy": of("Dog"),
                "Cat": of("Pet"),
                "Alone": {"discriminator": {"propertyName": "kind"}},
            })),
        );
        let all = &document["components"]["schemas"];
        assert_eq!(
            all["Pet"],
            json!({
                "description": "It.",
                "oneOf": [reference_to("Cat"), reference_to("DogBase"), reference_to("Puppy")],
                "discriminator": {"propertyName": "kind", "mapping": {
                    "Cat": "#/components/schemas/Cat",
                    "Puppy": "#/components/schemas/Puppy",
                    "dog": "#/components/schemas/DogBase",
                }},
            })
        );
        assert_eq!(all["Dog"]["oneOf"], json!([reference_to("Puppy")]));
        assert_eq!(all["DogBase"], json!({"allOf": [reference_to("PetBaseV")]}));
        assert_eq!(all["Puppy"]["allOf"][0], reference_to("DogBase"));
        assert_eq!(all["PetBaseV"]["properties"]["kind"]["type"], "string");
        assert!(all["Alone"].get("discriminator").is_some());
    }

    #[test]
    fn a_parent_that_is_mapped_is_a_variant_itself() {
        let (document, _) = run_pass(
            run,
            schemas(json!({
                "Pet": {"discriminator": {"propertyName": "kind", "mapping": {"any": "Pet"}}},
                "Dog": {"allOf": [reference_to("Pet")]},
            })),
        );
        let pet = &document["components"]["schemas"]["Pet"];
        assert_eq!(
            pet["oneOf"],
            json!([reference_to("Dog"), reference_to("PetBase")])
        );
        let to = &pet["discriminator"]["mapping"]["any"];
        assert_eq!(to, "#/components/schemas/PetBase");
    }
}
