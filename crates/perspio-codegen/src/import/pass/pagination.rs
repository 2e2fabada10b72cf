//! The pagination of lists, recognised or completed.

use serde_json::Value;

use crate::document::{escape, operation_location, operations};
use crate::import::notes::Notes;
use crate::model::{PAGINATION, Pagination};

/// Writes how the pages of each list follow each other as the extension `x-pagination`, so that
/// it is visible and can be changed by an overlay. The generator reads nothing else.
///
/// Runs when the schemas have the form that the generator reads. An invalid extension is left as
/// it is, and is an error of the import.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut found = Vec::new();
    for operation in operations(document) {
        let location = operation_location(operation.path, operation.method);
        let recognised = Pagination::recognised(document, &operation).unwrap_or_else(|reason| {
            notes.changed(&location, reason);
            None
        });
        let marked = || Pagination::marked(document, &operation).ok().flatten();
        if let Some(pagination) = recognised.or_else(marked) {
            let at = format!("/paths/{}/{}", escape(operation.path), operation.method);
            found.push((at, location, pagination.extension()));
        }
    }
    for (at, location, extension) in found {
        let operation = document.pointer_mut(&at).and_then(Value::as_object_mut);
        if let Some(operation) = operation {
            notes.changed(location, format!("its pages are a stream: {extension}"));
            operation.insert(PAGINATION.to_owned(), extension);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::pass::testing::{note, run_pass};

    fn document(extension: Option<Value>) -> Value {
        let list = json!({"type": "object", "properties": {
            "things": {"type": "array", "items": {}},
            "next_cursor": {"type": "string"},
        }});
        let mut get = json!({
            "parameters": [{"name": "cursor", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {"schema": list}}}},
        });
        if let Some(extension) = extension {
            get[PAGINATION] = extension;
        }
        json!({"paths": {"/a": {"get": get}}})
    }

    #[test]
    fn pagination_is_recognised_completed_or_disabled() {
        let complete = json!({"style": "cursor", "parameter": "cursor", "items": "things", "next": "next_cursor"});
        let invalid = json!({"style": "cursor", "parameter": "other"});
        for (extension, expected) in [
            (None, &complete),
            (Some(json!({"style": "cursor"})), &complete),
            (Some(json!(false)), &json!(false)),
            (Some(invalid.clone()), &invalid),
        ] {
            let (changed, notes) = run_pass(run, document(extension.clone()));
            assert_eq!(changed["paths"]["/a"]["get"][PAGINATION], *expected);
            let is_noted = !note(&notes, "paths./a.get").is_empty();
            assert_eq!(is_noted, *expected == complete, "{extension:?}");
            let (again, _) = run_pass(run, changed.clone());
            assert_eq!(again, changed);
        }
    }
}
