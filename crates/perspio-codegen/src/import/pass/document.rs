//! The parts of OpenAPI 3.1 and 3.2 that are no schemas, as 3.0.3 has them.

mod servers;

use serde_json::{Map, Value, json};

use crate::document::operation_place;
use crate::document::walk;
use crate::document::{METHODS, typed};
use crate::import::notes::Notes;
use crate::import::{has_operations, leave_out};

/// The generator reads 3.0 only, one base address, and no calls of the server:
/// what is not in it goes.
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
        other_methods(path, item, notes);
        for (method, operation) in item.iter_mut() {
            let place = operation_place(path, method);
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            if let Some(cause) = other_protocol(operation, &place, notes) {
                out.push((path.clone(), method.clone(), cause));
            }
            let callbacks = operation.remove("callbacks");
            for name in callbacks
                .as_ref()
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(Map::keys)
            {
                let place = format!("{place}.callbacks.{name}");
                notes.left_out(place, "a callback: the server calls it");
            }
            share_parameters(shared.as_ref(), operation);
        }
    }
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, cause);
    }
    without_operations(document, notes);
}

/// What `paths` holds beside operations: notes of other tools, and paths that
/// are still to be described.
fn without_operations(document: &mut Value, notes: &mut Notes) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let Some(paths) = paths else {
        return;
    };
    paths.retain(|path, item| {
        let is_told = !path.starts_with("x-") && has_operations(item);
        if !is_told {
            notes.changed(format!("paths.{path}"), "taken out: no operation");
        }
        is_told
    });
}

/// Why an operation is none of HTTP's: it needs a connection that no call of the
/// client keeps. One that may also be answered as usual keeps that answer.
fn other_protocol(
    operation: &mut Map<String, Value>,
    place: &str,
    notes: &mut Notes,
) -> Option<&'static str> {
    if operation.contains_key("x-dropshot-websocket") {
        return Some("a websocket");
    }
    let all = operation.get_mut("responses")?.as_object_mut()?;
    all.get("101")?;
    if !all.keys().any(|status| status.starts_with('2')) {
        return Some("its success is another protocol (101), such as a websocket");
    }
    all.remove("101");
    let cause = "another protocol, such as a websocket: the client does not ask for it";
    notes.left_out(format!("{place}.responses.101"), cause);
    None
}

fn top(members: &mut Map<String, Value>, notes: &mut Notes) {
    members.retain(|name, value| match name.as_str() {
        "webhooks" => {
            for hook in value.as_object().into_iter().flat_map(Map::keys) {
                notes.left_out(format!("webhooks.{hook}"), "a webhook: the server calls it");
            }
            false
        }
        "openapi" | "info" | "servers" | "paths" | "components" | "security" | "tags"
        | "externalDocs" => true,
        _ if name.starts_with("x-") => true,
        _ => {
            notes.changed(name.as_str(), "taken out: 3.0 does not know it");
            false
        }
    });
    members.entry("paths").or_insert_with(|| json!({}));
    if let Some(info) = members.get_mut("info").and_then(Value::as_object_mut) {
        if info.remove("summary").is_some() {
            notes.changed("info.summary", "taken out: 3.0 does not know it");
        }
        info.entry("title").or_insert_with(|| "API".into());
        info.entry("version").or_insert_with(|| "0".into());
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut)
            && license.remove("identifier").is_some()
        {
            notes.changed("info.license.identifier", "taken out: 3.0 does not know it");
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
                    let place = format!("tags.{index}.{name}");
                    notes.changed(place, "taken out: 3.0 does not know it");
                }
                is_known
            });
        }
    }
}

/// Everything but schemas stands where it is used, and a way of signing in that
/// 3.0 does not know makes the whole document unreadable.
fn components(members: &mut Map<String, Value>, notes: &mut Notes) {
    let Some(components) = members.get_mut("components").and_then(Value::as_object_mut) else {
        return;
    };
    components.retain(|kind, _| {
        let is_kept = matches!(kind.as_str(), "schemas" | "securitySchemes");
        if !is_kept {
            notes.changed(
                format!("components.{kind}"),
                "taken out: each stands where it is used",
            );
        }
        is_kept
    });
    if let Some(schemes) = components
        .get_mut("securitySchemes")
        .and_then(Value::as_object_mut)
    {
        schemes.retain(|name, scheme| {
            let place = format!("components.securitySchemes.{name}");
            let is_known = typed::<openapiv3::SecurityScheme>(scheme, &place).is_ok();
            if !is_known {
                notes.left_out(place, "a way of signing in that 3.0 does not know");
            }
            is_known
        });
    }
}

fn other_methods(path: &str, item: &mut Map<String, Value>, notes: &mut Notes) {
    let cause = "a method that 3.0 does not know";
    item.retain(|name, value| {
        let place = operation_place(path, name);
        match name.as_str() {
            "query" => notes.left_out(place, cause),
            "additionalOperations" => {
                for method in value.as_object().into_iter().flat_map(Map::keys) {
                    notes.left_out(format!("{place}.{method}"), cause);
                }
            }
            "summary" | "description" => return true,
            _ if METHODS.contains(&name.as_str()) => return true,
            _ => notes.changed(place, "taken out: the generator does not read it"),
        }
        false
    });
}

/// An operation's own parameter goes before the path's of the same name.
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
