//! Each kind of parameter goes in and comes out.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, operation, passed, post};

/// The parameters that come of one, without the path's, and what is told.
fn one(parameter: &Value) -> (Vec<Value>, String) {
    let name = parameter["name"].as_str().unwrap().to_owned();
    let (document, notes) = passed(run, operation(json!({"parameters": [parameter]})));
    let all = post(&document)["parameters"].as_array();
    let all = all.into_iter().flatten().filter(|one| one["name"] != "id");
    let told = note(&notes, &format!("paths./a/{{id}}.post.parameters.{name}"));
    let out = note(&notes, "paths./a/{id}.post");
    (all.cloned().collect(), told + &out)
}

/// A list of texts, with more members of the parameter.
fn list(place: &str, more: &Value) -> Value {
    let items = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = json!({"name": "x", "in": place, "schema": items});
    let members = parameter.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    parameter
}

#[test]
fn a_list_keeps_the_style_in_which_it_is_sent() {
    for (place, more, style, explode) in [
        ("query", json!({}), Value::Null, Value::Null),
        (
            "query",
            json!({"style": "form", "explode": true}),
            Value::Null,
            Value::Null,
        ),
        (
            "query",
            json!({"explode": false}),
            Value::Null,
            json!(false),
        ),
        (
            "query",
            json!({"style": "spaceDelimited"}),
            json!("spaceDelimited"),
            Value::Null,
        ),
        (
            "query",
            json!({"style": "pipeDelimited", "explode": false}),
            json!("pipeDelimited"),
            Value::Null,
        ),
        // Exploded, these three are the same.
        (
            "query",
            json!({"style": "pipeDelimited", "explode": true}),
            Value::Null,
            Value::Null,
        ),
        ("header", json!({}), Value::Null, Value::Null),
        (
            "path",
            json!({"style": "label", "explode": true}),
            json!("label"),
            json!(true),
        ),
        (
            "cookie",
            json!({"explode": false}),
            Value::Null,
            json!(false),
        ),
    ] {
        let mut parameter = list(place, &more);
        if place == "path" {
            parameter["name"] = json!("id");
        }
        let (document, _) = passed(run, operation(json!({"parameters": [parameter]})));
        let kept = &post(&document)["parameters"][0];
        assert_eq!(kept["schema"]["type"], "array", "{place} {more}");
        assert_eq!(kept["style"], style, "{place} {more}");
        assert_eq!(kept["explode"], explode, "{place} {more}");
    }
}

#[test]
fn what_no_style_can_say_is_left_out_with_its_cause() {
    let nested = json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}});
    for (parameter, cause) in [
        (
            json!({"name": "x", "in": "query", "schema": nested}),
            "a list of lists",
        ),
        (list("query", &json!({"style": "deepObject"})), "deepObject"),
        (list("cookie", &json!({})), "several cookies"),
        (
            json!({"name": "x", "in": "cookie", "schema": {"type": "object"}}),
            "an object in a cookie",
        ),
        (
            json!({"name": "x", "in": "querystring", "content": {}}),
            "a whole query",
        ),
        (
            json!({"name": "x", "in": "formData"}),
            "neither in the path",
        ),
        (
            json!({"name": "x", "in": "query", "style": "matrix"}),
            "a style",
        ),
    ] {
        let (kept, told) = one(&parameter);
        assert!(kept.is_empty(), "{kept:?}");
        assert!(
            told.starts_with("left out: ") && told.contains(cause),
            "{told}"
        );
        let mut needed = parameter;
        needed["required"] = json!(true);
        let (document, notes) = passed(run, operation(json!({"parameters": [needed]})));
        assert!(post(&document).is_null());
        let told = note(&notes, "paths./a/{id}.post");
        assert!(
            told.contains("required parameter `x`") && told.contains(cause),
            "{told}"
        );
    }
}

#[test]
fn an_object_in_a_query_is_a_parameter_per_member() {
    let object = json!({"allOf": [
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
    ]});
    let deep = json!({"name": "f", "in": "query", "required": true, "style": "deepObject", "schema": object});
    let (document, notes) = passed(run, operation(json!({"parameters": [deep.clone()]})));
    let kept = &post(&document)["parameters"][0];
    assert_eq!(kept["name"], "f[a]");
    assert_eq!(kept["required"], true);
    let place = "paths./a/{id}.post.parameters.f";
    assert!(note(&notes, place).contains("each of its members"));
    assert!(note(&notes, &format!("{place}[tags]")).starts_with("left out: a list as deepObject"));

    let mut form = deep;
    form["style"] = json!("form");
    let (kept, _) = one(&form);
    let names: Vec<_> = kept
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "tags"]);
}

#[test]
fn an_object_without_named_members_is_a_map_in_its_style() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    for (place, style, said) in [
        ("query", "deepObject", json!("deepObject")),
        ("query", "form", Value::Null),
        ("header", "simple", Value::Null),
    ] {
        let (kept, told) = one(&json!({"name": "x", "in": place, "style": style, "schema": map}));
        assert_eq!(kept[0]["schema"]["additionalProperties"], json!({}));
        assert_eq!(kept[0]["style"], said);
        assert!(told.contains("a map"), "{told}");
    }
}

#[test]
fn a_map_is_exploded_as_it_was_also_where_its_style_is_told() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    for style in ["deepObject", "pipeDelimited"] {
        for (explode, kept) in [
            (Value::Null, Value::Null),
            (json!(false), Value::Null),
            (json!(true), json!(true)),
        ] {
            let mut parameter = json!({"name": "x", "in": "query", "style": style, "schema": map});
            if !explode.is_null() {
                parameter["explode"] = explode;
            }
            let (once, _) = one(&parameter);
            assert_eq!(once[0]["explode"], kept, "{parameter}");
            assert_eq!(one(&once[0]).0, once, "{parameter}");
        }
    }
}

#[test]
fn a_value_of_several_kinds_is_any_json() {
    let kinds = json!([{"type": "string"}, {"type": "array", "items": {"type": "string"}}]);
    let union = json!({"description": "Prose.", "oneOf": kinds});
    let (kept, told) = one(&json!({"name": "x", "in": "query", "schema": union}));
    assert_eq!(kept[0]["schema"], json!({"description": "Prose."}));
    assert!(told.contains("any JSON"), "{told}");
}

#[test]
fn a_parameter_of_content_stays_json_and_other_content_is_a_text() {
    let object = json!({"type": "object", "properties": {"a": {}}});
    let content = json!({"application/json": {"schema": object}});
    let (kept, _) = one(&json!({"name": "x", "in": "query", "content": content}));
    // The generator's builders take no object here.
    assert_eq!(
        kept[0]["content"],
        json!({"application/json": {"schema": {}}})
    );
    let (kept, told) = one(&json!({"name": "x", "in": "query", "content": {"text/csv": {}}}));
    assert_eq!(kept[0]["schema"], json!({"type": "string"}));
    assert!(told.contains("text/csv"), "{told}");
}

#[test]
fn a_cookie_stays_and_headers_of_the_client_go() {
    let (kept, _) =
        one(&json!({"name": "s", "in": "cookie", "required": true, "schema": {"type": "string"}}));
    assert_eq!(kept[0]["in"], "cookie");
    for name in ["Accept", "content-type", "Authorization"] {
        let (kept, told) = one(&json!({"name": name, "in": "header", "required": true}));
        assert!(
            kept.is_empty() && told.contains("sets this header itself"),
            "{told}"
        );
    }
    let (_, told) = one(&json!({"name": "a b", "in": "header"}));
    assert!(told.contains("its name cannot stand"), "{told}");
}

#[test]
fn a_name_of_the_path_that_is_no_parameter_becomes_one() {
    let stray = json!({"name": "other", "in": "path", "required": true});
    let (document, notes) = passed(run, operation(json!({"parameters": [stray]})));
    let kept = post(&document)["parameters"].as_array().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["name"], "id");
    let told = note(&notes, "paths./a/{id}.post.parameters.other");
    assert!(told.contains("does not stand in the path"), "{told}");
}

#[test]
fn a_path_that_cannot_be_compared_with_what_is_sent_takes_its_operations_along() {
    for (path, cause) in [
        ("a", "begins with a slash"),
        ("/a?b=c", "a query"),
        ("/a#b={c}", "the fragment"),
        ("/a//b", "another way"),
        ("/a b", "another way"),
        ("/a/{userId}/{user_id}", "one name in Rust"),
        ("/a/{send}/{sendPath}", "one name in Rust"),
    ] {
        let (document, notes) = passed(
            run,
            json!({"paths": {path: {"get": {}}, "/ok/{id}:x/{b}.{c}#d": {"get": {}}}}),
        );
        assert_eq!(document["paths"].as_object().unwrap().len(), 1, "{path}");
        let told = note(&notes, &format!("paths.{path}.get"));
        assert!(told.contains(cause), "{path}: {told}");
    }
}

#[test]
fn what_goes_of_a_parameter_is_told() {
    let (kept, told) = one(&json!({
        "name": "x", "in": "query", "allowReserved": true, "examples": {}, "schema": {"type": "string", "nullable": true}
    }));
    assert_eq!(
        kept[0],
        json!({"name": "x", "in": "query", "schema": {"type": "string"}})
    );
    assert_eq!(told, "without allowReserved, examples");
}

#[test]
fn a_parameter_that_may_be_null_is_still_asked_for() {
    let schema = json!({"$ref": "#/components/schemas/A"});
    let parameter = json!({"name": "x", "in": "query", "required": true, "schema": schema});
    let mut document = operation(json!({"parameters": [parameter]}));
    document["components"] = json!({"schemas": {"A": {"type": "string", "nullable": true}}});
    let (document, _) = passed(run, document);
    let kept = &post(&document)["parameters"][0];
    assert_eq!(kept["schema"], json!({"type": "string"}));
    assert_eq!(kept["required"], true);
}
