//! Responses of several types get one type.

use serde_json::{Value, json};

use super::run;
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, post, run_pass};

const LOCATION: &str = "paths./a/{id}.post.responses";

fn run_on(responses: &Value) -> (Value, Notes) {
    run_pass(
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
fn successes_of_several_types_become_a_union() {
    let (a, b) = (
        json!({"$ref": "#/components/schemas/A"}),
        json!({"type": "string"}),
    );
    let (document, notes) = run_on(&json!({"200": of(&a), "202": of(&b)}));
    for status in ["200", "202"] {
        let reference = json!({"$ref": "#/components/schemas/GetASuccess"});
        assert_eq!(schema(&document, status), reference);
        let message = note(&notes, &format!("{LOCATION}.{status}.content"));
        let union = "the 2 types of successes became one: a union, chosen by the status";
        assert_eq!(message, union);
    }
    let responses = &post(&document)["responses"];
    assert_eq!(responses["200"]["x-variant"], 0);
    assert_eq!(responses["202"]["x-variant"], 1);
    let union = &document["components"]["schemas"]["GetASuccess"];
    assert_eq!(*union, json!({"oneOf": [a, b]}));
    let description = &post(&document)["responses"]["200"]["description"];
    assert!(
        description.as_str().unwrap().contains("a A"),
        "{description}"
    );
}

#[test]
fn a_union_of_successes_is_optional_beside_a_success_without_a_body() {
    let [a, b] = ["A", "B"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let none = json!({"description": "Nothing."});
    let (document, _) = run_on(&json!({"200": of(&a), "202": of(&b), "204": none}));
    let union = &document["components"]["schemas"]["GetASuccess"];
    let expected = json!({"nullable": true, "allOf": [{"oneOf": [a, b]}]});
    assert_eq!(*union, expected);
}

#[test]
fn successes_of_which_one_is_any_json_are_any_json() {
    let a = json!({"$ref": "#/components/schemas/A"});
    let (document, _) = run_on(&json!({"200": of(&a), "202": of(&json!({}))}));
    assert_eq!(schema(&document, "200"), json!({}));
}

#[test]
fn each_error_keeps_its_type_and_an_inline_one_gets_a_name() {
    let gone = json!({"$ref": "#/components/schemas/Gone"});
    let inline = json!({"type": "object"});
    let (document, notes) = run_on(&json!({
        "204": {"description": "Done."},
        "400": of(&inline),
        "404": of(&gone),
        "429": {"description": "Slow.", "content": {"text/plain": {}}},
        "default": {"description": "Nothing."},
    }));
    let name = json!({"$ref": "#/components/schemas/GetAFailure"});
    assert_eq!(schema(&document, "400"), name);
    assert_eq!(document["components"]["schemas"]["GetAFailure"], inline);
    assert_eq!(schema(&document, "404"), gone);
    let responses = &post(&document)["responses"];
    assert!(responses["429"]["content"]["text/plain"].is_object());
    assert!(responses["default"].get("content").is_none());
    assert!(notes.lossy().is_empty(), "{notes:?}");
}

fn of_text(schema: &Value) -> Value {
    json!({"description": "It.", "content": {"text/plain": {"schema": schema}}})
}

#[test]
fn the_text_of_a_boolean_or_a_number_keeps_its_type_and_other_text_is_bytes() {
    let bytes = json!({"type": "string", "format": "binary"});
    for (schema, is_kept) in [
        (json!({"type": "boolean"}), true),
        (json!({"type": "integer", "format": "int64"}), true),
        (json!({"type": "string"}), false),
    ] {
        let (document, notes) = run_on(&json!({"200": of_text(&schema)}));
        let read = &post(&document)["responses"]["200"]["content"]["text/plain"]["schema"];
        assert_eq!(*read, if is_kept { schema } else { bytes.clone() });
        assert_eq!(notes.changes().count(), usize::from(!is_kept));
    }
    // One type of several successes is a component, so that the generator makes one type of it.
    let number = of_text(&json!({"type": "number"}));
    let (document, _) = run_on(&json!({"200": number, "201": number}));
    let named = json!({"schema": {"$ref": "#/components/schemas/GetASuccess"}});
    for status in ["200", "201"] {
        let content = &post(&document)["responses"][status]["content"];
        assert_eq!(*content, json!({"text/plain": named}));
    }
}

#[test]
fn the_text_of_a_value_next_to_another_type_is_read_as_bytes() {
    let number = of_text(&json!({"type": "number"}));
    let none = json!({"description": "Nothing."});
    let bytes = json!({"schema": {"type": "string", "format": "binary"}});
    for other in [
        of(&json!({"type": "object"})),
        of_text(&json!({"type": "boolean"})),
        none,
    ] {
        let (document, _) = run_on(&json!({"200": number, "202": other}));
        let responses = &post(&document)["responses"];
        assert_eq!(
            responses["200"]["content"],
            json!({"*/*": bytes}),
            "{other}"
        );
    }
    let mut several = number;
    several["content"]["text/csv"] = json!({});
    let (document, _) = run_on(&json!({"200": several}));
    let content = &post(&document)["responses"]["200"]["content"];
    assert_eq!(*content, json!({"text/plain": bytes, "text/csv": bytes}));
}

#[test]
fn a_body_that_some_successes_lack_is_optional() {
    let none = json!({"description": "Nothing."});
    let a = json!({"type": "string"});
    let (document, notes) = run_on(&json!({"200": of(&a), "204": none}));
    for status in ["200", "204"] {
        let reference = json!({"$ref": "#/components/schemas/GetASuccess"});
        assert_eq!(schema(&document, status), reference, "{status}");
        let message = note(&notes, &format!("{LOCATION}.{status}.content"));
        assert!(message.contains("an optional body"), "{message}");
    }
    assert_eq!(
        document["components"]["schemas"]["GetASuccess"]["nullable"],
        true
    );
}

#[test]
fn a_status_without_a_body_has_none_whatever_the_document_says() {
    let a = json!({"type": "object", "properties": {"a": {}}});
    let (document, notes) = run_on(&json!({"204": of(&a), "400": of(&a)}));
    let responses = &post(&document)["responses"];
    assert!(responses["204"].get("content").is_none(), "{responses}");
    assert!(responses["400"]["content"].is_object());
    let message = note(&notes, &format!("{LOCATION}.204.content"));
    assert!(message.contains("no body"), "{message}");
}

#[test]
fn a_hoisted_schema_gets_an_unused_name() {
    let a = json!({"type": "string"});
    let mut document =
        operation(json!({"operationId": "get_a", "responses": {"200": of(&a), "201": of(&a)}}));
    document["components"] = json!({"schemas": {"GetASuccess": {"type": "integer"}}});
    let (document, _) = run_pass(run, document);
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
fn json_and_bytes_become_bytes_without_a_json_media_type() {
    let png = json!({"description": "It.", "content": {"image/png": {}}});
    let (document, notes) = run_on(&json!({"200": of(&json!({})), "201": png}));
    let responses = &post(&document)["responses"];
    assert!(responses["200"]["content"].get("*/*").is_some());
    assert!(responses["201"]["content"].get("image/png").is_some());
    assert!(note(&notes, &format!("{LOCATION}.200.content")).contains("became one: bytes"));
}

#[test]
fn a_default_without_a_success_is_the_success_and_the_errors() {
    let a = json!({"type": "string"});
    let (document, _) = run_on(&json!({"default": of(&a)}));
    assert_eq!(schema(&document, "2XX"), a);
    let (document, notes) = run_on(&json!({"404": of(&a)}));
    let success = &post(&document)["responses"]["2XX"];
    assert!(success["content"].get("*/*").is_some());
    assert!(note(&notes, LOCATION).contains("no success is described"));
}

#[test]
fn a_json_media_type_is_kept_and_others_are_left_out() {
    let vendor = json!({"200": {"content": {"application/vnd.a+json": {}, "text/csv": {}}}});
    let (document, notes) = run_on(&vendor);
    let response = &post(&document)["responses"]["200"];
    assert_eq!(
        response["content"],
        json!({"application/vnd.a+json": {"schema": {}}})
    );
    assert_eq!(response["description"], "Not described.");
    let message = note(&notes, &format!("{LOCATION}.200.content.text/csv"));
    assert_eq!(
        message,
        "left out: the client requests application/vnd.a+json"
    );
    let any = json!({"200": {"content": {"*/*": {"schema": {"type": "object"}}}}});
    let (document, notes) = run_on(&any);
    assert_eq!(schema(&document, "200"), json!({"type": "object"}));
    assert!(note(&notes, &format!("{LOCATION}.200")).contains("application/json"));
}

#[test]
fn removed_parts_of_a_response_are_noted() {
    let (document, notes) = run_on(&json!({
        "200": {"description": "It.", "headers": {"X-A": {}}, "links": {}, "content": {"application/jsonl": {"itemSchema": {}}}},
        "2000": {}, "x-note": 1,
    }));
    assert_eq!(post(&document)["responses"].as_object().unwrap().len(), 1);
    for (location, message) in [
        ("200.headers", "returns all headers"),
        ("200.links", "does not follow"),
        (
            "200.content.application/jsonl.itemSchema",
            "left out: a stream",
        ),
        ("2000", "left out: not a status"),
        ("x-note", "an extension"),
    ] {
        let found = note(&notes, &format!("{LOCATION}.{location}"));
        assert!(found.contains(message), "{location}: {found}");
    }
}

#[test]
fn an_event_stream_stays_one_beside_a_success_without_a_body_only() {
    let events = json!({"description": "Events.", "content": {"text/event-stream; charset=utf-8": {"schema": {"type": "string"}}, "text/xml": {}}});
    let none = json!({"description": "None."});
    let (document, _) = run_on(&json!({"200": events, "204": none}));
    let responses = &post(&document)["responses"];
    let expected = json!({"text/event-stream": {"schema": {"type": "string"}}});
    assert_eq!(responses["200"]["content"], expected);
    assert!(responses["204"].get("content").is_none());
    let (document, notes) = run_on(&json!({"200": events, "202": of(&json!({"type": "string"}))}));
    let responses = &post(&document)["responses"];
    for status in ["200", "202"] {
        let content = responses[status]["content"].as_object().unwrap();
        assert_eq!(content.keys().collect::<Vec<_>>(), ["*/*"], "{status}");
    }
    let message = note(&notes, &format!("{LOCATION}.200.content"));
    assert_eq!(message, "the 2 types of successes became one: bytes");
}

#[test]
fn an_alternative_has_the_types_of_its_original() {
    let all = json!({"400": of(&json!({"type": "object", "title": "A"})), "500": of(&json!({}))});
    let operation = |of: &Value, id: &str| {
        let mut own = json!({"operationId": id, "x-alternative-of": "get_a", "responses": all});
        own["responses"]["400"] = of.clone();
        own["responses"]["500"] = of.clone();
        json!({"post": own})
    };
    let (same, other) = (
        of(&json!({"oneOf": [{}, {"type": "string"}]})),
        of(&json!({"type": "integer", "minimum": 1})),
    );
    let document = json!({"paths": {
        "/a": operation(&same, "get_a"),
        "/a#as_b": operation(&same, "get_a_as_b"),
        "/a#as_c": operation(&other, "get_a_as_c"),
    }});
    let (document, _) = run_pass(run, document);
    for (path, name) in [
        ("/a", "GetAFailure"),
        ("/a#as_b", "GetAFailure"),
        ("/a#as_c", "GetA400Failure"),
    ] {
        let response = &document["paths"][path]["post"]["responses"]["400"];
        let schema = &response["content"]["application/json"]["schema"];
        assert_eq!(
            *schema,
            json!({"$ref": format!("#/components/schemas/{name}")}),
            "{path}"
        );
    }
}
