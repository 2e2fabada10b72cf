//! Operations that are added for media types.

use serde_json::{Map, Value, json};

use super::run;
use crate::document::{operations, text};
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, post, run_pass};

fn content(media_types: &[&str]) -> Value {
    let media = |media_type: &&str| ((*media_type).to_owned(), json!({}));
    Value::Object(media_types.iter().map(media).collect::<Map<_, _>>())
}

fn run_on(own: Value) -> (Value, Notes) {
    let mut own = own;
    own["operationId"] = "load".into();
    run_pass(run, operation(own))
}

/// Returns the ids of the operations with the media types that `of` returns.
fn all(document: &Value, of: &str) -> Vec<String> {
    let mut found: Vec<_> = operations(document)
        .map(|operation| {
            let content = operation.own.pointer(of).and_then(Value::as_object);
            let mut types: Vec<_> = content.into_iter().flat_map(Map::keys).cloned().collect();
            types.sort();
            format!("{}: {}", operation.id(), types.join(", "))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_request_body_of_another_kind_is_sent_by_an_operation_of_its_own() {
    for (media_types, expected) in [
        (
            &["application/json", "application/x-www-form-urlencoded"][..],
            &[
                "load: application/json",
                "load_from_form: application/x-www-form-urlencoded",
            ][..],
        ),
        (
            &[
                "application/octet-stream",
                "application/vnd.a+json",
                "application/json",
                "text/plain",
                "text/csv",
            ],
            &[
                "load: application/json, application/vnd.a+json",
                "load_from_bytes: application/octet-stream",
                "load_from_text: text/plain",
                "load_from_text_csv: text/csv",
            ],
        ),
        (
            &["image/png", "image/jpeg", "image/*"],
            &[
                "load: image/*, image/png",
                "load_from_image_jpeg: image/jpeg",
            ],
        ),
        (
            &["application/json", "application/xml", "text/xml", "*/*"],
            &["load: */*, application/json, application/xml, text/xml"],
        ),
        (
            &["application/json", "text/csv", "text/csv; header=present"],
            &["load: application/json", "load_from_text_csv: text/csv"],
        ),
        (
            &["*/*", "text/csv"],
            &["load: */*", "load_from_text_csv: text/csv"],
        ),
        (&["image/png"], &["load: image/png"]),
        (&[], &["load: "]),
    ] {
        let body = json!({"required": true, "content": content(media_types)});
        let (document, _) = run_on(json!({"requestBody": body}));
        assert_eq!(
            all(&document, "/requestBody/content"),
            expected,
            "{media_types:?}"
        );
    }
}

#[test]
fn a_form_whose_schema_is_a_list_gets_no_operation() {
    let list = json!({"schema": {"type": "array"}});
    let content = json!({"application/json": list, "multipart/form-data": list});
    let (document, _) = run_on(json!({"requestBody": {"content": content}}));
    assert_eq!(operations(&document).count(), 1);
}

#[test]
fn a_response_of_another_kind_is_read_by_an_operation_of_its_own() {
    for (media_types, expected) in [
        (
            &["application/json", "text/csv"][..],
            &["load: application/json", "load_as_text_csv: text/csv"][..],
        ),
        (
            &[
                "application/json",
                "application/problem+json",
                "text/event-stream",
            ],
            &[
                "load: application/json, application/problem+json",
                "load_as_event_stream: text/event-stream",
            ],
        ),
        (
            &["text/event-stream", "application/pdf", "*/*"],
            &[
                "load: */*, text/event-stream",
                "load_as_pdf: application/pdf",
            ],
        ),
        (
            &["image/png", "image/jpeg"],
            &[
                "load: image/jpeg, image/png",
                "load_as_image_jpeg: image/jpeg",
                "load_as_image_png: image/png",
            ],
        ),
        (
            &["application/json", "application/xml", "text/plain"],
            &[
                "load: application/json, application/xml",
                "load_as_text: text/plain",
            ],
        ),
        (
            &["application/octet-stream", "*/*"],
            &["load: */*, application/octet-stream"],
        ),
        (&["text/event-stream"], &["load: text/event-stream"]),
        (
            &["application/json", "a/a", "a/b", "a/c", "a/d", "a/e"],
            &[
                "load: a/e, application/json",
                "load_as_a_a: a/a",
                "load_as_a_b: a/b",
                "load_as_a_c: a/c",
                "load_as_a_d: a/d",
            ],
        ),
    ] {
        let responses = json!({"200": {"content": content(media_types)}});
        let (document, _) = run_on(json!({"responses": responses}));
        assert_eq!(
            all(&document, "/responses/200/content"),
            expected,
            "{media_types:?}"
        );
    }
}

#[test]
fn an_added_operation_differs_in_its_media_type_only() {
    let own = json!({
        "description": "Loads it.",
        "deprecated": true,
        "requestBody": {"content": content(&["application/json", "text/csv"]), "required": true},
        "responses": {
            "200": {"content": content(&["application/json", "text/csv"])},
            "201": {"content": content(&["application/json"])},
            "204": {"description": "Nothing."},
            "400": {"content": content(&["application/json", "text/csv"])},
        },
    });
    let (document, notes) = run_on(own.clone());
    let read = &document["paths"]["/a/{id}#as_text_csv"]["post"];
    let sent = &document["paths"]["/a/{id}#from_text_csv"]["post"];
    assert_eq!(
        text(read, "description"),
        "Loads it.\n\nThe response is `text/csv`."
    );
    assert_eq!(
        text(sent, "description"),
        "Loads it.\n\nThe body of the request is `text/csv`."
    );
    assert_eq!(
        (text(read, "x-accept"), text(sent, "x-accept")),
        ("text/csv", "")
    );
    let json = content(&["application/json"]);
    assert_eq!(
        read["requestBody"],
        json!({"content": json, "required": true})
    );
    assert_eq!(sent["requestBody"]["content"], content(&["text/csv"]));
    // The responses of a request in another form are those of the original operation.
    assert_eq!(sent["responses"], post(&document)["responses"]);
    assert_eq!(sent["responses"]["200"]["content"], json);
    let statuses: Vec<_> = read["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200", "400", "204"]);
    assert_eq!(read["responses"]["400"], own["responses"]["400"]);
    for (location, id) in [
        ("responses.200", "load_as_text_csv"),
        ("requestBody", "load_from_text_csv"),
    ] {
        let message = note(
            &notes,
            &format!("paths./a/{{id}}.post.{location}.content.text/csv"),
        );
        assert_eq!(message, format!("the operation {id}"));
    }
}

#[test]
fn a_document_with_the_added_operations_does_not_change() {
    let body = json!({"content": content(&["application/json", "text/csv"])});
    let responses = json!({"200": {"content": content(&["image/png", "image/jpeg"])}});
    let (document, _) = run_on(json!({"requestBody": body, "responses": responses}));
    assert_eq!(operations(&document).count(), 4);
    let (again, notes) = run_pass(run, document.clone());
    assert_eq!(again, document);
    assert_eq!(notes.explain(), "");
}

#[test]
fn text_with_the_schema_of_the_json_is_no_alternative_unless_it_is_a_string() {
    let thing = json!({"schema": {"$ref": "#/components/schemas/Thing"}});
    let string = json!({"schema": {"type": "string"}});
    for (json, text, is_added) in [
        (&thing, &thing, false),
        (&string, &string, true),
        (&thing, &string, true),
    ] {
        let content = json!({"application/json": json, "text/plain": text});
        let (document, _) = run_on(json!({"responses": {"200": {"content": content}}}));
        let count = operations(&document).count();
        assert_eq!(count, 1 + usize::from(is_added), "{json} {text}");
    }
}

#[test]
fn the_name_of_an_added_operation_is_free() {
    let of = |id: &str| {
        let content = content(&["application/json", "text/csv"]);
        json!({"operationId": id, "responses": {"200": {"content": content}}})
    };
    let taken = json!({"operationId": "loadAsTextCsv", "responses": {}});
    let document = json!({"paths": {
        "/a#x": {"get": of("load"), "summary": "A path."},
        "/b": {"get": taken, "post": of("save")},
    }});
    let (document, _) = run_pass(run, document);
    let mut found: Vec<_> = operations(&document)
        .map(|operation| format!("{} {}", operation.id(), operation.path))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "load /a#x",
            "loadAsTextCsv /b",
            "load_as_text_csv_v2 /a#x&as_text_csv",
            "save /b",
            "save_as_text_csv /b#as_text_csv",
        ]
    );
    let item = &document["paths"]["/a#x&as_text_csv"];
    assert_eq!(item["summary"], "A path.");
    assert!(document["paths"]["/b#as_text_csv"].get("get").is_none());
}

#[test]
fn successes_of_single_media_types_are_no_alternatives() {
    let responses = json!({
        "200": {"content": content(&["*/*"])},
        "206": {"content": content(&["application/octet-stream"])},
        "404": {"content": content(&["application/json", "text/plain"])},
    });
    let (document, _) = run_on(json!({"responses": responses}));
    assert_eq!(post(&document)["responses"], responses);
    assert_eq!(operations(&document).count(), 1);
}
