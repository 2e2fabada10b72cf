//! Closed enums become open ones.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, run_on_schema, run_pass, schemas};

#[test]
fn an_enum_of_strings_accepts_any_string() {
    let (output, message) = run_on_schema(
        run,
        json!({"type": "string", "enum": ["a", "b"], "description": "It."}),
    );
    assert_eq!(
        output,
        json!({"description": "It.", "oneOf": [
            {"type": "string", "enum": ["a", "b"], "title": "AKnown", "x-known-values": true},
            {"type": "string"},
        ]})
    );
    assert!(message.contains("an open enum"), "{message}");
    let (again, _) = run_on_schema(run, output.clone());
    assert_eq!(again, output);
}

#[test]
fn values_with_distinct_names_are_kept() {
    for values in [json!(["+1", "-1", "eyes"]), json!(["it's", "it-s"])] {
        let (output, _) = run_on_schema(run, json!({"type": "string", "enum": values}));
        assert_eq!(output["oneOf"][0]["enum"], values);
    }
}

#[test]
fn colliding_or_non_string_values_are_moved_to_the_description() {
    for (values, ty) in [
        (json!(["a", "A"]), "string"),
        (json!(["1A", "X1A"]), "string"),
        (json!(["+", "-"]), "string"),
        (json!([1, 2]), "integer"),
    ] {
        let (output, message) = run_on_schema(run, json!({"type": ty, "enum": values}));
        assert!(
            output.get("enum").is_none() && output.get("oneOf").is_none(),
            "{output}"
        );
        assert_eq!(output["type"], ty);
        let prose = output["description"].as_str().unwrap();
        assert!(prose.starts_with("Known values: "), "{prose}");
        assert!(message.contains("moved to the description"), "{message}");
    }
}

#[test]
fn an_enum_of_strings_on_a_list_is_moved_to_its_items() {
    let list = |items: Value| json!({"type": "array", "items": items, "enum": ["a", "b"]});
    for items in [json!({}), json!({"type": "string"})] {
        let (output, message) = run_on_schema(run, list(items));
        assert!(
            output.get("enum").is_none() && output["type"] == "array",
            "{output}"
        );
        assert_eq!(output["items"]["oneOf"][0]["enum"], json!(["a", "b"]));
        assert!(message.contains("to its items"), "{message}");
    }
    for items in [
        json!({"type": "integer"}),
        json!({"$ref": "#/components/schemas/A"}),
    ] {
        let (output, _) = run_on_schema(run, list(items.clone()));
        assert_eq!(output["items"], items);
        let prose = json!("Known values: \"a\", \"b\"");
        assert_eq!(output["description"], prose);
    }
}

#[test]
fn quoted_values_do_not_change_the_type() {
    for (ty, values, becomes) in [
        ("boolean", json!(["true", "false"]), "boolean"),
        ("integer", json!(["1", "2"]), "integer"),
        ("number", json!(["1.5"]), "number"),
        ("integer", json!(["1", "1 "]), "string"),
    ] {
        let (output, _) = run_on_schema(run, json!({"type": ty, "enum": values}));
        assert!(
            output.get("enum").is_none() && output["type"] == becomes,
            "{output}"
        );
    }
}

#[test]
fn an_enum_with_a_composition_is_moved_to_the_description() {
    let (output, message) = run_on_schema(
        run,
        json!({"allOf": [{"$ref": "#/components/schemas/B"}], "enum": ["a", "b"]}),
    );
    assert!(output.get("enum").is_none());
    assert!(message.contains("with a composition"), "{message}");
}

#[test]
fn the_value_of_a_discriminator_stays_closed() {
    let variant = |kind: &str| json!({"type": "object", "properties": {"kind": {"type": "string", "enum": [kind]}}});
    let (document, notes) = run_pass(
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
