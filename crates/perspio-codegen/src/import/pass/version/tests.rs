//! Schemas of 3.1 go in, those of 3.0.3 come out.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, passed, schema, schemas};

#[test]
fn each_construct_is_said_in_the_words_of_3_0() {
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
        let (said, told) = schema(run, new.clone());
        assert_eq!(said, old, "{new}");
        assert!(
            told.starts_with("said in the words of 3.0"),
            "{new}: {told}"
        );
    }
}

#[test]
fn what_3_0_has_no_words_for_is_told_by_name() {
    let (said, told) = schema(
        run,
        json!({"type": "object", "unevaluatedProperties": false, "if": {}, "$comment": "x"}),
    );
    assert_eq!(said, json!({"type": "object"}));
    for keyword in ["unevaluatedProperties", "if", "$comment"] {
        assert!(told.contains(keyword), "{told}");
    }
}

#[test]
fn what_stands_beside_a_reference_counts_since_3_1() {
    let beside = json!({"B": {}, "A": {"$ref": "#/components/schemas/B", "required": ["a"]}, "C": {"$ref": "#/components/schemas/B", "description": "It."}});
    let (document, notes) = passed(run, schemas(beside.clone()));
    let reference = json!({"$ref": "#/components/schemas/B"});
    let all = &document["components"]["schemas"];
    assert_eq!(all["A"], json!({"allOf": [reference, {"required": ["a"]}]}));
    assert_eq!(all["C"], reference);
    assert!(note(&notes, "components.schemas.C").contains("without description"));
    assert_eq!(document["openapi"], "3.0.3");

    let mut old = schemas(beside);
    old["openapi"] = json!("3.0.1");
    let (document, notes) = passed(run, old);
    assert_eq!(document["components"]["schemas"]["A"], reference);
    assert!(note(&notes, "components.schemas.A").contains("without required"));
}

#[test]
fn a_reference_that_may_be_null_stays_so() {
    let (said, _) = schema(
        run,
        json!({"$ref": "#/components/schemas/B", "nullable": true}),
    );
    assert_eq!(
        said,
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]})
    );
    let (said, _) = schema(
        run,
        json!({"oneOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}),
    );
    assert_eq!(
        said,
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]})
    );
}
