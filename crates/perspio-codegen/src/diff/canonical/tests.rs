//! Notations with the same meaning become one.

use serde_json::{Value, json};

use super::canonical;

fn of_schema(schema: &Value) -> Value {
    let document = json!({"components": {"schemas": {"A": schema}}});
    let found = canonical(&document);
    found["components"]["schemas"]["A"].clone()
}

#[test]
fn notations_of_3_0_and_3_1_are_equal() {
    for (old, new) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (json!({"enum": ["a"]}), json!({"const": "a"})),
        (
            json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 5, "exclusiveMaximum": false}),
            json!({"exclusiveMinimum": 1, "maximum": 5}),
        ),
        (
            json!({"$ref": "#/b", "nullable": true}),
            json!({"oneOf": [{"$ref": "#/b"}, {"type": "null"}]}),
        ),
    ] {
        assert_eq!(of_schema(&old), of_schema(&new), "{new}");
    }
}

#[test]
fn a_composition_that_only_wraps_is_its_content() {
    let plain = json!({
        "type": "object", "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}}
    });
    let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let mut first = part("a");
    first["required"] = json!(["a"]);
    for wrapped in [
        json!({"allOf": [plain]}),
        json!({"oneOf": [plain]}),
        json!({"allOf": [{"anyOf": [{"allOf": [plain]}]}]}),
        json!({"allOf": [first, part("b")]}),
        json!({"allOf": [first], "properties": {"b": {"type": "string"}}}),
    ] {
        assert_eq!(of_schema(&wrapped), plain, "{wrapped}");
    }
}

#[test]
fn a_composition_with_a_meaning_of_its_own_is_kept() {
    for schema in [
        json!({"allOf": [{"$ref": "#/b"}, {"$ref": "#/c"}]}),
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"allOf": [{"type": "string"}], "type": "integer"}),
        json!({"allOf": [{"additionalProperties": false}], "additionalProperties": {"type": "string"}}),
        json!({"allOf": [{"properties": {"a": {"type": "string"}}}], "properties": {"a": {}}}),
        json!({"allOf": []}),
    ] {
        assert_eq!(of_schema(&schema), schema);
    }
}

#[test]
fn what_the_import_rewrote_is_as_it_was() {
    let known = json!({"type": "string", "enum": ["a", "b"], "title": "K", "x-known-values": true});
    for (imported, original) in [
        (
            json!({"type": "string", "description": "It.\n\nmaxLength: 3\n\npattern: \"^a\\n\""}),
            json!({"type": "string", "description": "It.", "maxLength": 3, "pattern": "^a\n"}),
        ),
        (
            json!({"type": "integer", "description": "default: 3\n\nKnown values: 3, 4"}),
            json!({"type": "integer", "default": 3, "enum": [3, 4]}),
        ),
        (
            json!({"oneOf": [known, {"type": "string"}]}),
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (
            json!({"type": "object", "additionalProperties": {"x-closed": true}}),
            json!({"type": "object", "additionalProperties": false}),
        ),
        (
            json!({"description": "It.", "allOf": [
                {"description": "maxProperties: 3", "additionalProperties": {"x-closed": true}}
            ]}),
            json!({"description": "It.", "maxProperties": 3, "additionalProperties": false}),
        ),
    ] {
        assert_eq!(of_schema(&imported), original);
    }
}

#[test]
fn a_description_that_only_mentions_a_limit_is_kept() {
    for text in [
        "maxLength: long",
        "The default: 3",
        "a\n\nlimit: 3",
        "maxLength 3",
    ] {
        let schema = json!({"description": text});
        assert_eq!(of_schema(&schema), schema);
    }
}
