//! What the tests of the passes share: a fragment goes in, one comes out.

use serde_json::{Value, json};

use super::Pass;
use crate::import::notes::Notes;

/// What one pass makes of a document, and what it tells.
pub(super) fn passed(pass: Pass, document: Value) -> (Value, Notes) {
    let mut document = document;
    let mut notes = Notes::default();
    notes.of("the pass");
    pass(&mut document, &mut notes);
    (document, notes)
}

/// A document of one operation, `POST /a/{id}`.
pub(super) fn operation(operation: Value) -> Value {
    let mut document = json!({"openapi": "3.1.0", "paths": {"/a/{id}": {}}});
    document["paths"]["/a/{id}"]["post"] = operation;
    document
}

/// The operation of such a document.
pub(super) fn post(document: &Value) -> &Value {
    &document["paths"]["/a/{id}"]["post"]
}

/// A document of these schemas.
pub(super) fn schemas(schemas: Value) -> Value {
    let mut document = json!({"openapi": "3.1.0", "components": {}});
    document["components"]["schemas"] = schemas;
    document
}

/// What one pass makes of one schema, called `A`, and what it tells of it.
pub(super) fn schema(pass: Pass, schema: Value) -> (Value, String) {
    let mut all = json!({});
    all["A"] = schema;
    let (document, notes) = passed(pass, schemas(all));
    let told = note(&notes, "components.schemas.A");
    (document["components"]["schemas"]["A"].clone(), told)
}

/// What is told of a place; "" if nothing is.
pub(super) fn note(notes: &Notes, place: &str) -> String {
    if let Some(cause) = notes.all_left_out().get(place) {
        return format!("left out: {cause}");
    }
    let start = format!("  {place}: ");
    let all = notes.explain();
    let line = all.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_default().to_owned()
}
