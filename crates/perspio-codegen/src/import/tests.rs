//! Imports of complete documents.

mod broken;
mod complete_notes;
mod inputs;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::{Notes, document, normal, on_a_large_stack};
use crate::generate::source_of_client;

fn import(files: &[(&str, &str)], overlay: Option<&str>) -> crate::error::Result<(Value, Notes)> {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let overlay = overlay.map(|text| {
        let outside = folder.path().join("overlay.of.yaml");
        fs::write(&outside, text).unwrap();
        outside
    });
    let sources: Vec<PathBuf> = match files {
        [(name, _)] => vec![folder.path().join(name)],
        _ => vec![folder.path().to_owned()],
    };
    let mut notes = Notes::default();
    let value = on_a_large_stack(|| document(&sources, overlay.as_deref(), &mut notes))?;
    Ok((value, notes))
}

/// Returns the error of an import that must fail.
fn error_of(outcome: crate::error::Result<(Value, Notes)>) -> String {
    format!("{:#}", outcome.unwrap_err())
}

const SMALL: &str = r##"
openapi: 3.1.0
info: { title: Things, version: "1" }
paths:
  /things/{id}:
    get:
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        "200":
          description: A thing.
          content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } }
    post:
      requestBody: { content: { multipart/mixed: { schema: { type: object } } } }
      responses: { "204": { description: Done. } }
components:
  schemas:
    Thing:
      type: object
      properties:
        name: { type: [string, "null"] }
        kind: { type: string, enum: [small, large] }
"##;

#[test]
fn an_unsupported_operation_is_left_out_and_others_are_kept() {
    let (document, notes) = import(&[("a.yaml", SMALL)], None).unwrap();
    let item = &document["paths"]["/things/{id}"];
    assert_eq!(item["get"]["operationId"], "get_things_by_id");
    assert!(item.get("post").is_none());
    let cause = &notes.all_left_out()["paths./things/{id}.post"];
    assert!(cause.contains("multipart/mixed"), "{cause}");
}

#[test]
fn an_import_of_an_imported_document_changes_nothing() {
    let (document, _) = import(&[("a.yaml", SMALL)], None).unwrap();
    let text = normal::yaml(&document).unwrap();
    let (again, _) = import(&[("a.yaml", &text)], None).unwrap();
    assert_eq!(normal::yaml(&again).unwrap(), text);
}

#[test]
fn a_document_of_webhooks_only_becomes_their_types() {
    let webhooks = r#"{
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "webhooks": {"created": {"post": {
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "properties": {"id": {"type": "string"}}
            }}}},
            "responses": {}
        }}}
    }"#;
    let (document, _) = import(&[("a.json", webhooks)], None).unwrap();
    let source = source_of_client(&document).unwrap();
    assert!(source.contains("pub fn created(body: &[u8])"), "{source}");
    let text = normal::yaml(&document).unwrap();
    let (again, _) = import(&[("a.yaml", &text)], None).unwrap();
    assert_eq!(normal::yaml(&again).unwrap(), text);
}

#[test]
fn swagger_2_0_is_rejected_with_advice() {
    let error = error_of(import(&[("a.json", r#"{"swagger": "2.0"}"#)], None));
    assert!(
        error.contains("Swagger 2.0") && error.contains("a.json"),
        "{error}"
    );
}

#[test]
fn an_operation_in_two_files_is_an_error_that_names_both() {
    let error = error_of(import(&[("a.yaml", SMALL), ("b.yaml", SMALL)], None));
    assert!(
        error.contains("a.yaml") && error.contains("b.yaml") && error.contains("/things/{id}.get"),
        "{error}"
    );
}

#[test]
fn several_files_become_one_document_with_their_shared_parts() {
    let part = "type: object\nproperties: { weight: { type: number } }\n";
    let other = SMALL
        .replace("/things/{id}", "/parts/{id}")
        .replace("#/components/schemas/Thing", "Part.yaml");
    let (document, _) = import(
        &[("a.yaml", SMALL), ("b.yaml", &other), ("Part.yaml", part)],
        None,
    )
    .unwrap();
    assert_eq!(
        document["components"]["schemas"]["Part"]["properties"]["weight"]["type"],
        "number"
    );
    assert_eq!(document["paths"].as_object().unwrap().len(), 2);
}

#[test]
fn a_default_response_in_another_file_keeps_its_type() {
    let failure = "default: { $ref: 'Failure.yaml' }\n        \"200\":";
    let part =
        "description: No.\ncontent: { application/json: { schema: { $ref: 'Part.yaml' } } }\n";
    let (document, notes) = import(
        &[
            ("a.yaml", &SMALL.replacen("\"200\":", failure, 1)),
            ("Failure.yaml", part),
            (
                "Part.yaml",
                "type: object\nproperties: { why: { type: string } }\n",
            ),
        ],
        None,
    )
    .unwrap();
    let left_out = notes.all_left_out();
    assert!(
        !left_out.keys().any(|it| it.contains("/things/{id}.get")),
        "{left_out:?}"
    );
    let response = &document["paths"]["/things/{id}"]["get"]["responses"]["default"];
    let schema = &response["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/Part");
}

#[test]
fn every_file_that_is_missing_is_reported_in_one_error_with_a_location() {
    let text = SMALL.replace("#/components/schemas/Thing", "no.yaml#/Thing");
    let error = error_of(import(&[("a.yaml", &text)], None));
    assert!(error.contains("no.yaml is missing"), "{error}");
    assert!(error.contains("paths./things/{id}.get"), "{error}");
    let more = "kind: { $ref: 'https://x.test/a.yaml' }\n        kind2: { $ref: 'no.yaml' }\n";
    let text = text.replace("kind: {", &format!("{more}        kind3: {{"));
    let error = error_of(import(&[("a.yaml", &text)], None));
    assert!(error.contains("3 problems were found"), "{error}");
    assert_eq!(error.matches("no.yaml is missing").count(), 1, "{error}");
    assert!(error.contains("(and at 1 other location)"), "{error}");
    assert!(
        error.contains("properties.kind: `$ref`: the target https://x.test"),
        "{error}"
    );
}

#[test]
fn every_problem_of_the_form_of_a_document_is_reported_in_one_error() {
    let text = "openapi: 4.0.0\ninfo: []\npaths: []\n";
    let error = error_of(import(&[("a.yaml", text)], None));
    assert!(error.contains("3 problems were found"), "{error}");
    for problem in [
        "openapi: \"4.0.0\" was found",
        "info: missing",
        "paths: not an object",
    ] {
        assert!(error.contains(problem), "{error}");
    }
}

const OVERLAY: &str = r#"
overlay: 1.0.0
info: { title: Corrections, version: "1" }
actions:
  - target: $.paths['/things/{id}'].get
    update: { operationId: things_get }
  - target: $.paths['/things/{id}'].post
    remove: true
"#;

#[test]
fn an_overlay_is_applied_and_an_action_without_a_match_is_an_error() {
    let (document, notes) = import(&[("a.yaml", SMALL)], Some(OVERLAY)).unwrap();
    assert_eq!(
        document["paths"]["/things/{id}"]["get"]["operationId"],
        "things_get"
    );
    assert!(notes.all_left_out().is_empty());
    let stale = OVERLAY.replace("'].post", "'].patch");
    let error = error_of(import(&[("a.yaml", SMALL)], Some(&stale)));
    assert!(
        error.contains("actions[1]") && error.contains("matches nothing"),
        "{error}"
    );
}
