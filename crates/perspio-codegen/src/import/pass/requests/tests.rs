//! Request bodies of each media type.

use serde_json::{Value, json};

use super::run;
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, post, run_pass};

fn body(content: &Value, required: &Value) -> (Value, Notes) {
    let body = json!({"content": content, "required": required, "description": "It."});
    run_pass(run, operation(json!({"requestBody": body})))
}

#[test]
fn json_is_preferred_and_other_media_types_are_left_out() {
    let text = json!({"schema": {"type": "string"}});
    for (media_types, sent) in [
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
        (vec!["multipart/byteranges", "text/plain"], "text/plain"),
    ] {
        let content: serde_json::Map<_, _> = media_types
            .iter()
            .map(|media_type| ((*media_type).to_owned(), text.clone()))
            .collect();
        let (document, notes) = body(&content.into(), &json!(true));
        let kept = post(&document)["requestBody"]["content"]
            .as_object()
            .unwrap();
        assert_eq!(kept.keys().collect::<Vec<_>>(), [sent]);
        for other in media_types.iter().filter(|media_type| **media_type != sent) {
            let message = note(
                &notes,
                &format!("paths./a/{{id}}.post.requestBody.content.{other}"),
            );
            assert_eq!(message, format!("left out: the body is sent as {sent}"));
        }
    }
}

#[test]
fn a_form_whose_schema_is_a_list_is_sent_as_another_media_type() {
    let list = json!({"schema": {"type": "array", "items": {"type": "string"}}});
    let content = json!({"multipart/form-data": list, "*/*": list});
    let (document, _) = body(&content, &json!(true));
    let kept = &post(&document)["requestBody"]["content"];
    assert_eq!(kept, &json!({"application/json": list}));
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
fn any_other_media_type_is_sent_as_bytes() {
    let (document, notes) = body(
        &json!({"image/png": {"schema": {"type": "object"}, "itemSchema": {}}}),
        &json!(true),
    );
    let schema = &post(&document)["requestBody"]["content"]["image/png"]["schema"];
    assert_eq!(*schema, json!({"type": "string", "format": "binary"}));
    let location = "paths./a/{id}.post.requestBody";
    assert!(note(&notes, location).contains("as bytes"));
    assert!(
        note(&notes, &format!("{location}.content.image/png.itemSchema")).starts_with("left out")
    );
    let (document, notes) = body(
        &json!({"*/*": {"schema": {"type": "object"}}}),
        &json!(true),
    );
    assert!(
        post(&document)["requestBody"]["content"]
            .get("application/json")
            .is_some()
    );
    assert!(note(&notes, location).contains("any media type"));
}

#[test]
fn the_text_of_a_boolean_or_a_number_keeps_its_type_and_other_text_is_a_string() {
    for (schema, is_kept) in [
        (json!({"type": "boolean"}), true),
        (json!({"type": "integer", "format": "int64"}), true),
        (json!({"type": "number"}), true),
        (json!({"type": "object"}), false),
    ] {
        let (document, _) = body(&json!({"text/plain": {"schema": schema}}), &json!(true));
        let sent = &post(&document)["requestBody"]["content"]["text/plain"]["schema"];
        let text = json!({"type": "string"});
        assert_eq!(*sent, if is_kept { schema } else { text });
    }
}

#[test]
fn an_operation_whose_body_cannot_be_sent_is_left_out() {
    for media_type in ["multipart/byteranges", "multipart/mixed", "image/*"] {
        for required in [true, false] {
            let (document, notes) = body(&json!({media_type: {}}), &json!(required));
            assert!(post(&document).is_null());
            let message = note(&notes, "paths./a/{id}.post");
            assert_eq!(message, format!("left out: a request body of {media_type}"));
        }
    }
}

#[test]
fn a_form_keeps_its_encoding_and_unsupported_members_are_left_out() {
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
    let message = note(
        &notes,
        "paths./a/{id}.post.requestBody.content.application/x-www-form-urlencoded.schema.properties.rows",
    );
    assert!(
        message.starts_with("left out: a list of lists or objects"),
        "{message}"
    );
    let (document, notes) = body(&form(json!(["rows"])), &json!(true));
    assert!(post(&document).is_null());
    assert!(note(&notes, "paths./a/{id}.post").contains("the required member `rows` of the form"));
}
