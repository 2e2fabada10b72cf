//! Downconverts the document to `OpenAPI` 3.0.3, except for schemas.

mod servers;

use serde_json::{Map, Value, json};

use crate::document::operation_location;
use crate::document::walk;
use crate::document::{METHODS, typed};
use crate::error::DocumentPath;
use crate::import::notes::Notes;
use crate::import::{has_operations, leave_out};

/// Removes what `OpenAPI` 3.0 does not define, and callbacks, which the generator does not
/// support. Names the servers.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    servers::run(document, notes);
    let Some(members) = document.as_object_mut() else {
        return;
    };
    top(members, notes);
    components(members, notes);
    let mut out = Vec::new();
    for (path, item) in crate::document::members_mut(members.get_mut("paths")) {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        let shared = item.remove("parameters");
        retain_known_methods(path, item, notes);
        for (method, operation) in item.iter_mut() {
            let location = operation_location(path, method);
            let Some(operation) = operation.as_object_mut() else {
                if METHODS.contains(&method.as_str()) {
                    out.push((path.clone(), method.clone(), "not an object"));
                }
                continue;
            };
            if let Some(cause) = check_protocol(operation, &location, notes) {
                out.push((path.clone(), method.clone(), cause));
            }
            if operation.remove("callbacks").is_some() {
                let location = format!("{location}.callbacks");
                notes.changed(location, "removed: their payloads are components");
            }
            share_parameters(shared.as_ref(), operation);
        }
    }
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, cause);
    }
    remove_other_paths(document, notes);
}

/// Removes the members of `paths` that have no operation: extensions, and paths that are
/// not described yet.
fn remove_other_paths(document: &mut Value, notes: &mut Notes) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let Some(paths) = paths else {
        return;
    };
    paths.retain(|path, item| {
        let is_described = !path.starts_with("x-") && has_operations(item);
        if !is_described {
            notes.changed(format!("paths.{path}"), "removed: no operation");
        }
        is_described
    });
}

/// Returns why an operation cannot be called with HTTP alone: it switches to another
/// protocol. If it has another success, only the response 101 is removed.
fn check_protocol(
    operation: &mut Map<String, Value>,
    location: &str,
    notes: &mut Notes,
) -> Option<&'static str> {
    if operation.contains_key("x-dropshot-websocket") {
        return Some("a websocket");
    }
    let all = operation.get_mut("responses")?.as_object_mut()?;
    all.get("101")?;
    if !all.keys().any(|status| status.starts_with('2')) {
        return Some("its only success switches to another protocol (101), such as a websocket");
    }
    all.remove("101");
    let cause = "another protocol, such as a websocket: the client does not request it";
    notes.left_out(format!("{location}.responses.101"), cause);
    None
}

fn top(members: &mut Map<String, Value>, notes: &mut Notes) {
    members.retain(|name, _| match name.as_str() {
        "webhooks" => {
            notes.changed("webhooks", "removed: their payloads are components");
            false
        }
        "openapi" | "info" | "servers" | "paths" | "components" | "security" | "tags"
        | "externalDocs" => true,
        _ if name.starts_with("x-") => true,
        _ => {
            notes.changed(name.as_str(), "removed: not defined in 3.0");
            false
        }
    });
    members.entry("paths").or_insert_with(|| json!({}));
    if let Some(info) = members.get_mut("info").and_then(Value::as_object_mut) {
        if info.remove("summary").is_some() {
            notes.changed("info.summary", "removed: not defined in 3.0");
        }
        info.entry("title").or_insert_with(|| "API".into());
        info.entry("version").or_insert_with(|| "0".into());
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut)
            && license.remove("identifier").is_some()
        {
            notes.changed("info.license.identifier", "removed: not defined in 3.0");
        }
    }
    for (index, tag) in members
        .get_mut("tags")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .enumerate()
    {
        if let Some(tag) = tag.as_object_mut() {
            tag.retain(|name, _| {
                let is_known = matches!(name.as_str(), "name" | "description" | "externalDocs")
                    || name.starts_with("x-");
                if !is_known {
                    let location = format!("tags.{index}.{name}");
                    notes.changed(location, "removed: not defined in 3.0");
                }
                is_known
            });
        }
    }
}

/// Removes the components that are inlined already, and security schemes that `OpenAPI` 3.0
/// does not define, which the generator rejects.
fn components(members: &mut Map<String, Value>, notes: &mut Notes) {
    let Some(components) = members.get_mut("components").and_then(Value::as_object_mut) else {
        return;
    };
    components.retain(|section, _| {
        let is_kept = matches!(section.as_str(), "schemas" | "securitySchemes");
        if !is_kept {
            notes.changed(
                format!("components.{section}"),
                "removed: inlined where it is used",
            );
        }
        is_kept
    });
    if let Some(schemes) = components
        .get_mut("securitySchemes")
        .and_then(Value::as_object_mut)
    {
        schemes.retain(|name, scheme| {
            let location = format!("components.securitySchemes.{name}");
            let is_known =
                typed::<openapiv3::SecurityScheme>(scheme, &DocumentPath::default()).is_ok();
            if !is_known {
                notes.left_out(location, "a security scheme that 3.0 does not define");
            }
            is_known
        });
    }
}

/// Removes the members of a path item that the generator does not support.
fn retain_known_methods(path: &str, item: &mut Map<String, Value>, notes: &mut Notes) {
    let cause = "a method that 3.0 does not define";
    item.retain(|name, value| {
        let location = operation_location(path, name);
        match name.as_str() {
            "query" => notes.left_out(location, cause),
            "additionalOperations" => {
                for method in value.as_object().into_iter().flat_map(Map::keys) {
                    notes.left_out(format!("{location}.{method}"), cause);
                }
            }
            "summary" | "description" => return true,
            _ if METHODS.contains(&name.as_str()) => return true,
            _ => notes.changed(location, "removed: the generator does not read it"),
        }
        false
    });
}

/// Moves the parameters of a path to an operation; the operation's own override them.
fn share_parameters(shared: Option<&Value>, operation: &mut Map<String, Value>) {
    let key = |parameter: &Value| {
        (
            crate::document::text(parameter, "name").to_owned(),
            crate::document::text(parameter, "in").to_owned(),
        )
    };
    let own: Vec<_> = walk::items(operation.get("parameters")).cloned().collect();
    let mut all: Vec<_> = walk::items(shared)
        .filter(|parameter| own.iter().all(|own| key(own) != key(parameter)))
        .cloned()
        .collect();
    all.extend(own);
    if !all.is_empty() {
        operation.insert("parameters".to_owned(), all.into());
    }
}

#[cfg(test)]
mod tests;
