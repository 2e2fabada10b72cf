//! Each kind of body goes in and comes out.

use serde_json::{Value, json};

use super::run;
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, passed, post};

fn body(content: &Value, required: &Value) -> (Value, Notes) {
    let body = json!({"content": content, "required": required, "description": "It."});
    passed(run, operation(json!({"requestBody": body})))
}

#[test]
fn of_several_media_types_json_is_sent_and_the_others_are_listed() {
    let text = json!({"schema": {"type": "string"}});
    for (kinds, sent) in [
        (
            vec!["text/xml", "multipart/form-data", "application/json"],
            "application/json",
        ),
        (
            vec!["text/xml", "application/vnd.a+json"],
            "application/vnd.a+json",
        ),
        (
            vec![
                "application/merge-patch+json",
                "application/json; charset=utf-8",
            ],
            "application/json; charset=utf-8",
        ),
        (
            vec!["text/plain", "application/x-www-form-urlencoded"],
            "application/x-www-form-urlencoded",
        ),
        (vec!["application/octet-stream", "text/plain"], "text/plain"),
    ] {
        let content: serde_json::Map<_, _> = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), text.clone()))
            .collect();
        let (document, notes) = body(&content.into(), &json!(true));
        let kept = post(&document)["requestBody"]["content"]
            .as_object()
            .unwrap();
        assert_eq!(kept.keys().collect::<Vec<_>>(), [sent]);
        for other in kinds.iter().filter(|kind| **kind != sent) {
            let told = note(
                &notes,
                &format!("paths./a/{{id}}.post.requestBody.content.{other}"),
            );
            assert_eq!(told, format!("left out: the body is sent as {sent}"));
        }
    }
}

#[test]
fn a_body_stays_optional_unless_it_is_required() {
    let content = json!({"application/json": {}});
    for (required, kept) in [(json!(true), json!(true)), (json!(false), Value::Null)] {
        let (document, _) = body(&content, &required);
        let body = &post(&document)["requestBody"];
        assert_eq!(body["required"], kept);
        assert_eq!(body["description"], "It.");
        // JSON without a schema is any JSON.
        assert_eq!(body["content"]["application/json"]["schema"], json!({}));
    }
}

#[test]
fn any_other_named_media_type_is_bytes() {
    let (document, notes) = body(
        &json!({"image/png": {"schema": {"type": "object"}, "itemSchema": {}}}),
        &json!(true),
    );
    let schema = &post(&document)["requestBody"]["content"]["image/png"]["schema"];
    assert_eq!(*schema, json!({"type": "string", "format": "binary"}));
    let place = "paths./a/{id}.post.requestBody";
    assert!(note(&notes, place).contains("as bytes"));
    assert!(note(&notes, &format!("{place}.content.image/png.itemSchema")).starts_with("left out"));
    let (document, notes) = body(
        &json!({"*/*": {"schema": {"type": "object"}}}),
        &json!(true),
    );
    assert!(
        post(&document)["requestBody"]["content"]
            .get("application/json")
            .is_some()
    );
    assert!(note(&notes, place).contains("any media type"));
}

#[test]
fn a_body_that_cannot_be_sent_takes_its_operation_along() {
    for kind in ["multipart/form-data", "multipart/mixed", "image/*"] {
        for required in [true, false] {
            let (document, notes) = body(&json!({kind: {}}), &json!(required));
            assert!(post(&document).is_null());
            let told = note(&notes, "paths./a/{id}.post");
            assert_eq!(told, format!("left out: a body of {kind}"));
        }
    }
}

#[test]
fn a_form_keeps_its_encoding_and_loses_what_it_cannot_say() {
    let rows = json!({"type": "array", "items": {"type": "object"}});
    let form = |required: Value| {
        json!({"application/x-www-form-urlencoded": {
            "schema": {"type": "object", "required": required, "properties": {"ids": {"type": "array", "items": {"type": "string"}}, "rows": rows}},
            "encoding": {"ids": {"explode": false}},
        }})
    };
    let (document, notes) = body(&form(json!(["ids"])), &json!(true));
    let kept = &post(&document)["requestBody"]["content"]["application/x-www-form-urlencoded"];
    assert_eq!(kept["encoding"], json!({"ids": {"explode": false}}));
    assert!(kept["schema"]["properties"].get("rows").is_none());
    let told = note(
        &notes,
        "paths./a/{id}.post.requestBody.content.application/x-www-form-urlencoded.schema.properties.rows",
    );
    assert!(
        told.starts_with("left out: a list of lists or objects"),
        "{told}"
    );
    let (document, notes) = body(&form(json!(["rows"])), &json!(true));
    assert!(post(&document).is_null());
    assert!(note(&notes, "paths./a/{id}.post").contains("its form needs `rows`"));
}
