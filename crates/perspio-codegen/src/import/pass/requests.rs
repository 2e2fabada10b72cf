//! Request bodies: the generator supports one media type per operation.

mod multipart;

use serde_json::{Map, Value, json};

use crate::document::walk;
use crate::document::{operation_location, text};
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::model::{FORM_DATA, essence, is_json, is_value, multipart as of_parts};
pub(super) use multipart::{is_of_bytes, is_schema_of_parts, is_untyped};

const FORM: &str = "application/x-www-form-urlencoded";

/// Keeps one media type of each request body: JSON if possible, else a form, described parts,
/// text or bytes.
/// The request has the media type of the document. An operation whose body cannot be sent
/// is left out.
///
/// The generator panics on several media types, and rejects most single ones.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let location = operation_location(&path, &method);
        let Some(body) = operation.get_mut("requestBody") else {
            continue;
        };
        let body_location = format!("{location}.requestBody");
        let content = body
            .get("content")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let is_required = body.get("required") == Some(&true.into());
        let Some((declared, mut media)) = preferred(&content) else {
            let media_types: Vec<_> = content.keys().map(String::as_str).collect();
            if media_types.is_empty() {
                notes.changed(&body_location, "removed: no media type is described");
                if let Some(members) = operation.as_object_mut() {
                    members.remove("requestBody");
                }
            } else {
                // Also an optional body: the operation is hardly useful without it.
                out.push((
                    path,
                    method,
                    format!("a request body of {}", media_types.join(", ")),
                ));
            }
            continue;
        };
        for other in content.keys().filter(|other| **other != declared) {
            let cause = format!("the body is sent as {declared}");
            notes.left_out(format!("{body_location}.content.{other}"), cause);
        }
        let media_type = if declared == "*/*" {
            notes.changed(&body_location, "any media type: sent as JSON");
            "application/json".to_owned()
        } else {
            declared
        };
        if essence(&media_type) == FORM {
            if let Err(cause) = form(
                document,
                &mut media,
                &format!("{body_location}.content.{media_type}"),
                notes,
            ) {
                out.push((path, method, cause));
                continue;
            }
        } else if of_parts(&media_type).is_some() {
            let location = format!("{body_location}.content.{media_type}");
            if let Err(cause) =
                multipart::parts(document, &media_type, &mut media, &location, notes)
            {
                out.push((path, method, cause));
                continue;
            }
        } else if is_value(document, &media_type, &media) {
            media = json!({"schema": media.get("schema").cloned().unwrap_or_else(|| json!({}))});
        } else {
            if media.get("itemSchema").is_some() {
                let cause = "a stream of items: the body is sent as bytes";
                notes.left_out(
                    format!("{body_location}.content.{media_type}.itemSchema"),
                    cause,
                );
            }
            media = if essence(&media_type) == "text/plain" {
                json!({"schema": {"type": "string"}})
            } else {
                notes.changed(&body_location, format!("{media_type} is sent as bytes"));
                json!({"schema": {"type": "string", "format": "binary"}})
            };
        }
        let description = body.get("description").cloned();
        *body = json!({"content": {media_type: media}});
        if let Some(members) = body.as_object_mut() {
            members.extend(description.map(|text| ("description".to_owned(), text)));
            if is_required {
                members.insert("required".to_owned(), true.into());
            }
        }
    }
    walk::restore(document, paths);
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

/// Returns the media type that is sent, as the document declares it.
pub(super) fn preferred(content: &Map<String, Value>) -> Option<(String, Value)> {
    let matches: [fn(&str, &Value) -> bool; 8] = [
        |media_type, _| essence(media_type) == "application/json",
        |media_type, _| is_json(media_type),
        |media_type, _| essence(media_type) == FORM,
        |media_type, media| {
            let is_described = media.get("schema").is_some() && may_be_object(media);
            of_parts(media_type).is_some() && is_described
        },
        |media_type, _| essence(media_type) == "text/plain",
        |media_type, _| essence(media_type) == "application/octet-stream",
        |media_type, _| media_type == "*/*",
        |_, _| true,
    ];
    let found = matches.iter().find_map(|matches| {
        content.iter().find(|(media_type, media)| {
            can_be_sent(media_type, media) && matches(media_type, media)
        })
    });
    found.map(|(media_type, media)| (media_type.clone(), media.clone()))
}

/// Returns whether the client can send a body of this media type.
fn can_be_sent(media_type: &str, media: &Value) -> bool {
    let media_type = essence(media_type);
    if media_type.starts_with("multipart/") {
        let is_described = media.get("schema").is_some();
        return media_type == FORM_DATA || of_parts(&media_type).is_some() && is_described;
    }
    media_type == "*/*" || (!media_type.contains('*') && media_type.split('/').count() == 2)
}

/// Returns whether the schema of a body may be that of an object, whose members are its parts.
fn may_be_object(media: &Value) -> bool {
    let declared = media.pointer("/schema/type");
    let types = declared.map(|declared| match declared {
        Value::Array(types) => types.as_slice(),
        single => std::slice::from_ref(single),
    });
    types.is_none_or(|types| types.contains(&"object".into()))
}

/// Returns whether an operation can be added that sends this media type.
pub(super) fn is_alternative(media_type: &str, media: &Value) -> bool {
    can_be_sent(media_type, media) && (of_parts(media_type).is_none() || may_be_object(media))
}

/// Removes the members of a form that are lists of lists or objects, whose encoding is not
/// defined.
///
/// # Errors
/// Such a member is required.
fn form(
    document: &Value,
    media: &mut Value,
    location: &str,
    notes: &mut Notes,
) -> Result<(), String> {
    let mut schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let mut own = crate::document::resolve(document, &schema).clone();
    let required: Vec<_> = walk::items(own.get("required"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut removed = Vec::new();
    for (name, member) in crate::document::members_mut(own.get_mut("properties")) {
        let member = crate::document::resolve(document, member);
        let items = member
            .get("items")
            .map(|items| crate::document::resolve(document, items));
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
                    "the required member `{name}` of the form is a list of lists or objects"
                ));
            }
            removed.push(name.clone());
        }
    }
    for name in &removed {
        if let Some(members) = own.get_mut("properties").and_then(Value::as_object_mut) {
            members.shift_remove(name);
        }
        notes.left_out(
            format!("{location}.schema.properties.{name}"),
            "a list of lists or objects in a form",
        );
    }
    if !removed.is_empty() {
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
