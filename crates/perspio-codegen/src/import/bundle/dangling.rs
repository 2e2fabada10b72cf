//! Removes the parts of a document whose references have no target.

use serde_json::{Value, json};

use crate::document::METHODS;
use crate::error::{DocumentPath, Step};
use crate::import::leave_out;
use crate::import::notes::{Notes, location as noted};

/// A reference without a target that is not a schema.
pub(super) struct Dangling {
    pub(super) location: DocumentPath,
    /// Whether `required: false` is next to the reference.
    pub(super) is_optional: bool,
    pub(super) cause: String,
}

/// Removes the references, and the operations that cannot be called without their targets.
pub(super) fn remove(document: &mut Value, dangling: Vec<Dangling>, notes: &mut Notes) {
    // In reverse, because removing an item moves the items after it.
    for one in dangling.into_iter().rev() {
        let names: Vec<&str> = one.location.0.iter().map(name).collect();
        match names.as_slice() {
            ["paths", path] | ["paths", path, "parameters", ..] if !one.is_optional => {
                for method in METHODS {
                    if operation(document, path, method).is_some() {
                        leave_out(document, notes, path, method, &one.cause);
                    }
                }
                remove_value(document, &one.location);
                notes.left_out(noted(&one.location), one.cause);
            }
            ["paths", path, method, part @ ..] if METHODS.contains(method) => {
                match needs(part, &one, operation(document, path, method)) {
                    Need::Call => {
                        let cause = format!("{}: {}", part.join("."), one.cause);
                        leave_out(document, notes, path, method, &cause);
                    }
                    Need::ErrorBody => {
                        if let Some(found) = document.pointer_mut(&one.location.pointer()) {
                            *found = json!({"description": ""});
                        }
                        let cause = format!("{}: the body has no type", one.cause);
                        notes.left_out(noted(&one.location), cause);
                    }
                    Need::Nothing => {
                        remove_value(document, &one.location);
                        notes.left_out(noted(&one.location), one.cause);
                    }
                }
            }
            ["paths" | "webhooks", ..] | ["components", "securitySchemes", ..] => {
                remove_value(document, &one.location);
                notes.left_out(noted(&one.location), one.cause);
            }
            _ => {
                remove_value(document, &one.location);
                notes.changed(noted(&one.location), format!("removed: {}", one.cause));
            }
        }
    }
}

/// What needs the target of a reference.
enum Need {
    /// The call of the operation.
    Call,
    /// The body of an error.
    ErrorBody,
    Nothing,
}

fn needs(part: &[&str], dangling: &Dangling, operation: Option<&Value>) -> Need {
    match part {
        [] | ["requestBody" | "responses"] => Need::Call,
        ["parameters", _] if dangling.is_optional => Need::Nothing,
        ["parameters", ..] if part.len() < 3 => Need::Call,
        ["responses", status] => {
            let responses = operation.and_then(|it| it.get("responses")?.as_object());
            let mut statuses = responses.into_iter().flat_map(|all| all.keys());
            let is_success = |status: &str| status.starts_with('2');
            let has_success = statuses.any(|it| it != status && is_success(it));
            match *status {
                "default" if has_success => Need::ErrorBody,
                "default" => Need::Call,
                _ if is_success(status) => Need::Call,
                _ => Need::ErrorBody,
            }
        }
        _ => Need::Nothing,
    }
}

fn operation<'a>(document: &'a Value, path: &str, method: &str) -> Option<&'a Value> {
    document.get("paths")?.get(path)?.get(method)
}

fn name(step: &Step) -> &str {
    match step {
        Step::Name(name) => name,
        Step::Index(_) => "",
    }
}

fn remove_value(document: &mut Value, location: &DocumentPath) {
    let Some((last, owner)) = location.0.split_last() else {
        return;
    };
    let owner = document.pointer_mut(&DocumentPath(owner.to_vec()).pointer());
    match (owner, last) {
        (Some(Value::Object(members)), Step::Name(name)) => drop(members.shift_remove(name)),
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::bundle;
    use super::*;
    use crate::load::Folder;

    /// Bundles a document in which a part of `GET /a` is a reference without a target, and
    /// returns the operation and what is left out.
    fn bundled(part: &str, value: Value) -> (Option<Value>, Vec<String>) {
        let mut document = json!({"openapi": "3.0.3", "paths": {"/a": {"get": {
            "parameters": [{"name": "first", "in": "query"}],
            "responses": {"200": {"description": "ok", "headers": {}, "content": {}}},
        }}}});
        let found = document.pointer_mut("/paths/~1a/get").unwrap();
        match (part.rsplit_once('/').unwrap(), value) {
            (("", name), value) => found[name] = value,
            ((owner, name), value) => match found.pointer_mut(owner).unwrap() {
                Value::Array(items) => items.push(value),
                object => object[name] = value,
            },
        }
        let mut folder = Folder::of_download();
        let file = std::path::Path::new("a.json");
        folder.insert(file, document);
        let mut notes = Notes::default();
        let document = bundle(&mut folder, file, &mut notes).unwrap();
        let left_out = notes.all_left_out().iter();
        let left_out = left_out.map(|(location, cause)| format!("{location}: {cause}"));
        let operation = document.pointer("/paths/~1a/get").cloned();
        (operation, left_out.collect())
    }

    fn no(section: &str) -> Value {
        json!({"$ref": format!("#/components/{section}/No")})
    }

    #[test]
    fn an_operation_that_cannot_be_called_without_a_target_is_left_out() {
        for (part, value) in [
            ("/requestBody", no("requestBodies")),
            ("/parameters/-", no("parameters")),
            ("/responses/200", no("responses")),
            ("/responses/201", no("responses")),
        ] {
            let (operation, left_out) = bundled(part, value);
            assert_eq!(operation, None, "{part}");
            let [only] = left_out.as_slice() else {
                panic!("{left_out:?}");
            };
            assert!(only.starts_with("paths./a.get: "), "{only}");
            assert!(only.ends_with("/No does not exist"), "{only}");
        }
    }

    #[test]
    fn an_optional_part_without_a_target_is_left_out_of_its_operation() {
        let mut optional = no("parameters");
        optional["required"] = false.into();
        for (part, value) in [
            ("/parameters/-", optional),
            ("/responses/200/headers/X-A", no("headers")),
            (
                "/callbacks",
                json!({"a": {"$ref": "#/components/callbacks/No"}}),
            ),
        ] {
            let (operation, left_out) = bundled(part, value);
            let text = operation.unwrap().to_string();
            assert!(!text.contains("$ref") && text.contains("first"), "{text}");
            assert_eq!(left_out.len(), 1, "{left_out:?}");
        }
    }

    #[test]
    fn an_error_response_without_a_target_has_no_type() {
        for status in ["404", "5XX", "default"] {
            let (operation, left_out) = bundled(&format!("/responses/{status}"), no("responses"));
            let response = &operation.unwrap()["responses"][status];
            assert_eq!(*response, json!({"description": ""}));
            assert!(
                left_out[0].ends_with("the body has no type"),
                "{left_out:?}"
            );
        }
    }

    #[test]
    fn a_schema_without_a_target_accepts_any_json() {
        let schema = json!({"type": "array", "items": no("schemas")});
        let content = json!({"application/json": {"schema": schema}});
        let (operation, left_out) = bundled("/responses/200/content", content);
        let content = &operation.unwrap()["responses"]["200"]["content"];
        assert_eq!(content["application/json"]["schema"]["items"], json!({}));
        assert!(
            left_out[0].ends_with("any JSON is accepted"),
            "{left_out:?}"
        );
    }
}
