//! Changes to a copy of the document before the generator sees it, each with
//! the limit that it works around.

mod failures;

use serde_json::{Value, json};

use super::document::{METHODS, method_name};
use super::wire;

/// Runs every pass.
pub(crate) fn prepare(document: &mut Value) {
    wire::prepare(document);
    ids_of_methods(document);
    failures::name(document);
    open_objects(document);
    wide_integers(document);
}

/// An operation is called as its method.
fn ids_of_methods(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str())
                && let Some(Value::String(id)) = operation.get_mut("operationId")
            {
                *id = method_name(id);
            }
        }
    }
}

/// Without `additionalProperties: {}` the generator drops members that the
/// document does not name, or, with `false`, fails on them: a new member of the
/// server would be lost, or break every client.
fn open_objects(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let is_named = object.get("properties").is_some_and(Value::is_object);
            let is_closed = matches!(
                object.get("additionalProperties"),
                None | Some(Value::Bool(_))
            );
            if is_named && is_closed && object.get("type") == Some(&json!("object")) {
                object.insert("additionalProperties".to_owned(), json!({}));
            }
            object.values_mut().for_each(open_objects);
        }
        Value::Array(array) => array.iter_mut().for_each(open_objects),
        _ => {}
    }
}

/// The generator takes `uint` and `int` for 32 bits. Documents that are made from
/// Rust or Go mean their machine's word by them, which has 64.
fn wide_integers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let wide = match object.get("format").and_then(Value::as_str) {
                Some("uint") => Some("uint64"),
                Some("int") => Some("int64"),
                _ => None,
            };
            if let Some(wide) = wide.filter(|_| object.get("type") == Some(&json!("integer"))) {
                object.insert("format".to_owned(), wide.into());
            }
            object.values_mut().for_each(wide_integers);
        }
        Value::Array(array) => array.iter_mut().for_each(wide_integers),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_ids_become_snake_case() {
        let mut document =
            json!({"paths": {"/a": {"get": {"operationId": "getThing"}, "summary": "x"}}});
        prepare(&mut document);
        assert_eq!(document["paths"]["/a"]["get"]["operationId"], "get_thing");
    }

    #[test]
    fn objects_with_named_members_are_opened_and_maps_stay_as_they_are() {
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
    fn integers_of_a_machines_word_have_64_bits_and_others_what_they_say() {
        for (said, bits) in [
            ("uint", "u64"),
            ("uint32", "u32"),
            ("int", "i64"),
            ("int32", "i32"),
        ] {
            let of = |schema| {
                json!({
                    "openapi": "3.0.3",
                    "info": {"title": "Counts", "version": "1"},
                    "paths": {"/counts": {"get": {
                        "operationId": "count",
                        "tags": ["counts"],
                        "x-source": "documented",
                        "responses": {"200": {"description": "A count.", "content": {
                            "application/json": {"schema": schema}
                        }}}
                    }}}
                })
            };
            let count = json!({"type": "integer", "format": said});
            let source = crate::generate::source_of_client(&of(count)).unwrap();
            assert!(source.contains(&format!("ResponseValue<{bits}>")), "{said}");
        }
    }
}
