//! Changes to a copy of the document before the generator sees it, each with
//! the limit that it works around.

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::document::METHODS;
use super::wire;

/// Runs every pass.
pub(crate) fn prepare(document: &mut Value) {
    wire::prepare(document);
    snake_case_ids(document);
    open_objects(document);
}

/// The generator names methods in snake case; so are the ids in the list of
/// operations, by which a call is recognized.
fn snake_case_ids(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str())
                && let Some(Value::String(id)) = operation.get_mut("operationId")
            {
                *id = id.to_snake_case();
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
}
