//! Constructs of a document that are not supported, reported in the document's terms
//! instead of progenitor's assertions. Measured with progenitor 0.15.1.

mod names;
mod omitted;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::references::payloads;
use crate::document::{METHODS, members, operations, resolve};
use crate::error::{DocumentPath, Error, Result};
use crate::model::{FORM_DATA, essence, is_value, multipart};
pub(super) use omitted::{Limited, omit};

/// Fails with every construct of the document that a client does not support.
pub(crate) fn check(document: &Value) -> Result<()> {
    let unsupported = all(document);
    if unsupported.is_empty() {
        return Ok(());
    }
    let list = unsupported.join("\n  ");
    let error = Error::new(format_args!("not supported by the generator:\n  {list}"));
    Err(error.with_help("change the document so that it describes the API without them"))
}

/// Returns every such construct with its location.
pub(crate) fn all(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    // The types of webhooks are of use without a request.
    let has_webhooks = payloads(document).next().is_some();
    if operations(document).next().is_none() && !has_webhooks {
        found.push("paths: no operation".to_owned());
    }
    let paths = members(document.get("paths"));
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        let location = format!("paths.{path}");
        found.extend(path_item(path, item, &location));
    }
    for operation in operations(document) {
        let location = operation.location().to_string();
        found.extend(request_body(document, operation.own, &location));
        found.extend(responses(document, operation.own, &location));
    }
    found.extend(names::check(document));
    found
}

fn path_item(path: &str, item: &Value, location: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !path.starts_with('/') {
        found.push(format!(
            "{location}: a path that does not begin with a slash"
        ));
    }
    for (member, _) in members(Some(item)) {
        let known = ["summary", "description", "servers", "parameters"].contains(&member.as_str());
        if member == "$ref" {
            found.push(format!("{location}: a path item that is a `$ref`"));
        } else if !known && !member.starts_with("x-") && !METHODS.contains(&member.as_str()) {
            found.push(format!(
                "{location}.{member}: neither a method nor a member of a path item"
            ));
        }
    }
    found
}

fn request_body(document: &Value, operation: &Value, location: &str) -> Vec<String> {
    let Some(body) = operation.get("requestBody") else {
        return Vec::new();
    };
    let body = resolve(document, body);
    let location = format!("{location}, request body");
    let mut found = without_schema(body, &location);
    let media_types: Vec<_> = members(body.get("content"))
        .map(|(media_type, _)| media_type.as_str())
        .collect();
    if media_types.len() > 1 {
        found.push(format!(
            "{location}: several media types ({})",
            media_types.join(", ")
        ));
    }
    for media_type in media_types {
        if essence(media_type).starts_with("multipart/") {
            found.extend(several_parts(document, body, media_type, &location));
        } else if media_type.contains('*') {
            found.push(format!("{location}: media type {media_type}"));
        }
    }
    found
}

/// Returns why a body of several parts is not supported.
fn several_parts(
    document: &Value,
    body: &Value,
    media_type: &str,
    location: &str,
) -> Option<String> {
    match multipart(media_type) {
        None => return Some(format!("{location}: media type {media_type}")),
        Some(FORM_DATA) => return None,
        Some(_) => {}
    }
    let schema = body.pointer(&DocumentPath::of(&["content", media_type, "schema"]).pointer());
    let parts = schema.and_then(|schema| resolve(document, schema).get("properties"));
    let has_parts = members(parts).next().is_some();
    (!has_parts).then(|| format!("{location}: {media_type} without `properties`"))
}

fn responses(document: &Value, operation: &Value, location: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut successes = BTreeSet::new();
    let all: Vec<_> = members(operation.get("responses")).collect();
    if all.is_empty() {
        found.push(format!("{location}: no response"));
    }
    // A `default` in addition to a success is an error.
    let has_success = all.iter().any(|(status, _)| status.starts_with('2'));
    for (status, response) in all {
        let location = format!("{location}, response {status}");
        let response = resolve(document, response);
        found.extend(without_schema(response, &location));
        let body = members(response.get("content"))
            .find(|(media_type, media)| is_value(document, media_type, media))
            .and_then(|(_, media)| media.get("schema"))
            .map_or_else(|| "no body".to_owned(), Value::to_string);
        let digits = status.bytes().all(|letter| letter.is_ascii_digit());
        let range = matches!(status.as_str(), "1XX" | "2XX" | "3XX" | "4XX" | "5XX");
        match status.as_bytes() {
            b"default" if has_success => {}
            b"default" | [b'2', _, _] => drop(successes.insert(body)),
            [_, _, _] if digits || range => {}
            _ if status.starts_with("x-") => {}
            _ => found.push(format!(
                "{location}: neither a status, a range such as 4XX, nor `default`"
            )),
        }
    }
    if successes.len() > 1 {
        let bodies: Vec<_> = successes.into_iter().collect();
        found.push(format!(
            "{location}: success responses with different bodies ({})",
            bodies.join(" and ")
        ));
    }
    found
}

fn without_schema(body: &Value, location: &str) -> Vec<String> {
    members(body.get("content"))
        .filter(|(media_type, media)| {
            *media_type == "application/json" && media.get("schema").is_none()
        })
        .map(|_| format!("{location}: application/json without a schema"))
        .collect()
}
