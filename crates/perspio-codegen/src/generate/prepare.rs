//! Passes over a copy of the document before progenitor reads it, each with the limit that
//! it works around.

mod encoding;
mod failures;
mod members;

use serde_json::{Map, Value, json};

use crate::document::{operations_mut, order};
use crate::model::method_name;

/// Runs every pass for the client and its commands.
pub(crate) fn prepare(document: &mut Value) {
    failures::remove(document);
    prepare_with_errors(document);
}

/// Runs the passes for mocks, which have functions for errors.
pub(crate) fn prepare_with_errors(document: &mut Value) {
    encoding::prepare(document);
    replace_ids(document);
    members::rename(document);
    every_object(document, &|object| {
        open(object);
        widen(object);
    });
    order::sort(document);
}

/// Replaces the ids of operations by the names of their methods.
fn replace_ids(document: &mut Value) {
    for (_, _, operation) in operations_mut(document) {
        if let Some(Value::String(id)) = operation.get_mut("operationId") {
            *id = method_name(id);
        }
    }
}

/// Changes every object below `value`, and `value` itself.
fn every_object(value: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            for member in object.values_mut() {
                every_object(member, change);
            }
        }
        Value::Array(items) => {
            for item in items {
                every_object(item, change);
            }
        }
        _ => {}
    }
}

/// Allows unnamed members in an object with named ones. progenitor otherwise drops members
/// that the document does not name, or, with `false`, rejects them, so that a new member of a
/// response would be lost, or break every client.
fn open(object: &mut Map<String, Value>) {
    let is_named = object.get("properties").is_some_and(Value::is_object);
    let is_closed = matches!(
        object.get("additionalProperties"),
        None | Some(Value::Bool(_))
    );
    if is_named && is_closed && object.get("type") == Some(&json!("object")) {
        object.insert("additionalProperties".to_owned(), json!({}));
    }
}

/// Replaces `uint` and `int` by integers of 64 bits, and `float` by `double`. progenitor reads
/// all three as 32 bits. Documents that are generated from Rust or Go mean the machine's word
/// of 64 bits, and a number in JSON may not fit into 32 bits.
fn widen(object: &mut Map<String, Value>) {
    let (ty, wide) = match object.get("format").and_then(Value::as_str) {
        Some("uint") => ("integer", "uint64"),
        Some("int") => ("integer", "int64"),
        Some("float") => ("number", "double"),
        _ => return,
    };
    if object.get("type") == Some(&json!(ty)) {
        object.insert("format".to_owned(), wide.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::client_of;

    #[test]
    fn operation_ids_become_snake_case() {
        let mut document =
            json!({"paths": {"/a": {"get": {"operationId": "getThing"}, "summary": "x"}}});
        prepare(&mut document);
        assert_eq!(document["paths"]["/a"]["get"]["operationId"], "get_thing");
    }

    #[test]
    fn objects_with_named_members_are_opened_and_maps_are_not_changed() {
        let object = |more: Value| {
            let mut schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
            if !more.is_null() {
                schema["additionalProperties"] = more;
            }
            schema
        };
        for closed in [Value::Null, json!(true), json!(false)] {
            let mut document = json!({"components": {"schemas": {"A": object(closed)}}});
            prepare(&mut document);
            assert_eq!(
                document["components"]["schemas"]["A"]["additionalProperties"],
                json!({})
            );
        }
        let typed = json!({"type": "integer"});
        let mut document = json!({"components": {"schemas": {"A": object(typed.clone())}}});
        prepare(&mut document);
        assert_eq!(
            document["components"]["schemas"]["A"]["additionalProperties"],
            typed
        );
    }

    #[test]
    fn machine_words_and_floats_have_64_bits() {
        for (ty, format, of_rust) in [
            ("integer", "uint", "u64"),
            ("integer", "uint32", "u32"),
            ("integer", "int", "i64"),
            ("integer", "int32", "i32"),
            ("number", "float", "f64"),
        ] {
            let responses = json!({"200": {"description": "A count.", "content": {
                "application/json": {"schema": {"type": ty, "format": format}}
            }}});
            let source = client_of(&responses, &json!({}));
            assert!(
                source.contains(&format!("ResponseValue<{of_rust}>")),
                "{format}"
            );
        }
    }
}
