//! What the generator makes of a request is changed into the document's.
//! What arrives at a server is tested in the crate for tests.

use serde_json::{Value, json};

use super::all;
use crate::generate::emit::{ANY, client_tokens};
use crate::generate::source_of_client;

fn document(operation: &Value) -> Value {
    let mut operation = operation.clone();
    let members = operation.as_object_mut().unwrap();
    for (name, value) in [
        ("operationId", json!("a_send")),
        ("tags", json!(["a"])),
        ("x-source", json!("documented")),
        ("responses", json!({"204": {"description": "Done."}})),
    ] {
        members.entry(name).or_insert(value);
    }
    json!({
        "openapi": "3.0.3", "info": {"title": "A", "version": "1"},
        "paths": {"/a/{id}": {"post": operation}},
    })
}

fn id() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}})
}

/// The builder's code, without spaces and line breaks.
fn code(operation: &Value) -> String {
    let source = source_of_client(&document(operation)).unwrap();
    source.split_whitespace().collect()
}

fn with(parameter: &Value) -> String {
    code(&json!({"parameters": [id(), parameter]}))
}

#[test]
fn parameters_of_one_name_are_all_sent_under_it() {
    let text = json!({"type": "string"});
    let code = code(&json!({"parameters": [
        id(),
        {"name": "id", "in": "query", "schema": text},
        {"name": "id", "in": "header", "schema": text},
        {"name": "ID", "in": "query", "schema": text},
        {"name": "new", "in": "query", "schema": text},
        {"name": "body", "in": "query", "schema": text},
    ]}));
    for said in [
        "pubfnid<V>(",
        "QueryParam::new(\"id\",&id_query)",
        "header_map.append(\"id\",value.to_string()",
        "QueryParam::new(\"ID\",&id_query_2)",
        "QueryParam::new(\"new\",&new_query)",
        "QueryParam::new(\"body\",&body_query)",
    ] {
        assert!(code.contains(said), "{said}");
    }
}

#[test]
fn an_operation_is_found_under_every_id_that_its_method_cannot_have() {
    let parameter = json!({"name": "x", "in": "cookie", "schema": {"type": "string"}});
    for (id, name) in [
        ("type", "type_"),
        ("gen", "gen_"),
        ("getThing", "get_thing"),
        ("get.thing", "get_thing"),
        ("it's", "its"),
        ("2nd", "_2nd"),
    ] {
        let code = code(&json!({"operationId": id, "parameters": [parameter, self::id()]}));
        // What is asked for, what is listed, and what is changed.
        for said in [
            format!("find(super::OPERATIONS,\"{name}\")"),
            format!("Operation{{id:\"{name}\""),
            "style::cookie(&mutheader_map,\"x\"".to_owned(),
        ] {
            assert!(code.contains(&said), "{id}: {said}");
        }
    }
}

#[test]
fn what_the_generator_sends_right_stays_as_it_is() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    for plain in [
        json!({"name": "x", "in": "query", "schema": {"type": "string"}}),
        json!({"name": "x", "in": "query", "schema": list}),
        json!({"name": "x", "in": "header", "required": true, "schema": {"type": "integer"}}),
    ] {
        assert!(!with(&plain).contains("style::"));
    }
    let code = code(&json!({"parameters": [id()], "requestBody": {
        "required": true, "content": {"application/json": {"schema": {"type": "integer"}}},
    }}));
    assert!(code.contains(".json(&body)") && !code.contains("body_is_given"));
}

#[test]
fn a_list_a_time_and_a_cookie_are_written_in_their_style() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let time = json!({"type": "string", "format": "date-time"});
    for (parameter, said) in [
        (
            json!({"name": "x", "in": "query", "explode": false, "schema": list}),
            "leturl=perspio_http::style::query(url,\"x\",&x,perspio_http::style::Style::Form,false,)",
        ),
        (
            json!({"name": "x", "in": "query", "style": "pipeDelimited", "schema": list}),
            "style::query(url,\"x\",&x,perspio_http::style::Style::Pipe,false,)",
        ),
        (
            json!({"name": "url", "in": "query", "explode": false, "schema": list}),
            "let_url=perspio_http::style::query(_url,\"url\",&url,",
        ),
        (
            json!({"name": "x", "in": "query", "content": {"application/json": {"schema": {}}}}),
            "style::query(url,\"x\",&x,perspio_http::style::Style::Json,true,)",
        ),
        (
            json!({"name": "X-Y", "in": "header", "schema": list}),
            "style::header(&mutheader_map,\"X-Y\",&x_y,perspio_http::style::Style::Simple,false,)",
        ),
        (
            json!({"name": "X-Y", "in": "header", "required": true, "schema": time}),
            "style::header(&mutheader_map,\"X-Y\",&x_y,",
        ),
        (
            json!({"name": "s", "in": "cookie", "required": true, "schema": {"type": "string"}}),
            "style::cookie(&mutheader_map,\"s\",&s)",
        ),
    ] {
        let code = with(&parameter);
        assert!(code.contains(said), "{said}");
    }
    let code = code(&json!({"parameters": [
        {"name": "id", "in": "path", "required": true, "style": "label", "explode": true, "schema": list},
    ]}));
    assert!(code.contains("style::path(\"id\",&id,perspio_http::style::Style::Label,true)"));
}

#[test]
fn a_body_goes_under_its_media_type_and_only_if_it_is_there() {
    let body = |kind: &str, required: bool| {
        code(&json!({"parameters": [id()], "requestBody": {
            "required": required, "content": {kind: {"schema": {"type": "string"}}},
        }}))
    };
    for kind in ["application/vnd.a+json", "image/png", "text/plain"] {
        let header = format!("HeaderValue::from_static(\"{kind}\"");
        let (needed, optional) = (body(kind, true), body(kind, false));
        assert!(
            needed.contains(&header) && optional.contains(&header),
            "{kind}"
        );
        assert!(!needed.contains("body_is_given"), "{kind}");
        assert!(optional.contains("self.body_is_given=true;"), "{kind}");
        assert!(optional.contains("(request,None)=>request"), "{kind}");
    }
}

#[test]
fn the_documents_own_kinds_of_json_are_asked_for() {
    let media = json!({"schema": {"type": "string"}});
    let code = code(&json!({"parameters": [id()], "responses": {
        "200": {"description": "It.", "content": {"application/vnd.a+json": media}},
        "404": {"description": "None.", "content": {"application/problem+json": media}},
    }}));
    assert!(code.contains("\"application/vnd.a+json,application/problem+json\""));
}

#[test]
fn code_that_is_not_found_is_an_error() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let of = |name: &str| {
        let parameter = json!({"name": name, "in": "query", "explode": false, "schema": list});
        document(&json!({"parameters": [id(), parameter]}))
    };
    let mut elsewhere = of("x");
    elsewhere["paths"]["/a/{id}"]["post"]["operationId"] = "b_send".into();
    let tokens = client_tokens(&ANY, &of("x")).unwrap();
    for (other, missing) in [(of("y"), "\"y\""), (elsewhere, "b_send")] {
        let mut file = syn::parse2(tokens.clone()).unwrap();
        let error = super::restore(&mut file, &all(&other)).unwrap_err();
        assert!(error.to_string().contains(missing), "{error}");
        // An import asks the same.
        let asked = super::can_restore(&tokens, &all(&other)).unwrap_err();
        assert_eq!(asked.to_string(), error.to_string());
    }
    super::can_restore(&tokens, &all(&of("x"))).unwrap();
    super::can_restore(&tokens, &all(&json!({}))).unwrap();
}
