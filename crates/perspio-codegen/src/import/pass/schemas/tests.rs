//! Schemas that validate become open.

use serde_json::json;

use super::{nullable, open, unused};
use crate::import::pass::testing::{note, run_on_schema, run_pass, schemas};

#[test]
fn a_closed_object_is_opened() {
    let (output, message) = run_on_schema(
        open,
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}),
    );
    assert_eq!(output["additionalProperties"], json!({"x-closed": true}));
    assert_eq!(message, "opened");
}

#[test]
fn checks_and_defaults_are_moved_to_the_description() {
    let (output, message) = run_on_schema(
        open,
        json!({"type": "string", "minLength": 2, "pattern": "^a", "default": "ab"}),
    );
    assert_eq!(output["type"], "string");
    let prose = output["description"].as_str().unwrap();
    for sentence in ["minLength: 2", "pattern: \"^a\"", "default: \"ab\""] {
        assert!(prose.contains(sentence), "{prose}");
    }
    for keyword in ["minLength", "pattern", "default"] {
        assert!(output.get(keyword).is_none());
        assert!(message.contains(keyword), "{message}");
    }
}

#[test]
fn a_check_is_a_paragraph_even_if_the_text_mentions_it() {
    for (before, after) in [
        ("default: 10 items", "default: 10 items\n\ndefault: 10"),
        ("Items.\n\ndefault: 10", "Items.\n\ndefault: 10"),
        ("Items.", "Items.\n\ndefault: 10"),
        ("", "default: 10"),
    ] {
        let schema = json!({"type": "integer", "default": 10, "description": before});
        let (output, _) = run_on_schema(open, schema);
        assert_eq!(output["description"], after, "{before}");
    }
}

#[test]
fn keywords_that_the_generator_does_not_support_are_converted() {
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
        let (output, message) = run_on_schema(open, before.clone());
        assert_eq!(output, after, "{before}");
        assert!(!message.is_empty(), "{before}");
    }
}

#[test]
fn a_schema_defined_by_itself_accepts_any_json_and_a_tree_is_kept() {
    let (document, notes) = run_pass(
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
fn a_nullable_union_becomes_two_components() {
    let union = json!({"nullable": true, "oneOf": [{"type": "string"}, {"type": "integer"}]});
    let (document, notes) = run_pass(nullable, schemas(json!({"A": union, "AValue": {}})));
    let all = &document["components"]["schemas"];
    assert_eq!(
        all["A"],
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/AValueV"}]})
    );
    assert!(all["AValueV"].get("nullable").is_none() && all["AValueV"].get("oneOf").is_some());
    assert!(note(&notes, "components.schemas.A").contains("AValueV"));
}

#[test]
fn a_schema_that_no_operation_refers_to_is_removed() {
    let mut document =
        schemas(json!({"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {}, "C": {}}));
    document["paths"] = json!({"/a": {"get": {"x": {"$ref": "#/components/schemas/A"}}}});
    let (document, notes) = run_pass(unused, document);
    let kept: Vec<_> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(kept, ["A", "B"]);
    assert_eq!(
        note(&notes, "components.schemas.C"),
        "removed: no operation refers to it"
    );
}
