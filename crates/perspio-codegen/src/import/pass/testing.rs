//! Helpers for the tests of the passes.

use serde_json::{Value, json};

use super::Pass;
use crate::import::notes::Notes;

/// Runs one pass on a document. Returns the changed document and the notes.
pub(super) fn run_pass(pass: Pass, document: Value) -> (Value, Notes) {
    let mut document = document;
    let mut notes = Notes::default();
    notes.begin("the pass");
    pass(&mut document, &mut notes);
    (document, notes)
}

/// Returns a document with one operation, `POST /a/{id}`.
pub(super) fn operation(operation: Value) -> Value {
    let mut document = json!({"openapi": "3.1.0", "paths": {"/a/{id}": {}}});
    document["paths"]["/a/{id}"]["post"] = operation;
    document
}

/// Returns the operation of such a document.
pub(super) fn post(document: &Value) -> &Value {
    &document["paths"]["/a/{id}"]["post"]
}

/// Returns a document with these schemas.
pub(super) fn schemas(schemas: Value) -> Value {
    let mut document = json!({"openapi": "3.1.0", "components": {}});
    document["components"]["schemas"] = schemas;
    document
}

/// Runs one pass on a schema with the name `A`. Returns the changed schema and the note on it.
pub(super) fn run_on_schema(pass: Pass, schema: Value) -> (Value, String) {
    let mut all = json!({});
    all["A"] = schema;
    let (document, notes) = run_pass(pass, schemas(all));
    let message = note(&notes, "components.schemas.A");
    (document["components"]["schemas"]["A"].clone(), message)
}

/// Returns the note on a location; empty if there is none.
pub(super) fn note(notes: &Notes, location: &str) -> String {
    if let Some(cause) = notes.all_left_out().get(location) {
        return format!("left out: {cause}");
    }
    let start = format!("  {location}: ");
    let all = notes.explain();
    let line = all.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_default().to_owned()
}
