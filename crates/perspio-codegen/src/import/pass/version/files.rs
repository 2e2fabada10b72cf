//! Files in the bodies of several parts of `OpenAPI` 3.1 and 3.2.

use serde_json::{Map, Value, json};

use super::super::requests::{is_of_bytes, is_untyped};
use crate::document::{members_mut, operation_location, resolve, text, walk};
use crate::import::notes::Notes;
use crate::model::multipart;

/// Describes each file in a body of several parts as a string of the format `binary`. 3.1
/// describes it by a schema without a type, or by `contentMediaType` without `contentEncoding`
/// (3.1.0, "Considerations for File Uploads"), which in 3.0 is any JSON or a text.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let body = operation.get_mut("requestBody");
        for (media_type, media) in members_mut(body.and_then(|body| body.get_mut("content"))) {
            if multipart(media_type).is_some() {
                let location = operation_location(&path, &method);
                let location = format!("{location}.requestBody.content.{media_type}.schema");
                of_body(document, media, &location, notes);
            }
        }
    }
    walk::restore(document, paths);
}

fn of_body(document: &Value, media: &mut Value, location: &str, notes: &mut Notes) {
    let schema = media.get("schema").unwrap_or(&Value::Null);
    // A component may also be a body of JSON, so it is not changed itself.
    let mut schema = resolve(document, schema).clone();
    let encodings = media.get("encoding").and_then(Value::as_object);
    let mut encodings = encodings.cloned().unwrap_or_default();
    let mut is_changed = false;
    for (name, member) in members_mut(schema.get_mut("properties")) {
        let encoding = encodings.get(name);
        let declared = encoding.map_or("", |encoding| text(encoding, "contentType"));
        let is_list = text(member, "type") == "array";
        let is_of_bytes = declared.is_empty() || declared.split(',').all(is_of_bytes);
        let file = if is_list {
            member.get_mut("items")
        } else {
            Some(member)
        };
        let file = file.and_then(Value::as_object_mut);
        let Some(file) = file.filter(|_| is_of_bytes) else {
            continue;
        };
        let Some(media_type) = convert(file) else {
            continue;
        };
        is_changed = true;
        notes.changed(format!("{location}.properties.{name}"), "a file");
        if declared.is_empty() && !media_type.is_empty() {
            let encoding = encodings.entry(name.clone()).or_insert_with(|| json!({}));
            if let Some(encoding) = encoding.as_object_mut() {
                encoding.insert("contentType".to_owned(), media_type.into());
            }
        }
    }
    if let Some(media) = media.as_object_mut().filter(|_| is_changed) {
        media.insert("schema".to_owned(), schema);
        if !encodings.is_empty() {
            media.insert("encoding".to_owned(), encodings.into());
        }
    }
}

/// Converts the schema of a file, and returns its media type, which may be empty. Returns
/// `None` for any other schema.
fn convert(schema: &mut Map<String, Value>) -> Option<String> {
    let media_type = schema.get("contentMediaType").and_then(Value::as_str);
    let media_type = media_type.unwrap_or_default().to_owned();
    let is_text = schema.get("type") == Some(&"string".into());
    let is_untyped = is_untyped(&Value::Object(schema.clone()));
    let has_bytes = if media_type.is_empty() {
        is_untyped
    } else {
        (is_text || is_untyped) && is_of_bytes(&media_type)
    };
    if !has_bytes || schema.contains_key("contentEncoding") {
        return None;
    }
    schema.remove("contentMediaType");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("format".to_owned(), "binary".into());
    Some(media_type)
}
