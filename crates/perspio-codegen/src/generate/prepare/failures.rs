//! Leaves the errors of operations out.

use serde_json::Value;

use crate::document::operations_mut;
use crate::model::is_error;

/// Removes the responses of errors from operations that have a success: the client decodes the
/// body of an error on request only, and progenitor fails if the errors of an operation have
/// several types. A `default` without a success is the success.
pub(super) fn remove(document: &mut Value) {
    for (_, _, operation) in operations_mut(document) {
        let responses = operation.get_mut("responses");
        let Some(responses) = responses.and_then(Value::as_object_mut) else {
            continue;
        };
        let has_success = responses.keys().any(|status| status.starts_with('2'));
        responses.retain(|status, _| !is_error(status) || status == "default" && !has_success);
    }
}
