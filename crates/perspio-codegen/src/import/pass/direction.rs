//! Members that only one direction has.
//!
//! `readOnly` and `writeOnly` limit `required` to one direction (OpenAPI 3.0, Schema Object): a
//! request does not need a read-only member, and a response does not have a write-only one. The
//! generator makes one type for both directions, so such a member becomes optional if the schema
//! is used in the other direction.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::references::{reachable_from, target, targets};
use crate::document::walk::{self, DocumentLocation};
use crate::document::{operations, resolve};
use crate::import::notes::Notes;

/// Makes the members optional that the other direction does not have.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let directions = Directions::of(document);
    let original = document.clone();
    walk::schemas(document, &mut |location, schema| {
        let mut names = BTreeSet::new();
        if directions.is_sent(location) {
            names.extend(marked(&original, schema, "readOnly"));
        }
        if directions.is_received(location) {
            names.extend(marked(&original, schema, "writeOnly"));
        }
        let relaxed = relax(schema, &names);
        if !relaxed.is_empty() {
            let relaxed: Vec<_> = relaxed.into_iter().collect();
            notes.changed(
                location.as_str(),
                format!(
                    "optional, because only one direction has it: {}",
                    relaxed.join(", ")
                ),
            );
        }
    });
}

/// The components that requests and responses need.
struct Directions {
    sent: BTreeSet<String>,
    received: BTreeSet<String>,
}

impl Directions {
    fn of(document: &Value) -> Self {
        let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
        for operation in operations(document) {
            for part in ["requestBody", "parameters"] {
                sent.extend(operation.own.get(part).map(targets).into_iter().flatten());
            }
            let responses = operation.own.get("responses");
            received.extend(responses.map(targets).into_iter().flatten());
        }
        Self {
            sent: reachable_from(document, sent),
            received: reachable_from(document, received),
        }
    }

    fn is_sent(&self, location: &DocumentLocation) -> bool {
        is_of(location, &["requestBody", "parameters"], &self.sent)
    }

    fn is_received(&self, location: &DocumentLocation) -> bool {
        is_of(location, &["responses"], &self.received)
    }
}

/// Returns whether a location is in one of the `parts` of an operation, or in one of the
/// `components`.
fn is_of(location: &DocumentLocation, parts: &[&str], components: &BTreeSet<String>) -> bool {
    let mut names = location.names();
    match (names.next(), names.next(), names.next()) {
        (Some("components"), Some("schemas"), Some(name)) => components.contains(name),
        (Some("paths"), Some(_), Some(part)) if parts.contains(&part) => true,
        (Some("paths"), ..) => names.next().is_some_and(|part| parts.contains(&part)),
        _ => false,
    }
}

/// Returns the names of the members of a schema that have the mark `readOnly` or `writeOnly`.
pub(super) fn marked(document: &Value, schema: &Value, mark: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in parts(document, schema) {
        let properties = part.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        let is_marked = |(_, member): &(&String, &Value)| {
            let parts = parts(document, member);
            parts
                .iter()
                .any(|it| it.get(mark) == Some(&Value::Bool(true)))
        };
        names.extend(properties.filter(is_marked).map(|(name, _)| name.clone()));
    }
    names
}

/// Returns a schema, the schema that it refers to, and the schemas that it is composed of; each
/// component once.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut parts = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(part) = open.pop() {
        parts.push(part);
        open.extend(walk::items(part.get("allOf")));
        if target(part).is_some_and(|name| seen.insert(name)) {
            open.push(resolve(document, part));
        }
    }
    parts
}

/// Removes names from the `required` of a schema and of the schemas inline that it is composed
/// of. Returns those that were removed.
fn relax(schema: &mut Value, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut removed = BTreeSet::new();
    let Some(members) = schema.as_object_mut().filter(|_| !names.is_empty()) else {
        return removed;
    };
    remove_required(members, names, &mut removed);
    let branches = members.get_mut("allOf").and_then(Value::as_array_mut);
    for branch in branches.into_iter().flatten() {
        removed.extend(relax(branch, names));
    }
    removed
}

fn remove_required(
    members: &mut Map<String, Value>,
    names: &BTreeSet<String>,
    removed: &mut BTreeSet<String>,
) {
    let Some(required) = members.get_mut("required").and_then(Value::as_array_mut) else {
        return;
    };
    required.retain(|name| {
        let name = name.as_str().filter(|name| names.contains(*name));
        removed.extend(name.map(str::to_owned));
        name.is_none()
    });
    if required.is_empty() {
        members.remove("required");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::run;
    use crate::import::pass::testing::{note, run_pass};

    fn document() -> serde_json::Value {
        let body = |name: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            json!({"content": {"application/json": {"schema": schema}}})
        };
        json!({
            "paths": {
                "/pets": {"post": {"requestBody": body("Pet"), "responses": {"201": body("Pet")}}},
                "/owners": {"get": {"responses": {"200": body("Owner")}}},
                "/secrets": {"post": {"requestBody": body("Secret"), "responses": {}}},
            },
            "components": {"schemas": {
                "Pet": {
                    "required": ["id", "name", "created", "pin"],
                    "properties": {
                        "id": {"type": "string", "readOnly": true},
                        "name": {"type": "string"},
                        "created": {"$ref": "#/components/schemas/When"},
                        "pin": {"type": "string", "writeOnly": true},
                    },
                },
                "When": {"type": "string", "allOf": [{"readOnly": true}]},
                "Owner": {"required": ["id"], "properties": {"id": {"readOnly": true}}},
                "Secret": {"required": ["pin"], "properties": {"pin": {"writeOnly": true}}},
            }},
        })
    }

    #[test]
    fn a_member_is_optional_if_the_schema_is_used_in_the_other_direction() {
        let (document, notes) = run_pass(run, document());
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Pet"]["required"], json!(["name"]));
        assert_eq!(
            note(&notes, "components.schemas.Pet"),
            "optional, because only one direction has it: created, id, pin"
        );
        assert_eq!(schemas["Owner"]["required"], json!(["id"]));
        assert_eq!(schemas["Secret"]["required"], json!(["pin"]));
    }

    #[test]
    fn a_required_member_of_another_part_of_a_composition_is_optional() {
        let schema = json!({"allOf": [
            {"required": ["id"]},
            {"$ref": "#/components/schemas/Owner"},
        ]});
        let mut input = document();
        input["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]["schema"] =
            schema;
        let (document, _) = run_pass(run, input);
        let body = &document["paths"]["/pets"]["post"]["requestBody"];
        let parts = &body["content"]["application/json"]["schema"]["allOf"];
        assert_eq!(parts[0], json!({}));
    }

    #[test]
    fn a_schema_inline_has_the_direction_of_its_place() {
        let schema = json!({"required": ["id"], "properties": {"id": {"readOnly": true}}});
        let content = json!({"content": {"application/json": {"schema": schema}}});
        let (document, _) = run_pass(
            run,
            json!({"paths": {"/a": {"post": {
                "requestBody": content, "responses": {"200": content},
            }}}}),
        );
        let post = &document["paths"]["/a"]["post"];
        let schema = |part: &serde_json::Value| {
            part["content"]["application/json"]["schema"]["required"].clone()
        };
        assert_eq!(schema(&post["requestBody"]), json!(null));
        assert_eq!(schema(&post["responses"]["200"]), json!(["id"]));
    }

    #[test]
    fn a_recursive_composition_ends() {
        let mut input = document();
        input["components"]["schemas"]["Pet"]["allOf"] =
            json!([{"$ref": "#/components/schemas/Pet"}]);
        run_pass(run, input);
    }
}
