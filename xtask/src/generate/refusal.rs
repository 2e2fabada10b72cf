//! Constructs that the generator cannot take, told in the words of the
//! document instead of the generator's assertion; and those that it takes but
//! gets wrong on the wire. The measured list is progenitor 0.15.1's.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use super::document::{members, operations, resolve};

/// Fails with every construct of the document that cannot be generated.
pub(crate) fn check(document: &Value) -> Result<()> {
    let mut refused = Vec::new();
    for (path, item) in members(document.get("paths")) {
        if item.get("$ref").is_some() {
            refused.push(format!("paths.{path}: a path item that is a `$ref`"));
        }
        refused.extend(parameters(document, item, &format!("paths.{path}")));
    }
    for (place, operation) in operations(document) {
        refused.extend(parameters(document, operation, &place));
        refused.extend(request_body(document, operation, &place));
        refused.extend(responses(document, operation, &place));
    }
    if refused.is_empty() {
        return Ok(());
    }
    bail!(
        "the generator cannot take:\n  {}\nChange the document so that it says the same without them.",
        refused.join("\n  ")
    )
}

fn parameters(document: &Value, owner: &Value, place: &str) -> Vec<String> {
    let listed = owner.get("parameters").and_then(Value::as_array);
    let mut refused = Vec::new();
    for parameter in listed.into_iter().flatten() {
        let parameter = resolve(document, parameter);
        let text = |name| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = text("name");
        let schema = parameter
            .get("schema")
            .map(|schema| resolve(document, schema));
        let is_array = schema.is_some_and(|schema| schema.get("type") == Some(&"array".into()));
        let mut refuse = |what: &str| refused.push(format!("{place}, parameter `{name}`: {what}"));
        match text("in") {
            "cookie" => refuse("a cookie parameter"),
            "header" if is_array => refuse("a header that is an array"),
            "query" if is_array && parameter.get("explode") == Some(&false.into()) => {
                refuse("`explode: false` (it would be sent exploded)");
            }
            "query" if is_array => refuse("an array in the query"),
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

fn request_body(document: &Value, operation: &Value, place: &str) -> Vec<String> {
    let Some(body) = operation.get("requestBody") else {
        return Vec::new();
    };
    let body = resolve(document, body);
    let place = format!("{place}, request body");
    let mut refused = media(body, &place);
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
        let taken = matches!(
            kind,
            "application/json" | "application/octet-stream" | "application/x-www-form-urlencoded"
        ) || kind.starts_with("text/plain")
            || kind.starts_with("text/x-markdown");
        if !taken {
            refused.push(format!("{place}: media type {kind}"));
        }
    }
    refused
}

fn responses(document: &Value, operation: &Value, place: &str) -> Vec<String> {
    let mut refused = Vec::new();
    let mut successes = BTreeSet::new();
    let mut errors = BTreeSet::new();
    for (status, response) in members(operation.get("responses")) {
        let response = resolve(document, response);
        refused.extend(media(response, &format!("{place}, response {status}")));
        let body = response
            .pointer("/content/application~1json/schema")
            .map_or_else(|| "no body".to_owned(), Value::to_string);
        if status.starts_with('2') || status == "default" {
            successes.insert(body.clone());
        }
        if !status.starts_with('2') {
            errors.insert(body);
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

fn media(body: &Value, place: &str) -> Vec<String> {
    members(body.get("content"))
        .filter(|(kind, media)| *kind == "application/json" && media.get("schema").is_none())
        .map(|_| format!("{place}: application/json without a schema"))
        .collect()
}
