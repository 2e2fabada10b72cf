//! Bodies of requests, of which the generator takes one media type each.

use serde_json::{Map, Value, json};

use crate::document::walk;
use crate::document::{operation_place, text};
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::model::{essence, is_json};

const FORM: &str = "application/x-www-form-urlencoded";

/// The generator panics at two media types and fails at most: one is kept. JSON
/// goes before a form before text before bytes; each is sent under its own name
/// (`generate` sees to it). What cannot be sent takes its operation along.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::paths_apart(document);
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let place = operation_place(&path, &method);
        let Some(body) = operation.get_mut("requestBody") else {
            continue;
        };
        let body_place = format!("{place}.requestBody");
        let content = body
            .get("content")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let is_needed = body.get("required") == Some(&true.into());
        let Some((named, mut media)) = chosen(&content) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            if kinds.is_empty() {
                notes.changed(&body_place, "taken out: no media type is described");
                if let Some(members) = operation.as_object_mut() {
                    members.remove("requestBody");
                }
            } else {
                // Also one that is optional: without it the call would do little.
                out.push((path, method, format!("a body of {}", kinds.join(", "))));
            }
            continue;
        };
        for kind in content.keys().filter(|kind| **kind != named) {
            let cause = format!("the body is sent as {named}");
            notes.left_out(format!("{body_place}.content.{kind}"), cause);
        }
        let kind = if named == "*/*" {
            notes.changed(&body_place, "any media type: JSON is sent");
            "application/json".to_owned()
        } else {
            named
        };
        if essence(&kind) == FORM {
            if let Err(cause) = form(
                document,
                &mut media,
                &format!("{body_place}.content.{kind}"),
                notes,
            ) {
                out.push((path, method, cause));
                continue;
            }
        } else if is_json(&kind) {
            media = json!({"schema": media.get("schema").cloned().unwrap_or_else(|| json!({}))});
        } else {
            if media.get("itemSchema").is_some() {
                let cause = "a stream of items: the body is sent as bytes";
                notes.left_out(format!("{body_place}.content.{kind}.itemSchema"), cause);
            }
            media = if essence(&kind) == "text/plain" {
                json!({"schema": {"type": "string"}})
            } else {
                notes.changed(&body_place, format!("{kind} is sent as bytes"));
                json!({"schema": {"type": "string", "format": "binary"}})
            };
        }
        let description = body.get("description").cloned();
        *body = json!({"content": {kind: media}});
        if let Some(members) = body.as_object_mut() {
            members.extend(description.map(|text| ("description".to_owned(), text)));
            if is_needed {
                members.insert("required".to_owned(), true.into());
            }
        }
    }
    walk::joined(document, paths);
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

/// The media type that is sent, by the name that the document gives it.
fn chosen(content: &Map<String, Value>) -> Option<(String, Value)> {
    let fits: [fn(&str) -> bool; 7] = [
        |kind| essence(kind) == "application/json",
        is_json,
        |kind| essence(kind) == FORM,
        |kind| essence(kind) == "text/plain",
        |kind| essence(kind) == "application/octet-stream",
        |kind| kind == "*/*",
        |_| true,
    ];
    let can_be_named = |kind: &str| {
        let kind = essence(kind);
        kind == "*/*"
            || (!kind.contains('*')
                && !kind.starts_with("multipart/")
                && kind.split('/').count() == 2)
    };
    let found = fits.iter().find_map(|fits| {
        content
            .iter()
            .find(|(kind, _)| can_be_named(kind) && fits(kind))
    });
    found.map(|(kind, media)| (kind.clone(), media.clone()))
}

/// A list of texts or numbers in a form is a pair per item or as its encoding
/// says, an object is JSON; a list of those says nothing certain.
fn form(whole: &Value, media: &mut Value, place: &str, notes: &mut Notes) -> Result<(), String> {
    let mut schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let mut own = crate::document::resolve(whole, &schema).clone();
    let required: Vec<_> = walk::items(own.get("required"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut gone = Vec::new();
    for (name, member) in crate::document::members_mut(own.get_mut("properties")) {
        let member = crate::document::resolve(whole, member);
        let items = member
            .get("items")
            .map(|items| crate::document::resolve(whole, items));
        let nested = items.is_some_and(|items| matches!(text(items, "type"), "array" | "object"));
        let is_json = is_json(
            media
                .get("encoding")
                .and_then(|all| all.get(name))
                .map_or("", |encoding| text(encoding, "contentType")),
        );
        if text(member, "type") == "array" && nested && !is_json {
            if required.contains(name) {
                return Err(format!(
                    "its form needs `{name}`, a list of lists or objects"
                ));
            }
            gone.push(name.clone());
        }
    }
    for name in &gone {
        if let Some(members) = own.get_mut("properties").and_then(Value::as_object_mut) {
            members.remove(name);
        }
        notes.left_out(
            format!("{place}.schema.properties.{name}"),
            "a list of lists or objects in a form",
        );
    }
    if !gone.is_empty() {
        schema = own;
    }
    let encoding = media.get("encoding").cloned();
    *media = json!({"schema": schema});
    if let (Some(encoding), Some(members)) = (encoding, media.as_object_mut()) {
        members.insert("encoding".to_owned(), encoding);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
