//! Constructs of a document that are not supported, reported in the document's terms
//! instead of progenitor's assertions. Measured with progenitor 0.15.1. A client without
//! mocks and commands supports more, because its requests are written by `builders`.

mod names;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::Outputs;
use crate::document::references::payloads;
use crate::document::{METHODS, members, operations, resolve, text};
use crate::error::{DocumentPath, Error, Result};
use crate::model::{essence, is_json, listed, multipart};

/// Fails with every construct of the document that is not supported in `outputs`.
pub(crate) fn check(document: &Value, outputs: &Outputs) -> Result<()> {
    let unsupported = all(document, outputs);
    if unsupported.is_empty() {
        return Ok(());
    }
    let list = unsupported.join("\n  ");
    let error = Error::new(format_args!("not supported by the generator:\n  {list}"));
    Err(error.with_help("change the document so that it describes the API without them"))
}

/// Returns every such construct with its location.
pub(crate) fn all(document: &Value, outputs: &Outputs) -> Vec<String> {
    let is_client_only = outputs.mocks.is_none() && outputs.commands.is_none();
    let mut found = Vec::new();
    // The types of webhooks are of use without a request.
    let has_webhooks = is_client_only && payloads(document).next().is_some();
    if operations(document).next().is_none() && !has_webhooks {
        found.push("paths: no operation".to_owned());
    }
    let paths = members(document.get("paths"));
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        let location = format!("paths.{path}");
        found.extend(path_item(path, item, &location));
        if outputs.mocks.is_some() && path.contains('?') {
            found.push(format!("{location}: a query in the path, in mocks"));
        }
    }
    for operation in operations(document) {
        let location = operation.location().to_string();
        if !is_client_only {
            let listed = listed(document, operation.item, operation.own);
            found.extend(parameters(document, &listed, &location));
        }
        let operation = operation.own;
        found.extend(request_body(document, operation, &location, is_client_only));
        found.extend(responses(document, operation, &location, is_client_only));
    }
    found.extend(names::check(document, outputs.commands.is_some()));
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

fn parameters(document: &Value, listed: &[&Value], location: &str) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in listed {
        let (name, sent_in) = (text(parameter, "name"), text(parameter, "in"));
        let ty = parameter
            .get("schema")
            .map_or("", |schema| type_of(document, schema));
        let mut report = |what: &str| found.push(format!("{location}, parameter `{name}`: {what}"));
        match (sent_in, ty) {
            ("cookie", _) => report("a cookie parameter"),
            ("query", "array") if parameter.get("explode") == Some(&false.into()) => {
                report("`explode: false` (it would be sent exploded)");
            }
            ("query" | "path" | "header", "array" | "object") => {
                report(&format!("an {ty} in the {sent_in}"));
            }
            _ => {}
        }
        let style = text(parameter, "style");
        if matches!(style, "deepObject" | "pipeDelimited" | "spaceDelimited") {
            report(&format!("style {style}"));
        }
        if parameter.get("content").is_some() {
            report("`content` instead of a schema");
        }
    }
    found
}

/// Returns the type of a schema, through `$ref` and an `allOf` of one.
fn type_of<'a>(document: &'a Value, schema: &'a Value) -> &'a str {
    let schema = resolve(document, schema);
    if let Some([only]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        return type_of(document, only);
    }
    text(schema, "type")
}

fn request_body(
    document: &Value,
    operation: &Value,
    location: &str,
    is_client_only: bool,
) -> Vec<String> {
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
        let is_supported = [
            "application/json",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
        ]
        .contains(&media_type)
            || media_type.starts_with("text/plain")
            || media_type.starts_with("text/x-markdown");
        if essence(media_type).starts_with("multipart/") && is_client_only {
            found.extend(several_parts(document, body, media_type, &location));
            continue;
        }
        // A client sends any other one as JSON or as bytes.
        let has_one_name = !media_type.contains('*');
        if !(is_supported || is_client_only && has_one_name) {
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
    if multipart(media_type).is_none() {
        return Some(format!("{location}: media type {media_type}"));
    }
    let schema = body.pointer(&DocumentPath::of(&["content", media_type, "schema"]).pointer());
    let parts = schema.and_then(|schema| resolve(document, schema).get("properties"));
    let has_parts = members(parts).next().is_some();
    (!has_parts).then(|| format!("{location}: {media_type} without `properties`"))
}

fn responses(
    document: &Value,
    operation: &Value,
    location: &str,
    is_client_only: bool,
) -> Vec<String> {
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
        let mut content = members(response.get("content")).peekable();
        let is_read = |media_type: &str| is_client_only || media_type == "application/json";
        if content.peek().is_some() && !content.any(|(media_type, _)| is_read(media_type)) {
            found.push(format!("{location}: a body that is not application/json"));
        }
        let body = members(response.get("content"))
            .find(|(media_type, _)| is_json(media_type))
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
