//! Changes of documents for the server and its calls.

use serde_json::{Map, Value};

use super::original::is_key_in_header;
use perspio_codegen::document::members_mut;

/// Removes the extensions with references to other files. They are data of the vendor, but the
/// server resolves all references, and does not start without the files. Returns whether there
/// were any.
pub(super) fn remove_external_extensions(document: &mut Value) -> bool {
    match document {
        Value::Object(members) => {
            let is_external =
                |name: &str, value: &Value| name.starts_with("x-") && refers_to_file(value);
            let before = members.len();
            members.retain(|name, value| !is_external(name, value));
            let mut found = members.len() < before;
            for (name, member) in members.iter_mut() {
                found |= match member {
                    Value::Object(named) if NAMED.contains(&name.as_str()) => of_members(named),
                    member => remove_external_extensions(member),
                };
            }
            found
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| {
            remove_external_extensions(item) || found
        }),
        _ => false,
    }
}

/// The maps of a document by names of the vendor, which may begin like those of extensions.
const NAMED: [&str; 8] = [
    "properties",
    "headers",
    "schemas",
    "parameters",
    "responses",
    "requestBodies",
    "examples",
    "securitySchemes",
];

fn of_members(named: &mut Map<String, Value>) -> bool {
    named.values_mut().fold(false, |found, member| {
        remove_external_extensions(member) || found
    })
}

/// Returns whether a value contains a reference to another file.
fn refers_to_file(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            reference.is_some_and(|target| !target.starts_with('#'))
                || members.values().any(refers_to_file)
        }
        Value::Array(items) => items.iter().any(refers_to_file),
        _ => false,
    }
}

/// Removes the security schemes that the calls do not support: passwords, and API keys in the
/// query or a cookie. Returns their names.
pub(super) fn remove_unsupported_schemes(document: &mut Value) -> Vec<String> {
    let schemes = document.pointer("/components/securitySchemes");
    let unsupported: Vec<String> = schemes
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(
            |(_, scheme)| match scheme.get("type").and_then(Value::as_str) {
                Some("http") => scheme.get("scheme") != Some(&"bearer".into()),
                Some("apiKey") => !is_key_in_header(scheme),
                _ => false,
            },
        )
        .map(|(name, _)| name.clone())
        .collect();
    if !unsupported.is_empty() {
        remove_requirements(document, &unsupported);
        for (_, item) in members_mut(document.get_mut("paths")) {
            for (_, operation) in members_mut(Some(item)) {
                remove_requirements(operation, &unsupported);
            }
        }
    }
    unsupported
}

/// Removes the unsupported schemes from the requirements of a document or an operation.
fn remove_requirements(owner: &mut Value, unsupported: &[String]) {
    if let Some(Value::Array(alternatives)) = owner.get_mut("security") {
        for alternative in alternatives.iter_mut().filter_map(Value::as_object_mut) {
            alternative.retain(|name, _| !unsupported.contains(name));
        }
        // The server rejects every request if an alternative is empty.
        alternatives.retain(|alternative| {
            alternative
                .as_object()
                .is_some_and(|names| !names.is_empty())
        });
    }
}

/// Removes the servers of paths and operations.
pub(super) fn remove_servers(document: &mut Value) {
    let remove = |owner: &mut Value| {
        if let Some(owner) = owner.as_object_mut() {
            owner.remove("servers");
        }
    };
    for (_, item) in members_mut(document.get_mut("paths")) {
        remove(item);
        for (_, operation) in members_mut(Some(item)) {
            remove(operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extensions_with_references_to_files_are_not_served() {
        let schema =
            json!({"properties": {"x-a": {"$ref": "other.json"}}, "x-doc": {"$ref": "#/a"}});
        let mut document = json!({
            "x-code": [{"source": {"$ref": "a.sh"}}],
            "components": {"schemas": {"A": schema}},
        });
        assert!(remove_external_extensions(&mut document));
        assert_eq!(document, json!({"components": {"schemas": {"A": schema}}}));
        assert!(!remove_external_extensions(&mut document));
    }
}
