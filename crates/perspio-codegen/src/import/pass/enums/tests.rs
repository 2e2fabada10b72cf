//! Closed enums go in, open ones come out.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, passed, schema, schemas};

#[test]
fn an_enum_of_texts_takes_any_text() {
    let (said, told) = schema(
        run,
        json!({"type": "string", "enum": ["a", "b"], "description": "It."}),
    );
    assert_eq!(
        said,
        json!({"description": "It.", "oneOf": [
            {"type": "string", "enum": ["a", "b"], "title": "AKnown", "x-known-values": true},
            {"type": "string"},
        ]})
    );
    assert!(told.contains("an open enum"), "{told}");
    let (again, _) = schema(run, said.clone());
    assert_eq!(again, said);
}

#[test]
fn values_that_the_generator_tells_apart_stay() {
    for values in [json!(["+1", "-1", "eyes"]), json!(["it's", "it-s"])] {
        let (said, _) = schema(run, json!({"type": "string", "enum": values}));
        assert_eq!(said["oneOf"][0]["enum"], values);
    }
}

#[test]
fn values_that_clash_in_rust_or_are_no_texts_become_prose() {
    for (values, kind) in [
        (json!(["a", "A"]), "string"),
        (json!(["1A", "X1A"]), "string"),
        (json!(["+", "-"]), "string"),
        (json!([1, 2]), "integer"),
    ] {
        let (said, told) = schema(run, json!({"type": kind, "enum": values}));
        assert!(
            said.get("enum").is_none() && said.get("oneOf").is_none(),
            "{said}"
        );
        assert_eq!(said["type"], kind);
        let prose = said["description"].as_str().unwrap();
        assert!(prose.starts_with("Known values: "), "{prose}");
        assert!(told.contains("prose"), "{told}");
    }
}

#[test]
fn texts_that_are_meant_of_the_items_of_a_list_are_theirs() {
    let list = |items: Value| json!({"type": "array", "items": items, "enum": ["a", "b"]});
    for items in [json!({}), json!({"type": "string"})] {
        let (said, told) = schema(run, list(items));
        assert!(
            said.get("enum").is_none() && said["type"] == "array",
            "{said}"
        );
        assert_eq!(said["items"]["oneOf"][0]["enum"], json!(["a", "b"]));
        assert!(told.contains("one of its items"), "{told}");
    }
    for items in [
        json!({"type": "integer"}),
        json!({"$ref": "#/components/schemas/A"}),
    ] {
        let (said, _) = schema(run, list(items.clone()));
        assert_eq!(said["items"], items);
        let prose = json!("Known values: \"a\", \"b\"");
        assert_eq!(said["description"], prose);
    }
}

#[test]
fn values_that_are_only_quoted_keep_their_type() {
    for (kind, values, becomes) in [
        ("boolean", json!(["true", "false"]), "boolean"),
        ("integer", json!(["1", "2"]), "integer"),
        ("number", json!(["1.5"]), "number"),
        ("integer", json!(["1", "1 "]), "string"),
    ] {
        let (said, _) = schema(run, json!({"type": kind, "enum": values}));
        assert!(
            said.get("enum").is_none() && said["type"] == becomes,
            "{said}"
        );
    }
}

#[test]
fn an_enum_beside_other_parts_becomes_prose() {
    let (said, told) = schema(
        run,
        json!({"allOf": [{"$ref": "#/components/schemas/B"}], "enum": ["a", "b"]}),
    );
    assert!(said.get("enum").is_none());
    assert!(told.contains("beside other parts"), "{told}");
}

#[test]
fn the_value_that_tells_variants_apart_stays_closed() {
    let variant = |kind: &str| json!({"type": "object", "properties": {"kind": {"type": "string", "enum": [kind]}}});
    let (document, notes) = passed(
        run,
        schemas(json!({
            "A": {"oneOf": [{"$ref": "#/components/schemas/B"}, variant("c")]},
            "B": variant("b"),
            "Alone": variant("d"),
        })),
    );
    let all = &document["components"]["schemas"];
    assert_eq!(all["B"]["properties"]["kind"]["enum"], json!(["b"]));
    assert_eq!(
        all["A"]["oneOf"][1]["properties"]["kind"]["enum"],
        json!(["c"])
    );
    assert!(all["Alone"]["properties"]["kind"].get("oneOf").is_some());
    assert!(note(&notes, "components.schemas.Alone.properties.kind").contains("open"));
}
