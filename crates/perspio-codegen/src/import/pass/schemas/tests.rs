//! Schemas that check go in, those that only describe come out.

use serde_json::json;

use super::{nullable, open, unused};
use crate::import::pass::testing::{note, passed, schema, schemas};

#[test]
fn a_closed_object_is_opened() {
    let (said, told) = schema(
        open,
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}),
    );
    assert_eq!(said["additionalProperties"], json!({}));
    assert_eq!(told, "opened");
}

#[test]
fn checks_and_defaults_become_prose() {
    let (said, told) = schema(
        open,
        json!({"type": "string", "minLength": 2, "pattern": "^a", "default": "ab"}),
    );
    assert_eq!(said["type"], "string");
    let prose = said["description"].as_str().unwrap();
    for said in ["minLength: 2", "pattern: \"^a\"", "default: \"ab\""] {
        assert!(prose.contains(said), "{prose}");
    }
    for keyword in ["minLength", "pattern", "default"] {
        assert!(said.get(keyword).is_none());
        assert!(told.contains(keyword), "{told}");
    }
}

#[test]
fn what_the_generator_reads_wrong_is_said_otherwise() {
    for (before, after) in [
        (
            json!({"type": "object", "format": "map", "xml": {}, "title": "T"}),
            json!({"type": "object"}),
        ),
        (
            json!({"anyOf": [{"type": "string"}]}),
            json!({"oneOf": [{"type": "string"}]}),
        ),
        (
            json!({"properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a": {}}}),
        ),
        (
            json!({"type": "array"}),
            json!({"type": "array", "items": {}}),
        ),
        (
            json!({"type": "string", "not": {}}),
            json!({"type": "string"}),
        ),
        (
            json!({"oneOf": [], "discriminator": {"propertyName": "a"}}),
            json!({"oneOf": []}),
        ),
    ] {
        let (said, told) = schema(open, before.clone());
        assert_eq!(said, after, "{before}");
        assert!(!told.is_empty(), "{before}");
    }
}

#[test]
fn a_schema_that_is_itself_takes_any_json_and_a_recursive_one_stays() {
    let (document, notes) = passed(
        open,
        schemas(json!({
            "Endless": {"allOf": [{"$ref": "#/components/schemas/Other"}]},
            "Other": {"oneOf": [{"$ref": "#/components/schemas/Endless"}]},
            "Tree": {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}},
        })),
    );
    let all = &document["components"]["schemas"];
    assert_eq!(all["Endless"], json!({}));
    assert!(all["Tree"].get("properties").is_some());
    assert!(
        note(&notes, "components.schemas.Endless")
            .starts_with("left out: the schema is defined by itself")
    );
}

#[test]
fn a_union_that_may_be_null_is_two_components() {
    let union = json!({"nullable": true, "oneOf": [{"type": "string"}, {"type": "integer"}]});
    let (document, notes) = passed(nullable, schemas(json!({"A": union, "AValue": {}})));
    let all = &document["components"]["schemas"];
    assert_eq!(
        all["A"],
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/AValueV"}]})
    );
    assert!(all["AValueV"].get("nullable").is_none() && all["AValueV"].get("oneOf").is_some());
    assert!(note(&notes, "components.schemas.A").contains("AValueV"));
}

#[test]
fn a_schema_that_no_operation_needs_goes() {
    let mut document =
        schemas(json!({"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {}, "C": {}}));
    document["paths"] = json!({"/a": {"get": {"x": {"$ref": "#/components/schemas/A"}}}});
    let (document, notes) = passed(unused, document);
    let kept: Vec<_> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(kept, ["A", "B"]);
    assert_eq!(
        note(&notes, "components.schemas.C"),
        "no operation needs it"
    );
}
