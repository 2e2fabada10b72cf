//! Answers of several types go in, one type comes out.

use serde_json::{Value, json};

use super::run;
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, passed, post};

const PLACE: &str = "paths./a/{id}.post.responses";

fn answers(responses: &Value) -> (Value, Notes) {
    passed(
        run,
        operation(json!({"operationId": "get_a", "responses": responses})),
    )
}

fn of(schema: &Value) -> Value {
    json!({"description": "It.", "content": {"application/json": {"schema": schema}}})
}

fn schema(document: &Value, status: &str) -> Value {
    post(document)["responses"][status]["content"]["application/json"]["schema"].clone()
}

#[test]
fn several_types_of_successes_are_any_json() {
    let (a, b) = (
        json!({"$ref": "#/components/schemas/A"}),
        json!({"type": "string"}),
    );
    let (document, notes) = answers(&json!({"200": of(&a), "202": of(&b)}));
    assert_eq!(schema(&document, "200"), json!({}));
    assert_eq!(schema(&document, "202"), json!({}));
    let description = &post(&document)["responses"]["200"]["description"];
    assert!(
        description.as_str().unwrap().contains("a A"),
        "{description}"
    );
    for status in ["200", "202"] {
        let told = note(&notes, &format!("{PLACE}.{status}.content"));
        assert_eq!(told, "the 2 types of successes are one: any JSON");
    }
}

#[test]
fn a_body_on_some_answers_only_may_be_absent() {
    let none = json!({"description": "Nothing."});
    let a = json!({"type": "string"});
    let (document, notes) =
        answers(&json!({"200": of(&a), "204": none, "404": of(&a), "500": none}));
    for (status, name) in [
        ("200", "GetASuccess"),
        ("204", "GetASuccess"),
        ("404", "GetAFailure"),
        ("500", "GetAFailure"),
    ] {
        let target = format!("#/components/schemas/{name}");
        assert_eq!(
            schema(&document, status),
            json!({"$ref": target}),
            "{status}"
        );
        assert_eq!(document["components"]["schemas"][name]["nullable"], true);
        let told = note(&notes, &format!("{PLACE}.{status}.content"));
        assert!(told.contains("may be absent"), "{told}");
    }
}

#[test]
fn a_name_that_stands_already_is_not_taken() {
    let a = json!({"type": "string"});
    let mut document =
        operation(json!({"operationId": "get_a", "responses": {"200": of(&a), "201": of(&a)}}));
    document["components"] = json!({"schemas": {"GetASuccess": {"type": "integer"}}});
    let (document, _) = passed(run, document);
    assert_eq!(
        document["components"]["schemas"]["GetASuccess"]["type"],
        "integer"
    );
    assert_eq!(
        schema(&document, "200"),
        json!({"$ref": "#/components/schemas/GetASuccessV"})
    );
}

#[test]
fn json_beside_bytes_is_bytes_and_not_called_json() {
    let png = json!({"description": "It.", "content": {"image/png": {}}});
    let (document, notes) = answers(&json!({"200": of(&json!({})), "201": png}));
    let responses = &post(&document)["responses"];
    assert!(responses["200"]["content"].get("*/*").is_some());
    assert!(responses["201"]["content"].get("image/png").is_some());
    assert!(note(&notes, &format!("{PLACE}.200.content")).contains("are one: bytes"));
}

#[test]
fn a_default_is_for_errors_if_a_success_is_described_and_for_all_if_not() {
    let (a, e) = (json!({"type": "string"}), json!({"type": "integer"}));
    let (document, notes) = answers(&json!({"200": of(&a), "201": of(&a), "default": of(&e)}));
    let responses = post(&document)["responses"].as_object().unwrap();
    assert_eq!(
        responses.keys().collect::<Vec<_>>(),
        ["200", "2XX", "default"]
    );
    assert_eq!(note(&notes, &format!("{PLACE}.201")), "2XX stands for it");
    let (document, _) = answers(&json!({"default": of(&a)}));
    assert_eq!(schema(&document, "2XX"), schema(&document, "default"));
    let (document, notes) = answers(&json!({"404": of(&a)}));
    assert!(
        post(&document)["responses"]["2XX"]["content"]
            .get("*/*")
            .is_some()
    );
    assert!(note(&notes, PLACE).contains("no success is described"));
}

#[test]
fn the_kind_of_json_keeps_its_name_and_other_kinds_are_listed() {
    let vendor = json!({"200": {"content": {"application/vnd.a+json": {}, "text/csv": {}}}});
    let (document, notes) = answers(&vendor);
    let response = &post(&document)["responses"]["200"];
    assert_eq!(
        response["content"],
        json!({"application/vnd.a+json": {"schema": {}}})
    );
    assert_eq!(response["description"], "Not described.");
    let told = note(&notes, &format!("{PLACE}.200.content.text/csv"));
    assert_eq!(told, "left out: the client asks for application/vnd.a+json");
    let any = json!({"200": {"content": {"*/*": {"schema": {"type": "object"}}}}});
    let (document, notes) = answers(&any);
    assert_eq!(schema(&document, "200"), json!({"type": "object"}));
    assert!(note(&notes, &format!("{PLACE}.200")).contains("application/json"));
}

#[test]
fn what_goes_of_an_answer_is_told() {
    let (document, notes) = answers(&json!({
        "200": {"description": "It.", "headers": {"X-A": {}}, "links": {}, "content": {"application/jsonl": {"itemSchema": {}}}},
        "2000": {}, "x-note": 1,
    }));
    assert_eq!(post(&document)["responses"].as_object().unwrap().len(), 1);
    for (place, told) in [
        ("200.headers", "as they come"),
        ("200.links", "does not follow"),
        (
            "200.content.application/jsonl.itemSchema",
            "left out: a stream",
        ),
        ("2000", "left out: no status"),
        ("x-note", "an extension"),
    ] {
        let found = note(&notes, &format!("{PLACE}.{place}"));
        assert!(found.contains(told), "{place}: {found}");
    }
}
