//! Parameters of each location, style and type.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, operation, post, run_pass};

/// Runs the pass on one parameter. Returns the resulting parameters, without that of the
/// path, and the notes on them.
fn one(parameter: &Value) -> (Vec<Value>, String) {
    let name = parameter["name"].as_str().unwrap().to_owned();
    let (document, notes) = run_pass(run, operation(json!({"parameters": [parameter]})));
    let all = post(&document)["parameters"].as_array();
    let all = all.into_iter().flatten().filter(|one| one["name"] != "id");
    let message = note(&notes, &format!("paths./a/{{id}}.post.parameters.{name}"));
    let out = note(&notes, "paths./a/{id}.post");
    (all.cloned().collect(), message + &out)
}

/// Returns a parameter that is a list of strings, with more members.
fn list(location: &str, more: &Value) -> Value {
    let items = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = json!({"name": "x", "in": location, "schema": items});
    let members = parameter.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    parameter
}

#[test]
fn a_list_keeps_its_style() {
    for (location, more, style, explode) in [
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
        let mut parameter = list(location, &more);
        if location == "path" {
            parameter["name"] = json!("id");
        }
        let (document, _) = run_pass(run, operation(json!({"parameters": [parameter]})));
        let kept = &post(&document)["parameters"][0];
        assert_eq!(kept["schema"]["type"], "array", "{location} {more}");
        assert_eq!(kept["style"], style, "{location} {more}");
        assert_eq!(kept["explode"], explode, "{location} {more}");
    }
}

#[test]
fn a_parameter_that_no_style_can_encode_is_left_out() {
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
            "the complete query",
        ),
        (
            json!({"name": "x", "in": "formData"}),
            "its location is not path",
        ),
        (
            json!({"name": "x", "in": "query", "style": "matrix"}),
            "a style",
        ),
    ] {
        let (kept, message) = one(&parameter);
        assert!(kept.is_empty(), "{kept:?}");
        assert!(
            message.starts_with("left out: ") && message.contains(cause),
            "{message}"
        );
        let mut required = parameter;
        required["required"] = json!(true);
        let (document, notes) = run_pass(run, operation(json!({"parameters": [required]})));
        assert!(post(&document).is_null());
        let message = note(&notes, "paths./a/{id}.post");
        assert!(
            message.contains("required parameter `x`") && message.contains(cause),
            "{message}"
        );
    }
}

#[test]
fn an_object_in_a_query_becomes_a_parameter_for_each_member() {
    let object = json!({"allOf": [
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
    ]});
    let deep = json!({"name": "f", "in": "query", "required": true, "style": "deepObject", "schema": object});
    let (document, notes) = run_pass(run, operation(json!({"parameters": [deep.clone()]})));
    let kept = &post(&document)["parameters"][0];
    assert_eq!(kept["name"], "f[a]");
    assert_eq!(kept["required"], true);
    let location = "paths./a/{id}.post.parameters.f";
    assert!(note(&notes, location).contains("a parameter for each member"));
    assert!(
        note(&notes, &format!("{location}[tags]")).starts_with("left out: a list as deepObject")
    );

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
fn an_object_in_a_deep_object_becomes_parameters_and_a_recursive_one_ends() {
    let node = json!({"properties": {
        "value": {"type": "integer"},
        "next": {"$ref": "#/components/schemas/Node"},
    }});
    let schema = json!({"$ref": "#/components/schemas/Node"});
    let deep = json!({"name": "f", "in": "query", "style": "deepObject", "schema": schema});
    let mut input = operation(json!({"parameters": [deep]}));
    input["components"] = json!({"schemas": {"Node": node}});
    let (document, notes) = run_pass(run, input);
    let names: Vec<_> = post(&document)["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["in"] == "query")
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    let deepest = "f[next][next][next]";
    for name in ["f[value]", "f[next][value]", "f[next][next][value]"] {
        assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    let location = format!("paths./a/{{id}}.post.parameters.{deepest}[next]");
    assert!(note(&notes, &location).starts_with("left out"), "{names:?}");
}

#[test]
fn an_object_without_named_members_is_a_map() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    for (location, style, output) in [
        ("query", "deepObject", json!("deepObject")),
        ("query", "form", Value::Null),
        ("header", "simple", Value::Null),
    ] {
        let (kept, message) =
            one(&json!({"name": "x", "in": location, "style": style, "schema": map}));
        assert_eq!(kept[0]["schema"]["additionalProperties"], json!({}));
        assert_eq!(kept[0]["style"], output);
        assert!(message.contains("a map"), "{message}");
    }
}

#[test]
fn a_map_keeps_explode_with_each_style() {
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
fn a_parameter_of_several_types_accepts_any_json() {
    let types = json!([{"type": "string"}, {"type": "array", "items": {"type": "string"}}]);
    let union = json!({"description": "Prose.", "oneOf": types});
    let (kept, message) = one(&json!({"name": "x", "in": "query", "schema": union}));
    assert_eq!(kept[0]["schema"], json!({"description": "Prose."}));
    assert!(message.contains("any JSON"), "{message}");
}

#[test]
fn content_of_json_is_kept_and_other_content_is_a_string() {
    let object = json!({"type": "object", "properties": {"a": {}}});
    let content = json!({"application/json": {"schema": object}});
    let (kept, _) = one(&json!({"name": "x", "in": "query", "content": content}));
    // The generator's builders do not support an object here.
    assert_eq!(
        kept[0]["content"],
        json!({"application/json": {"schema": {}}})
    );
    let (kept, message) = one(&json!({"name": "x", "in": "query", "content": {"text/csv": {}}}));
    assert_eq!(kept[0]["schema"], json!({"type": "string"}));
    assert!(message.contains("text/csv"), "{message}");
}

#[test]
fn cookies_are_kept_and_headers_of_the_client_are_removed() {
    let (kept, _) =
        one(&json!({"name": "s", "in": "cookie", "required": true, "schema": {"type": "string"}}));
    assert_eq!(kept[0]["in"], "cookie");
    for name in ["Accept", "content-type", "Authorization"] {
        let (kept, message) = one(&json!({"name": name, "in": "header", "required": true}));
        assert!(
            kept.is_empty() && message.contains("sets this header itself"),
            "{message}"
        );
    }
    let (_, message) = one(&json!({"name": "a b", "in": "header"}));
    assert!(message.contains("not a valid token"), "{message}");
}

#[test]
fn an_undeclared_path_parameter_is_declared() {
    let stray = json!({"name": "other", "in": "path", "required": true});
    let (document, notes) = run_pass(run, operation(json!({"parameters": [stray]})));
    let kept = post(&document)["parameters"].as_array().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["name"], "id");
    let message = note(&notes, "paths./a/{id}.post.parameters.other");
    assert!(
        message.contains("the path does not contain it"),
        "{message}"
    );
}

#[test]
fn the_operations_of_an_unsupported_path_are_left_out() {
    for (path, cause) in [
        ("a", "does not begin with a slash"),
        ("/a?b=c d", "must encode"),
        ("/a#b={c}", "the fragment"),
        ("/a//b", "must encode"),
        ("/a{b", "a brace of the path"),
        ("/a}b", "a brace of the path"),
        ("/{a}}", "a brace of the path"),
        ("/{a=b/*/c}", "a brace of the path"),
        ("/a b", "must encode"),
        ("/a/{userId}/{user_id}", "the same name in Rust"),
        ("/a/{send}/{sendPath}", "the same name in Rust"),
    ] {
        let (document, notes) = run_pass(
            run,
            json!({"paths": {path: {"get": {}}, "/ok/{id}:x/{b}.{c}#d": {"get": {}}}}),
        );
        assert_eq!(document["paths"].as_object().unwrap().len(), 1, "{path}");
        let message = note(&notes, &format!("paths.{path}.get"));
        assert!(message.contains(cause), "{path}: {message}");
    }
}

#[test]
fn removed_keywords_of_a_parameter_are_noted() {
    let (kept, message) = one(&json!({
        "name": "x", "in": "query", "allowReserved": true, "examples": {}, "schema": {"type": "string", "nullable": true}
    }));
    assert_eq!(
        kept[0],
        json!({"name": "x", "in": "query", "schema": {"type": "string"}})
    );
    assert_eq!(message, "without allowReserved, examples");
}

#[test]
fn a_required_nullable_parameter_stays_required() {
    let schema = json!({"$ref": "#/components/schemas/A"});
    let parameter = json!({"name": "x", "in": "query", "required": true, "schema": schema});
    let mut document = operation(json!({"parameters": [parameter]}));
    document["components"] = json!({"schemas": {"A": {"type": "string", "nullable": true}}});
    let (document, _) = run_pass(run, document);
    let kept = &post(&document)["parameters"][0];
    assert_eq!(kept["schema"], json!({"type": "string"}));
    assert_eq!(kept["required"], true);
}
