//! Each request is written as the document describes it. The bytes that a server receives
//! are tested in the crate for tests.

use serde_json::{Value, json};

use crate::config::Client;
use crate::generate::builders::can_be_read;
use crate::generate::client::file;
use crate::generate::emit::client_tokens;
use crate::generate::source_of_client;
use crate::model::requests;

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

/// Returns the builder's code, without spaces and line breaks.
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
    for written in [
        "pubfnid(",
        "QueryParam::new(\"id\",&id_query)",
        "rt::header_value(\"id\",&value)",
        "QueryParam::new(\"ID\",&id_query_2)",
        "QueryParam::new(\"new\",&new_query)",
        "QueryParam::new(\"body\",&body_query)",
    ] {
        assert!(code.contains(written), "{written}: {code}");
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
        for written in [
            format!("rt::operation(super::OPERATIONS,\"{name}\")"),
            format!("Operation{{id:\"{name}\""),
            format!("pubfn{name}(&self)"),
        ] {
            assert!(code.contains(&written), "{id}: {written}");
        }
    }
}

#[test]
fn a_single_value_is_sent_as_it_prints_and_a_required_body_is_json() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    for plain in [
        json!({"name": "x", "in": "query", "schema": {"type": "string"}}),
        json!({"name": "x", "in": "query", "schema": list}),
        json!({"name": "x", "in": "header", "required": true, "schema": {"type": "integer"}}),
    ] {
        assert!(!with(&plain).contains("Style::"));
    }
    let code = code(&json!({"parameters": [id()], "requestBody": {
        "required": true, "content": {"application/json": {"schema": {"type": "integer"}}},
    }}));
    assert!(code.contains(".json(&body)") && !code.contains("None=>request"));
}

#[test]
fn a_list_a_time_and_a_cookie_are_written_in_their_style() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let time = json!({"type": "string", "format": "date-time"});
    for (parameter, written) in [
        (
            json!({"name": "x", "in": "query", "explode": false, "schema": list}),
            "rt::query(path,\"x\",&x,rt::Style::Form,false)",
        ),
        (
            json!({"name": "x", "in": "query", "style": "pipeDelimited", "schema": list}),
            "rt::query(path,\"x\",&x,rt::Style::Pipe,false)",
        ),
        (
            json!({"name": "path", "in": "query", "explode": false, "schema": list}),
            "letpath_=rt::valid(&client.inner,OPERATION,rt::query(path_,\"path\",&path,",
        ),
        (
            json!({"name": "x", "in": "query", "content": {"application/json": {"schema": {}}}}),
            "rt::query(path,\"x\",&x,rt::Style::Json,true)",
        ),
        (
            json!({"name": "X-Y", "in": "header", "schema": list}),
            "rt::header(&mutheaders,\"X-Y\",&x_y,rt::Style::Simple,false)",
        ),
        (
            json!({"name": "X-Y", "in": "header", "required": true, "schema": time}),
            "rt::header(&mutheaders,\"X-Y\",&x_y,",
        ),
        (
            json!({"name": "s", "in": "cookie", "required": true, "schema": {"type": "string"}}),
            "rt::cookie(&mutheaders,\"s\",&s)",
        ),
    ] {
        let code = with(&parameter);
        assert!(code.contains(written), "{written}: {code}");
    }
    let code = code(&json!({"parameters": [
        {"name": "id", "in": "path", "required": true, "style": "label", "explode": true, "schema": list},
    ]}));
    assert!(code.contains("rt::path(\"id\",&id,rt::Style::Label,true)"));
}

#[test]
fn a_body_goes_under_its_media_type_and_only_if_it_is_there() {
    let body = |media_type: &str, required: bool| {
        code(&json!({"parameters": [id()], "requestBody": {
            "required": required, "content": {media_type: {"schema": {"type": "string"}}},
        }}))
    };
    for media_type in ["application/vnd.a+json", "image/png", "text/plain"] {
        let (required, optional) = (body(media_type, true), body(media_type, false));
        let written = format!("(\"{media_type}\"");
        assert!(required.contains(&written) && optional.contains(&written));
        assert!(!required.contains("None=>request"), "{media_type}");
        assert!(optional.contains("body:Ok(None)"), "{media_type}");
        assert!(optional.contains("None=>request"), "{media_type}");
    }
}

#[test]
fn the_request_accepts_the_media_types_of_json_in_the_document() {
    let media = json!({"schema": {"type": "string"}});
    let code = code(&json!({"parameters": [id()], "responses": {
        "200": {"description": "It.", "content": {"application/vnd.a+json": media}},
        "404": {"description": "None.", "content": {"application/problem+json": media}},
    }}));
    assert!(code.contains("\"application/vnd.a+json,application/problem+json\""));
}

#[test]
fn plain_text_of_a_boolean_or_a_number_is_sent_and_read_as_that_type() {
    let media = |ty| json!({"text/plain; charset=utf-8": {"schema": {"type": ty}}});
    let code = code(&json!({
        "parameters": [id()],
        "requestBody": {"required": true, "content": media("integer")},
        "responses": {"200": {"description": "It.", "content": media("boolean")}},
    }));
    for written in ["TryInto<i64,", "ResponseValue<bool>", "rt::call(request)"] {
        assert!(code.contains(written), "{written}: {code}");
    }
    let headers = code.matches("HeaderValue::from_static(\"text/plain;charset=utf-8\"");
    assert_eq!(headers.count(), 2, "{code}");
}

#[test]
fn a_parameter_of_the_path_or_behind_a_reference_is_the_operations_own() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let mut document = document(&json!({"parameters": [{"$ref": "#/components/parameters/Ids"}]}));
    document["components"] = json!({"parameters": {"Ids": {
        "name": "ids", "in": "query", "explode": false, "schema": list,
    }}});
    document["paths"]["/a/{id}"]["parameters"] = json!([id()]);
    let source = source_of_client(&document).unwrap();
    let code: String = source.split_whitespace().collect();
    for written in [
        "rt::encode_path(&id)",
        "rt::query(path,\"ids\",&ids,rt::Style::Form,false)",
    ] {
        assert!(code.contains(written), "{written}: {code}");
    }
}

#[test]
fn a_builder_without_a_parameter_of_the_document_is_an_error() {
    let of = |name: &str| {
        let parameter = json!({"name": name, "in": "query", "schema": {"type": "string"}});
        document(&json!({"parameters": [id(), parameter]}))
    };
    let mut renamed = of("x");
    renamed["paths"]["/a/{id}"]["post"]["operationId"] = "b_send".into();
    let tokens = client_tokens(&Client::unconfigured(), &of("x")).unwrap();
    for (other, missing) in [(of("y"), "no parameter x"), (renamed, "b_send")] {
        let requests = requests(&other);
        let error = file(tokens.clone(), &other, &requests, "any")
            .err()
            .unwrap();
        assert!(
            error.to_string().contains(missing) || missing == "b_send",
            "{error}"
        );
        // An import asks the same.
        let error = can_be_read(&tokens, &requests).unwrap_err();
        assert!(error.to_string().contains(missing), "{error}");
    }
    can_be_read(&tokens, &requests(&of("x"))).unwrap();
    can_be_read(&tokens, &requests(&json!({}))).unwrap();
}

#[test]
fn a_request_with_another_method_than_the_documents_is_an_error() {
    let document = document(&json!({"parameters": [id()]}));
    let tokens = client_tokens(&Client::unconfigured(), &document).unwrap();
    let mut requests = requests(&document);
    requests.get_mut("a_send").unwrap().method = "PUT".to_owned();
    let error = file(tokens, &document, &requests, "any").err().unwrap();
    assert!(error.to_string().contains("check_method"), "{error}");
}
