//! Unions with discriminators, and unions that accept unknown variants.

use serde_json::json;

use super::{discriminators, open};
use crate::import::pass::testing::{note, operation, post, run_on_schema, run_pass, schemas};

#[test]
fn a_discriminator_becomes_an_enum_in_each_variant() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (document, notes) = run_pass(
        discriminators,
        schemas(json!({
            "Animal": {
                "oneOf": [reference("Cat"), reference("Dog"), reference("Fish"), reference("Bird"), reference("Ant"), reference("Bee")],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "tom": "Cat", "dog": "#/components/schemas/Dog"}},
            },
            "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
            "Dog": {"allOf": [reference("Base"), {"type": "object"}]},
            "Fish": {"type": "object", "properties": {"kind": {"type": "string"}}},
            "Ant": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["ant"]}}},
            "Bee": {"allOf": [reference("Insect"), {"type": "object"}]},
            "Insect": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["bee"]}}},
            "Bird": {"allOf": [reference("Base")]},
            "Base": {"type": "object", "properties": {"kind": {"type": "string"}}},
        })),
    );
    let all = &document["components"]["schemas"];
    assert_eq!(
        all["Cat"]["properties"]["kind"]["enum"],
        json!(["cat", "tom"])
    );
    assert_eq!(
        all["Dog"]["allOf"][1]["properties"]["kind"]["enum"],
        json!(["dog"])
    );
    assert_eq!(
        all["Bird"]["allOf"][1]["properties"]["kind"]["enum"],
        json!(["Bird"])
    );
    // Without a mapping, the schema's name is the value.
    assert_eq!(all["Fish"]["properties"]["kind"]["enum"], json!(["Fish"]));
    // The values of the member itself are more specific than the schema's name.
    assert_eq!(all["Ant"]["properties"]["kind"]["enum"], json!(["ant"]));
    let bee = &all["Bee"]["allOf"][1]["properties"]["kind"]["enum"];
    assert_eq!(*bee, json!(["bee"]));
    assert!(all["Base"]["properties"]["kind"].get("enum").is_none());
    assert_eq!(
        note(&notes, "components.schemas.Cat"),
        "the discriminator `kind` is cat or tom"
    );
}

#[test]
fn the_last_variant_of_a_union_accepts_any_other_json() {
    let (output, message) = run_on_schema(
        open,
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
    );
    let variants = output["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), 3);
    assert_eq!(variants[2]["title"], "Other");
    assert!(variants[2].get("type").is_none());
    assert!(message.contains("any other JSON is preserved"), "{message}");
    let (again, _) = run_on_schema(open, output.clone());
    assert_eq!(again, output);
}

#[test]
fn a_variant_that_accepts_any_json_becomes_the_last() {
    let (output, _) = run_on_schema(open, json!({"oneOf": [{}, {"type": "integer"}]}));
    assert_eq!(output["oneOf"][0], json!({"type": "integer"}));
    assert_eq!(output["oneOf"][1]["title"], "Other");
    let (output, _) = run_on_schema(
        open,
        json!({"oneOf": [{}, {"type": "integer"}, {"description": "It."}]}),
    );
    assert_eq!(output["oneOf"].as_array().unwrap().len(), 2);
    let (output, _) = run_on_schema(
        open,
        json!({"type": "string", "oneOf": [{"description": "It."}]}),
    );
    assert_eq!(output, json!({"type": "string"}));
}

#[test]
fn a_union_in_a_parameter_stays_closed() {
    let union = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
    let parameters = json!([{"name": "x", "in": "query", "schema": union}]);
    let (document, _) = run_pass(open, operation(json!({"parameters": parameters})));
    assert_eq!(post(&document)["parameters"], parameters);
}
