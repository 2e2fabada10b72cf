//! Constructs that the generator cannot take, told in the words of the
//! document instead of the generator's assertion; and those that it takes but
//! gets wrong in the outputs. Measured on progenitor 0.15.1. A client without
//! mocks and commands takes more: `wire` mends what the generator makes of it.

mod names;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use super::document::{METHODS, members, operations, resolve};
use super::encoding::{essence, is_json};
use crate::clients::Outputs;

/// Fails with every construct of the document of which `outputs` cannot be made.
pub(crate) fn check(document: &Value, outputs: &Outputs) -> Result<()> {
    let refused = all(document, outputs);
    if refused.is_empty() {
        return Ok(());
    }
    bail!(
        "the generator cannot take:\n  {}\nChange the document so that it says the same without them.",
        refused.join("\n  ")
    )
}

/// Every such construct with its place.
pub(crate) fn all(document: &Value, outputs: &Outputs) -> Vec<String> {
    let is_client_only = outputs.mocks.is_none() && outputs.commands.is_none();
    let mut refused = Vec::new();
    if operations(document).next().is_none() {
        refused.push("paths: no operation".to_owned());
    }
    let paths = members(document.get("paths"));
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
        let place = format!("paths.{path}");
        refused.extend(path_item(path, item, &place));
        refused.extend(parameters(document, item, &place));
    }
    for operation in operations(document) {
        let (place, operation) = (operation.place(), operation.own);
        if !is_client_only {
            refused.extend(parameters(document, operation, &place));
        }
        refused.extend(request_body(document, operation, &place, is_client_only));
        refused.extend(responses(document, operation, &place, is_client_only));
    }
    refused.extend(names::check(document, outputs.commands.is_some()));
    refused
}

fn path_item(path: &str, item: &Value, place: &str) -> Vec<String> {
    let mut refused = Vec::new();
    if !path.starts_with('/') {
        refused.push(format!("{place}: a path that does not begin with a slash"));
    }
    for (member, _) in members(Some(item)) {
        let known = ["summary", "description", "servers", "parameters"].contains(&member.as_str());
        if member == "$ref" {
            refused.push(format!("{place}: a path item that is a `$ref`"));
        } else if !known && !member.starts_with("x-") && !METHODS.contains(&member.as_str()) {
            refused.push(format!(
                "{place}.{member}: neither a method nor a member of a path item"
            ));
        }
    }
    refused
}

/// The parameters that stand in `owner`, a path item or an operation.
pub(super) fn listed<'a>(document: &'a Value, owner: &'a Value) -> impl Iterator<Item = &'a Value> {
    let listed = owner.get("parameters").and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .map(|parameter| resolve(document, parameter))
}

fn parameters(document: &Value, owner: &Value, place: &str) -> Vec<String> {
    let mut refused = Vec::new();
    for parameter in listed(document, owner) {
        let text = |name| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (name, kind) = (text("name"), text("in"));
        let kind_of_schema = parameter
            .get("schema")
            .map_or("", |schema| type_of(document, schema));
        let mut refuse = |what: &str| refused.push(format!("{place}, parameter `{name}`: {what}"));
        match (kind, kind_of_schema) {
            ("cookie", _) => refuse("a cookie parameter"),
            ("query", "array") if parameter.get("explode") == Some(&false.into()) => {
                refuse("`explode: false` (it would be sent exploded)");
            }
            ("query" | "path" | "header", "array" | "object") => {
                refuse(&format!("an {kind_of_schema} in the {kind}"));
            }
            _ => {}
        }
        if matches!(
            text("style"),
            "deepObject" | "pipeDelimited" | "spaceDelimited"
        ) {
            refuse(&format!("style {}", text("style")));
        }
        if parameter.get("content").is_some() {
            refuse("`content` instead of a schema");
        }
    }
    refused
}

/// The type of a schema, through `$ref` and an `allOf` of one.
fn type_of<'a>(document: &'a Value, schema: &'a Value) -> &'a str {
    let schema = resolve(document, schema);
    if let Some([only]) = schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        return type_of(document, only);
    }
    schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn request_body(
    document: &Value,
    operation: &Value,
    place: &str,
    is_client_only: bool,
) -> Vec<String> {
    let Some(body) = operation.get("requestBody") else {
        return Vec::new();
    };
    let body = resolve(document, body);
    let place = format!("{place}, request body");
    let mut refused = without_schema(body, &place);
    let kinds: Vec<_> = members(body.get("content"))
        .map(|(kind, _)| kind.as_str())
        .collect();
    if kinds.len() > 1 {
        refused.push(format!(
            "{place}: several media types ({})",
            kinds.join(", ")
        ));
    }
    for kind in kinds {
        let taken = [
            "application/json",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
        ]
        .contains(&kind)
            || kind.starts_with("text/plain")
            || kind.starts_with("text/x-markdown");
        // Any other can be sent as JSON or as bytes.
        let has_one_name = !kind.contains('*') && !essence(kind).starts_with("multipart/");
        if !(taken || is_client_only && has_one_name) {
            refused.push(format!("{place}: media type {kind}"));
        }
    }
    refused
}

fn responses(
    document: &Value,
    operation: &Value,
    place: &str,
    is_client_only: bool,
) -> Vec<String> {
    let mut refused = Vec::new();
    let mut successes = BTreeSet::new();
    let mut errors = BTreeSet::new();
    let all: Vec<_> = members(operation.get("responses")).collect();
    if all.is_empty() {
        refused.push(format!("{place}: no response"));
    }
    // A `default` beside all of 2XX can only be an error.
    let successes_are_all = all.iter().any(|(status, _)| *status == "2XX");
    for (status, response) in all {
        let place = format!("{place}, response {status}");
        let response = resolve(document, response);
        refused.extend(without_schema(response, &place));
        let mut kinds = members(response.get("content")).peekable();
        let is_read = |kind: &str| is_client_only || kind == "application/json";
        if kinds.peek().is_some() && !kinds.any(|(kind, _)| is_read(kind)) {
            refused.push(format!("{place}: a body that is not application/json"));
        }
        let body = members(response.get("content"))
            .find(|(kind, _)| is_json(kind))
            .and_then(|(_, media)| media.get("schema"))
            .map_or_else(|| "no body".to_owned(), Value::to_string);
        let digits = status.bytes().all(|letter| letter.is_ascii_digit());
        let range = matches!(status.as_str(), "1XX" | "2XX" | "3XX" | "4XX" | "5XX");
        match status.as_bytes() {
            b"default" => {
                errors.insert(body.clone());
                if !successes_are_all {
                    successes.insert(body);
                }
            }
            [first, _, _] if digits || range => match first {
                b'2' => drop(successes.insert(body)),
                b'4' | b'5' => drop(errors.insert(body)),
                _ => {}
            },
            _ if status.starts_with("x-") => {}
            _ => refused.push(format!(
                "{place}: neither a status, a range such as 4XX, nor `default`"
            )),
        }
    }
    for (kind, bodies) in [("success", successes), ("error", errors)] {
        if bodies.len() > 1 {
            let bodies: Vec<_> = bodies.into_iter().collect();
            refused.push(format!(
                "{place}: {kind} responses with different bodies ({})",
                bodies.join(" and ")
            ));
        }
    }
    refused
}

fn without_schema(body: &Value, place: &str) -> Vec<String> {
    members(body.get("content"))
        .filter(|(kind, media)| *kind == "application/json" && media.get("schema").is_none())
        .map(|_| format!("{place}: application/json without a schema"))
        .collect()
}
