//! The same change in requests and in responses.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Usage, effects};
use crate::diff::document::{Key, facts};
use crate::diff::leaves::leaves;

/// A document in which `Sent` and `Both` are sent, `Received` and `Both` received, each by
/// way of another schema or a component.
fn document(schema: &Value) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let content =
        |name: &str| json!({"content": {"application/json": {"schema": reference(name)}}});
    json!({
        "paths": {"/a": {
            "parameters": [{"$ref": "#/components/parameters/p"}],
            "put": {
                "requestBody": {"$ref": "#/components/requestBodies/b"},
                "responses": {"200": {"$ref": "#/components/responses/r"}},
            },
        }},
        "components": {
            "parameters": {"p": {"name": "p", "in": "query", "schema": reference("InParameter")}},
            "requestBodies": {"b": content("Outer")},
            "responses": {"r": content("Page")},
            "schemas": {
                "Outer": {"properties": {"a": reference("Sent"), "b": reference("Both")}},
                "Page": {"items": {"oneOf": [reference("Received"), reference("Both")]}},
                "InParameter": schema, "Sent": schema, "Received": schema, "Both": schema,
                "Unused": schema,
            },
        },
    })
}

/// The rules of the effects of a change of the schema with a name.
fn rules(name: &str, old: &Value, new: &Value) -> Vec<&'static str> {
    let facts = [old, new].map(|schema| facts(&document(schema), &BTreeMap::new()));
    let usages = facts.each_ref().map(|facts| Usage::of(&facts.document));
    let found = facts.each_ref().map(|facts| {
        let mut all = facts.all.iter();
        let is_of = |key: &Key| matches!(key, Key::Schema { name: own, .. } if own == name);
        let (key, fact) = all.rfind(|(key, _)| is_of(key)).unwrap();
        (key, fact)
    });
    let [(key, old), (_, new)] = found;
    let leaves = leaves(key, &old.value, &new.value);
    let found = effects(key, &leaves, usages.each_ref(), [old, new]);
    found.iter().map(|finding| finding.rule.id).collect()
}

const TIGHTENED: &str = "protocol-request-tightened";
const RELAXED: &str = "protocol-request-relaxed";
const RECEIVES_LESS: &str = "protocol-response-tightened";
const RECEIVES_MORE: &str = "protocol-response-relaxed";

#[test]
fn a_limit_has_the_opposite_effects_on_requests_and_responses() {
    let [loose, tight] = [json!({"maxItems": 50}), json!({"maxItems": 10})];
    for (name, there, back) in [
        ("InParameter", vec![TIGHTENED], vec![RELAXED]),
        ("Sent", vec![TIGHTENED], vec![RELAXED]),
        ("Received", vec![RECEIVES_LESS], vec![RECEIVES_MORE]),
        (
            "Both",
            vec![TIGHTENED, RECEIVES_LESS],
            vec![RELAXED, RECEIVES_MORE],
        ),
        ("Unused", vec![], vec![]),
    ] {
        assert_eq!(rules(name, &loose, &tight), there, "{name}");
        assert_eq!(rules(name, &tight, &loose), back, "{name}");
    }
}

#[test]
fn another_pattern_may_break_requests_and_responses() {
    let [old, new] = ["^a", "^b"].map(|pattern| json!({"pattern": pattern}));
    assert_eq!(rules("Both", &old, &new), [TIGHTENED, RECEIVES_MORE]);
}

#[test]
fn a_default_only_has_an_effect_on_requests() {
    let [old, new] = [1, 2].map(|value| json!({"default": value}));
    assert_eq!(
        rules("Sent", &old, &new),
        ["protocol-request-default-changed"]
    );
    assert!(rules("Received", &old, &new).is_empty());
}

#[test]
fn values_of_enums_and_required_members_are_limits() {
    let [few, more] = [json!(["a"]), json!(["a", "b"])];
    for keyword in ["enum", "nested"] {
        let schema = |values: &Value| match keyword {
            "enum" => json!({"enum": values}),
            _ => json!({"items": {"enum": values}}),
        };
        assert_eq!(
            rules("Both", &schema(&more), &schema(&few)),
            [TIGHTENED, RECEIVES_LESS]
        );
        assert_eq!(
            rules("Both", &schema(&few), &schema(&more)),
            [RELAXED, RECEIVES_MORE]
        );
    }
    let schema = |values: &Value| json!({"items": {"required": values}});
    assert_eq!(rules("Sent", &schema(&few), &schema(&more)), [TIGHTENED]);
}

#[test]
fn a_read_only_member_is_not_sent_and_a_write_only_one_not_received() {
    let with =
        |keyword: &str, size: u8| json!({"properties": {"a": {"maxLength": size, keyword: true}}});
    let there = |keyword: &str| rules("Both", &with(keyword, 5), &with(keyword, 4));
    assert_eq!(there("readOnly"), [RECEIVES_LESS]);
    assert_eq!(there("writeOnly"), [TIGHTENED]);
    assert_eq!(there("deprecated"), [TIGHTENED, RECEIVES_LESS]);
}

#[test]
fn a_child_of_a_schema_with_a_discriminator_is_received_like_it() {
    let mut document = document(&json!({}));
    let parent = json!({"properties": {"t": {}}, "discriminator": {"propertyName": "t"}});
    let child =
        |parent: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{parent}")}]});
    let schemas = &mut document["components"]["schemas"];
    schemas["Received"] = parent;
    schemas["Child"] = child("Received");
    schemas["OfOther"] = child("Sent");
    let usage = Usage::of(&facts(&document, &BTreeMap::new()).document);
    let has = |name: &str| usage.responses.contains(name) || usage.requests.contains(name);
    assert!(usage.responses.contains("Child") && !usage.requests.contains("Child"));
    assert!(!has("OfOther"));
}

#[test]
fn a_limit_inside_not_has_no_known_effect() {
    let [old, new] = [4, 5].map(|size| json!({"not": {"items": {"maxLength": size}}}));
    assert!(rules("Both", &old, &new).is_empty());
}
