//! The random values that other tests use are valid, varied, and reproducible by their
//! seed.

use std::collections::BTreeSet;

use perspio_wire::{Fill, Letters, Random, Schema, difference, json_schemas, violations, without};
use serde_json::{Value, json};

fn some(document: &Value, schema: &Value, count: u64) -> Vec<Value> {
    let values = Schema::new(document, schema).unwrap();
    (0..count)
        .map(|seed| {
            let value = values.random(seed, Fill::Some, Letters::Any);
            value.unwrap_or_else(|| panic!("no value for {schema}"))
        })
        .collect()
}

#[test]
fn varied_valid_values_are_generated_for_each_schema() {
    let document = json!({"components": {"schemas": {
        "Node": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 4},
            "next": {"$ref": "#/components/schemas/Node"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}
        }},
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind", "breed"], "properties": {"kind": {"type": "string"}, "breed": {"type": "string"}}}
    }}});
    let schemas = [
        json!({"$ref": "#/components/schemas/Node"}),
        json!({"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"type": "string"}]}),
        json!({"allOf": [{"$ref": "#/components/schemas/Dog"}, {"required": ["age"], "properties": {"age": {"type": "integer", "minimum": 3, "maximum": 5}}}]}),
        json!({"type": "string", "pattern": "^[A-Z]{2}[0-9a-f]{32}$"}),
        json!({"type": "string", "pattern": "^(a|b)+\\.\\w{3,5}$", "minLength": 10}),
        json!({"type": ["integer", "null"], "exclusiveMinimum": 4, "maximum": 60, "multipleOf": 7}),
        json!({"type": "number", "minimum": 0.5, "maximum": 0.75}),
        json!({"type": "array", "minItems": 2, "maxItems": 3, "uniqueItems": true, "items": {"type": "integer", "minimum": 1, "maximum": 4}}),
        json!({"type": "object", "minProperties": 3, "additionalProperties": {"type": "boolean"}}),
        json!({"enum": ["a", 1, {"b": 2}]}),
        json!({}),
    ];
    for schema in &schemas {
        let values = some(&document, schema, 50);
        let different: BTreeSet<_> = values.iter().map(Value::to_string).collect();
        assert!(different.len() > 1, "{schema}");
    }
}

#[test]
fn keywords_with_undefined_values_do_not_prevent_values() {
    let document = json_schemas(&json!({
        "components": {
            "schemas": {"A": {
                "type": "object",
                "required": true,
                "properties": {
                    "type": {"type": "file"},
                    "list": {"type": ["array", "any"], "items": [], "minItems": "1"},
                    "pattern": {"type": "string", "pattern": null},
                },
            }},
            "securitySchemes": {"key": {"type": "apiKey"}},
        },
    }));
    let schema = &document["components"]["schemas"]["A"];
    assert_eq!(some(&document, schema, 1).len(), 1);
    assert!(schema["properties"]["type"].is_object());
    let security = &document["components"]["securitySchemes"]["key"];
    assert_eq!(security["type"], "apiKey");
}

#[test]
fn the_same_seed_gives_the_same_value() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {}});
    assert_eq!(some(&schema, &schema, 20), some(&schema, &schema, 20));
}

#[test]
fn a_discriminator_is_set_to_the_variant() {
    let document = json!({"components": {"schemas": {
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}, "breed": {"type": "string"}}}
    }}});
    let schema = json!({
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"d": "#/components/schemas/Dog"}}
    });
    let mut random = Random::new(&document, 1, Fill::All, Letters::Plain);
    for _ in 0..20 {
        let value = random.value(&schema).unwrap();
        let kind = if value.get("breed").is_some() {
            "d"
        } else {
            "Cat"
        };
        assert_eq!(value["kind"], kind, "{value}");
    }
}

#[test]
fn an_openapi_3_0_schema_is_converted_to_json_schema() {
    let old = json!({"components": {"schemas": {"A": {"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer", "readOnly": true},
        "name": {"type": "string", "nullable": true, "enum": ["a"]},
        "part": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/A"}]},
        "count": {"type": "number", "minimum": 1, "exclusiveMinimum": true}
    }}}}});
    let new = json_schemas(&old);
    let schema = Schema::new(&new, &new["components"]["schemas"]["A"]).unwrap();
    let whole = json!({"id": 1, "name": null, "part": null, "count": 2});
    assert_eq!(schema.violation(&whole), None);
    for (member, wrong) in [
        ("name", json!("b")),
        ("count", json!(1)),
        ("part", json!(1)),
    ] {
        let mut value = whole.clone();
        value[member] = wrong;
        assert!(schema.violation(&value).is_some(), "{value}");
    }
    let request = without(&new, "readOnly");
    let schema = &request["components"]["schemas"]["A"];
    assert_eq!(schema["required"], json!(["name"]));
    assert_eq!(schema["properties"].get("id"), None);
}

#[test]
fn a_difference_is_reported_with_its_path_and_equivalent_values_have_none() {
    let same = [
        (json!({"a": null, "b": 1}), json!({"b": 1.0})),
        (
            json!(["2024-01-01T00:00:00Z"]),
            json!(["2024-01-01T01:00:00+01:00"]),
        ),
    ];
    for (left, right) in same {
        assert_eq!(difference(&left, &right), None);
    }
    let other = [
        (json!({"a": [1, {"b": 2}]}), json!({"a": [1, {}]}), "/a/1/b"),
        (json!({}), json!({"more": 1}), "/more"),
        (json!([1]), json!([1, 2]), ""),
        (
            json!("2024-01-01T00:00:00Z"),
            json!("2024-01-01T00:00:01Z"),
            "",
        ),
        (json!("1"), json!(1), ""),
    ];
    for (left, right, place) in other {
        let difference = difference(&left, &right).unwrap();
        assert!(
            difference.starts_with(&format!("{place}: ")),
            "{difference}"
        );
    }
}

#[test]
fn only_defects_of_the_request_are_violations() {
    let header = r#"[
        {"location":["request","body","a"],"severity":"Error","code":"type","message":"must be text"},
        {"location":["request","query"],"severity":"Warning","code":"deprecated","message":"old"},
        {"location":["response","body"],"severity":"Error","code":"type","message":"its own"}
    ]"#;
    let found = violations(header);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("must be text"), "{found:?}");
    let cut = header
        .replace([' ', '\n'], "")
        .replace("\"itsown\"}", "\"its");
    assert_eq!(violations(&format!("Too many violations! {cut}")).len(), 1);
    assert!(violations("").is_empty());
    assert_eq!(violations("no list"), ["no list"]);
}
