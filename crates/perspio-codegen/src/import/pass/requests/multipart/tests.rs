//! The parts of a body, by the shapes of their schemas.

use serde_json::{Value, json};

use super::super::run;
use crate::import::notes::Notes;
use crate::import::pass::testing::{note, operation, post, run_pass};
use crate::import::pass::version;

const BODY: &str = "paths./a/{id}.post.requestBody.content.multipart/form-data";

/// Imports a body with a schema, in a document with the schemas `File` and `Base`.
fn imported(version: &str, media: &Value) -> (Value, Notes) {
    let body = json!({"required": true, "content": {"multipart/form-data": media}});
    let mut document = operation(json!({"requestBody": body}));
    document["openapi"] = version.into();
    document["components"] = json!({"schemas": {
        "File": {"type": "string", "format": "binary", "description": "A file."},
        "Base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    }});
    run_pass(
        |document, notes| {
            version::run(document, notes);
            run(document, notes);
        },
        document,
    )
}

fn media(document: &Value) -> &Value {
    &post(document)["requestBody"]["content"]["multipart/form-data"]
}

/// Returns the imported schema of a part.
fn part(version: &str, schema: &Value, media_types: &str) -> Value {
    let mut body = json!({"schema": {"type": "object", "properties": {"p": schema}}});
    if !media_types.is_empty() {
        body["encoding"] = json!({"p": {"contentType": media_types}});
    }
    let (document, _) = imported(version, &body);
    media(&document)["schema"]["properties"]["p"].clone()
}

#[test]
fn a_file_of_any_description_is_a_binary_string() {
    let file = json!({"type": "string", "format": "binary"});
    let files = json!({"type": "array", "items": file});
    let described = json!({"type": "string", "format": "binary", "description": "A file."});
    let reference = json!({"$ref": "#/components/schemas/File"});
    for (version, schema, media_types, expected) in [
        ("3.0.3", file.clone(), "image/png", &file),
        ("3.0.3", files.clone(), "", &files),
        ("3.0.3", json!({"type": "file"}), "", &file),
        ("3.0.3", reference.clone(), "", &described),
        ("3.0.3", json!({"allOf": [reference]}), "", &file),
        (
            "3.0.3",
            json!({"type": "array", "items": reference}),
            "",
            &files,
        ),
        ("3.0.3", json!({}), "image/png, image/jpeg", &file),
        ("3.0.3", json!({"anyOf": [file, files]}), "", &files),
        (
            "3.1.0",
            json!({"contentMediaType": "application/octet-stream"}),
            "",
            &file,
        ),
        (
            "3.1.0",
            json!({"type": "string", "contentMediaType": "image/png"}),
            "",
            &file,
        ),
        ("3.1.0", json!({}), "", &file),
        ("3.1.0", json!({"type": "array", "items": {}}), "", &files),
        ("3.1.0", json!(true), "image/png", &file),
    ] {
        assert_eq!(part(version, &schema, media_types), *expected, "{schema}");
    }
}

#[test]
fn any_other_value_is_not_a_file() {
    for (version, schema, media_types) in [
        ("3.0.3", json!({"type": "string"}), "image/png"),
        ("3.0.3", json!({"type": "string", "format": "byte"}), ""),
        ("3.0.3", json!({}), ""),
        ("3.0.3", json!({}), "application/json"),
        ("3.0.3", json!({}), "text/plain"),
        (
            "3.0.3",
            json!({"$ref": "#/components/schemas/File"}),
            "application/json",
        ),
        (
            "3.0.3",
            json!({"$ref": "#/components/schemas/Base"}),
            "application/octet-stream",
        ),
        (
            "3.0.3",
            json!({"type": "string", "format": "binary"}),
            "application/json",
        ),
    ] {
        assert_eq!(part(version, &schema, media_types), schema);
    }
    let base64 =
        json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"});
    assert_eq!(
        part("3.1.0", &base64, ""),
        json!({"type": "string", "format": "byte"})
    );
    for text in [
        json!({"contentEncoding": "quoted-printable", "contentMediaType": "image/png", "type": "string"}),
        json!({"contentMediaType": "text/html", "type": "string"}),
        json!({"type": "string"}),
    ] {
        assert_eq!(part("3.1.0", &text, ""), json!({"type": "string"}));
    }
}

#[test]
fn the_media_type_of_a_file_of_3_1_is_its_encoding() {
    let (document, notes) = imported(
        "3.1.0",
        &json!({
            "schema": {"properties": {"a": {"contentMediaType": "image/png"}, "b": {"contentMediaType": "image/png"}}},
            "encoding": {"b": {"contentType": "image/gif"}},
        }),
    );
    let encoding = json!({"a": {"contentType": "image/png"}, "b": {"contentType": "image/gif"}});
    assert_eq!(media(&document)["encoding"], encoding);
    assert_eq!(
        note(&notes, &format!("{BODY}.schema.properties.a")),
        "a file"
    );
}

#[test]
fn invalid_encodings_and_bodies_do_not_stop_an_import() {
    for media in [
        json!(5),
        json!({"schema": 5}),
        json!({"schema": {"properties": {"a": {}}}, "encoding": {"a": 5}}),
        json!({"schema": {"properties": {"a": {}}}, "encoding": 5}),
        json!({"schema": {"properties": 5}}),
    ] {
        imported("3.1.0", &media);
    }
}

#[test]
fn the_parts_of_all_composed_objects_are_in_one() {
    let base = json!({"$ref": "#/components/schemas/Base"});
    let more = json!({"required": ["b"], "properties": {"b": {"type": "integer"}}});
    let written = json!({
        "type": "object", "required": ["a", "b"],
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
    });
    let (document, notes) = imported("3.0.3", &json!({"schema": {"allOf": [base, more]}}));
    assert_eq!(media(&document)["schema"], written);
    assert_eq!(
        note(&notes, &format!("{BODY}.schema")),
        "the parts of the body"
    );
    // A second import has nothing to change.
    let (again, notes) = imported("3.0.3", media(&document));
    assert_eq!(media(&again), media(&document));
    assert_eq!(note(&notes, &format!("{BODY}.schema")), "");
}

#[test]
fn members_that_a_request_cannot_have_are_left_out() {
    let (document, notes) = imported(
        "3.0.3",
        &json!({
            "schema": {
                "type": "object", "required": ["id", "name", "other"], "additionalProperties": {"type": "string"},
                "properties": {"id": {"type": "string", "readOnly": true}, "name": {"type": "string"}},
            },
            "encoding": {
                "name": {"headers": {"X-A": {}}, "style": "form", "contentType": "text/plain\n"},
                "none": {"contentType": "text/plain"},
            },
        }),
    );
    let schema = &media(&document)["schema"];
    let properties = json!({"name": {"type": "string"}, "other": {}});
    assert_eq!(schema["properties"], properties);
    assert_eq!(schema["required"], json!(["name", "other"]));
    assert!(schema.get("additionalProperties").is_none());
    assert!(media(&document).get("encoding").is_none());
    for (location, expected) in [
        (
            "schema.properties.id",
            "left out: read-only: a request does not contain it",
        ),
        (
            "schema.additionalProperties",
            "left out: a body of several parts has the described ones only",
        ),
        ("encoding.name.headers", "left out: headers of a part"),
        (
            "encoding.name.style",
            "removed: it has no effect in a body of several parts",
        ),
        ("encoding.name.contentType", "removed: not a media type"),
        ("encoding.none", "removed: the body has no such part"),
    ] {
        assert_eq!(
            note(&notes, &format!("{BODY}.{location}")),
            expected,
            "{location}"
        );
    }
}

#[test]
fn a_form_whose_parts_are_not_described_has_any_parts() {
    let object = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let not_described = "any parts, because none is described";
    for (body, change) in [
        (json!({}), not_described),
        (json!({"schema": {}}), not_described),
        (json!({"schema": {"type": "object"}}), ""),
        (
            json!({"schema": {"type": "object", "additionalProperties": {"type": "string"}}}),
            not_described,
        ),
        (
            json!({"schema": {"properties": {"a": {"readOnly": true}}}}),
            not_described,
        ),
        (
            json!({"schema": {"type": "string", "format": "binary"}}),
            "a form whose schema is not an object: any parts",
        ),
        (
            json!({"schema": {"oneOf": [object("a"), object("b")]}}),
            "a form whose schema is a union: any parts",
        ),
    ] {
        let (document, notes) = imported("3.0.3", &body);
        assert_eq!(*media(&document), json!({"schema": {"type": "object"}}));
        assert_eq!(note(&notes, &format!("{BODY}.schema")), change);
        let left_out: Vec<_> = notes.all_left_out().keys().collect();
        assert!(
            left_out.iter().all(|it| it.ends_with("properties.a")),
            "{left_out:?}"
        );
    }
}

#[test]
fn other_bodies_whose_parts_are_not_described_are_left_out_with_the_cause() {
    let body =
        |schema| json!({"requestBody": {"content": {"multipart/mixed": {"schema": schema}}}});
    for (schema, cause) in [
        (json!({"type": "object"}), "whose parts are not described"),
        (json!({"type": "string"}), "whose schema is not an object"),
    ] {
        let (document, notes) = run_pass(run, operation(body(schema)));
        assert!(post(&document).is_null());
        let expected = format!("left out: a request body of multipart/mixed {cause}");
        assert_eq!(note(&notes, "paths./a/{id}.post"), expected);
    }
}
