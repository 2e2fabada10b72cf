//! The shapes of variants, and the unions that are decoded by them.

use serde_json::json;

use super::*;
use crate::generate::tests::client_of;

fn shape(schema: &Value) -> String {
    let document = json!({"components": {"schemas": {
        "Tag": {"type": "string", "enum": ["a"]},
        "Loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
        "Endless": {"oneOf": [{"$ref": "#/components/schemas/Endless"}, {"type": "string"}]},
    }}});
    let tokens = Shape::of_variant(&document, schema);
    let text = quote!(#tokens).to_string();
    text.replace("perspio_http :: rt :: ", "").replace(' ', "")
}

#[test]
fn a_shape_names_constants_and_members_with_their_types() {
    let object = json!({"type": "object", "required": ["tag"], "properties": {
        "tag": {"$ref": "#/components/schemas/Tag"},
        "ok": {"type": "boolean", "enum": [false]},
        "size": {"type": "integer", "enum": [-1, 18_446_744_073_709_551_615_u64]},
        "note": {"type": "string", "nullable": true},
        "items": {"type": "array", "items": {"type": "object", "properties": {}}},
    }});
    assert_eq!(
        shape(&object),
        "Shape::Object{required:&[(\"tag\",Shape::Constants(&[Constant::String(\"a\")]))],\
         optional:&[(\"items\",Shape::List(&Shape::Object{required:&[],optional:&[]})),\
         (\"note\",Shape::OneOf(&[Shape::String,Shape::Null])),\
         (\"ok\",Shape::Constants(&[Constant::Boolean(false)])),\
         (\"size\",Shape::Constants(&[Constant::Integer(-1),Constant::Integer(18446744073709551615)]))]}"
    );
}

#[test]
fn compositions_are_one_object_and_recursive_schemas_end() {
    let part = json!({"type": "object", "required": ["b"], "properties": {"a": {}, "b": {}}});
    let other = json!({"properties": {"a": {"type": "string"}}});
    assert_eq!(
        shape(&json!({"allOf": [part, other]})),
        "Shape::Object{required:&[(\"b\",Shape::Any)],optional:&[(\"a\",Shape::String)]}"
    );
    assert!(shape(&json!({"$ref": "#/components/schemas/Loop"})).contains("\"next\""));
    let endless = shape(&json!({"$ref": "#/components/schemas/Endless"}));
    assert_eq!(endless, "Shape::String");
    let open = json!({"oneOf": [{"type": "integer"}, {"type": "boolean"}, {"title": "Other"}]});
    assert_eq!(
        shape(&open),
        "Shape::OneOf(&[Shape::Integer,Shape::Boolean])"
    );
    assert_eq!(shape(&json!({"description": "Any."})), "Shape::Any");
}

/// Returns the client of a document with a union `U` of these variants.
fn client(variants: &Value) -> String {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/U"}}});
    client_of(
        &json!({"200": {"description": "It.", "content": content}}),
        &json!({"schemas": {
            "U": {"oneOf": variants},
            "A": {"type": "object", "properties": {"a": {"type": "string"}}},
        }}),
    )
}

#[test]
fn a_union_with_an_object_or_a_list_is_decoded_by_its_shapes() {
    let source = client(&json!([
        {"$ref": "#/components/schemas/A"},
        {"type": "array", "items": {"type": "string"}},
    ]));
    assert!(
        source.contains("impl<'de> serde::Deserialize<'de> for U"),
        "{source}"
    );
    assert!(
        source.contains("decode: |json| json.decode(Self::A)"),
        "{source}"
    );
    let before = source.split("pub enum U").next().unwrap();
    let derived = before.rsplit("/// `U`").next().unwrap();
    assert!(!derived.contains("Deserialize"), "{derived}");
    assert!(derived.contains("untagged"), "{derived}");
}

#[test]
fn a_union_of_scalars_keeps_the_derived_implementation() {
    let source = client(&json!([{"type": "integer"}, {"type": "string"}]));
    assert!(!source.contains("rt::union"), "{source}");
}

#[test]
fn the_shape_of_a_variant_of_two_unions_is_a_constant() {
    let unions = |second: &Value| {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let union = |variants: &[Value]| json!({"oneOf": variants});
        let content = json!({"application/json": {"schema": {"type": "object", "properties": {
            "one": reference("One"), "other": reference("Other"),
        }}}});
        let text = json!({"type": "array", "items": {"type": "string"}});
        client_of(
            &json!({"200": {"description": "It.", "content": content}}),
            &json!({"schemas": {
                "One": union(&[reference("A1"), text.clone()]),
                "Other": union(&[second.clone(), text]),
                "A1": {"type": "object", "properties": {"a": {"type": "string"}}},
                "B": {"type": "object", "properties": {"b": {"type": "string"}}},
            }}),
        )
    };
    let source = unions(&json!({"$ref": "#/components/schemas/A1"}));
    assert_eq!(source.matches("shape: &shapes::A1,").count(), 2, "{source}");
    assert_eq!(source.matches("const A1: Shape").count(), 1, "{source}");
    let source = unions(&json!({"$ref": "#/components/schemas/B"}));
    assert!(!source.contains("mod shapes"), "{source}");
}
