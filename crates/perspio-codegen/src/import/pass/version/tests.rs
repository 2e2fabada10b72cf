//! Schemas of `OpenAPI` 3.1 become schemas of 3.0.3.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, run_on_schema, run_pass, schemas};

#[test]
fn each_construct_is_converted_to_3_0() {
    for (new, old) in [
        (
            json!({"type": ["string", "null"], "format": "uuid"}),
            json!({"type": "string", "format": "uuid", "nullable": true}),
        ),
        (
            json!({"type": ["integer", "string"], "format": "int64"}),
            json!({"oneOf": [{"type": "integer", "format": "int64"}, {"type": "string", "format": "int64"}]}),
        ),
        (
            json!({"type": ["object", "array"], "properties": {"a": {}}, "required": ["a"], "items": {"type": "string"}}),
            json!({"oneOf": [
                {"type": "object", "properties": {"a": {}}, "required": ["a"]},
                {"type": "array", "items": {"type": "string"}},
            ]}),
        ),
        (json!({"type": "null"}), json!({"nullable": true})),
        (
            json!({"type": "string", "enum": ["a", null]}),
            json!({"type": "string", "enum": ["a"], "nullable": true}),
        ),
        (
            json!({"const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (json!({"const": 1}), json!({"type": "integer", "enum": [1]})),
        (json!({"const": null}), json!({"nullable": true})),
        (
            json!({"type": "string", "examples": ["a", "b"]}),
            json!({"type": "string", "example": "a"}),
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 1}),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
        ),
        (
            json!({"type": "number", "exclusiveMaximum": 9}),
            json!({"type": "number", "maximum": 9, "exclusiveMaximum": true}),
        ),
        (
            json!({"type": "string", "contentEncoding": "base64"}),
            json!({"type": "string", "format": "byte"}),
        ),
        (
            json!({"type": "string", "contentMediaType": "application/octet-stream"}),
            json!({"type": "string", "format": "binary"}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}]}),
            json!({"type": "array", "items": {}}),
        ),
        (json!(true), json!({})),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"allOf": [{"type": "string"}], "nullable": true}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^x": {"type": "string"}}}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
        ),
    ] {
        let (output, message) = run_on_schema(run, new.clone());
        assert_eq!(output, old, "{new}");
        assert!(message.starts_with("converted to 3.0"), "{new}: {message}");
    }
}

#[test]
fn removed_keywords_are_noted_by_name() {
    let (output, message) = run_on_schema(
        run,
        json!({"type": "object", "unevaluatedProperties": false, "if": {}, "$comment": "x"}),
    );
    assert_eq!(output, json!({"type": "object"}));
    for keyword in ["unevaluatedProperties", "if", "$comment"] {
        assert!(message.contains(keyword), "{message}");
    }
}

#[test]
fn keywords_next_to_a_reference_apply_since_3_1() {
    let schemas_with_siblings = json!({"B": {}, "A": {"$ref": "#/components/schemas/B", "required": ["a"]}, "C": {"$ref": "#/components/schemas/B", "description": "It."}});
    let (document, notes) = run_pass(run, schemas(schemas_with_siblings.clone()));
    let reference = json!({"$ref": "#/components/schemas/B"});
    let all = &document["components"]["schemas"];
    assert_eq!(all["A"], json!({"allOf": [reference, {"required": ["a"]}]}));
    assert_eq!(all["C"], reference);
    assert!(note(&notes, "components.schemas.C").contains("without description"));
    assert_eq!(document["openapi"], "3.0.3");

    let mut old = schemas(schemas_with_siblings);
    old["openapi"] = json!("3.0.1");
    let (document, notes) = run_pass(run, old);
    assert_eq!(document["components"]["schemas"]["A"], reference);
    assert!(note(&notes, "components.schemas.A").contains("without required"));
}

#[test]
fn a_nullable_reference_stays_nullable() {
    let (output, _) = run_on_schema(
        run,
        json!({"$ref": "#/components/schemas/B", "nullable": true}),
    );
    assert_eq!(
        output,
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]})
    );
    let (output, _) = run_on_schema(
        run,
        json!({"oneOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}),
    );
    assert_eq!(
        output,
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]})
    );
}
