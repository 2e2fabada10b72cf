//! Unions go in; those that come out know their variants and take any other.

use serde_json::json;

use super::{discriminators, open};
use crate::import::pass::testing::{note, operation, passed, post, schema, schemas};

#[test]
fn a_discriminator_is_a_value_in_each_variant() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (document, notes) = passed(
        discriminators,
        schemas(json!({
            "Animal": {
                "oneOf": [reference("Cat"), reference("Dog"), reference("Fish")],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "tom": "Cat", "dog": "#/components/schemas/Dog"}},
            },
            "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
            "Dog": {"allOf": [reference("Base"), {"type": "object"}]},
            "Fish": {"type": "object", "properties": {"kind": {"type": "string"}}},
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
    // Without a mapping, the schema's name is the value.
    assert_eq!(all["Fish"]["properties"]["kind"]["enum"], json!(["Fish"]));
    assert!(all["Base"]["properties"]["kind"].get("enum").is_none());
    assert_eq!(
        note(&notes, "components.schemas.Cat"),
        "`kind` is cat or tom here"
    );
}

#[test]
fn a_union_takes_any_other_json_at_its_end() {
    let (said, told) = schema(
        open,
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
    );
    let variants = said["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), 3);
    assert_eq!(variants[2]["title"], "Other");
    assert!(variants[2].get("type").is_none());
    assert!(told.contains("any other JSON is kept"), "{told}");
    let (again, _) = schema(open, said.clone());
    assert_eq!(again, said);
}

#[test]
fn a_variant_that_takes_all_stands_at_the_end() {
    let (said, _) = schema(open, json!({"oneOf": [{}, {"type": "integer"}]}));
    assert_eq!(said["oneOf"][0], json!({"type": "integer"}));
    assert_eq!(said["oneOf"][1]["title"], "Other");
    let (said, _) = schema(
        open,
        json!({"oneOf": [{}, {"type": "integer"}, {"description": "It."}]}),
    );
    assert_eq!(said["oneOf"].as_array().unwrap().len(), 2);
    let (said, _) = schema(
        open,
        json!({"type": "string", "oneOf": [{"description": "It."}]}),
    );
    assert_eq!(said, json!({"type": "string"}));
}

#[test]
fn what_is_sent_as_a_parameter_stays_closed() {
    let union = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
    let parameters = json!([{"name": "x", "in": "query", "schema": union}]);
    let (document, _) = passed(open, operation(json!({"parameters": parameters})));
    assert_eq!(post(&document)["parameters"], parameters);
}
