//! Operations that mocks or commands cannot express, which progenitor makes. The client has
//! them, because its requests are written by `builders`.

use serde_json::Value;

use super::names;
use crate::document::{METHODS, Operation, members, resolve, text};
use crate::model::{essence, listed, operations_with_requests};

/// An output that may have some of the operations only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::generate) enum Limited {
    Mocks,
    Commands,
}

/// Removes the operations from a document that an output cannot express. Returns a line with the
/// reason for each of them.
pub(in crate::generate) fn omit(document: &mut Value, output: Limited) -> Vec<String> {
    let mut lines = Vec::new();
    let mut omitted = Vec::new();
    for (operation, request) in operations_with_requests(document) {
        let mut reasons = reasons(document, &operation, output);
        if output == Limited::Commands {
            reasons.extend(names::of_command(document, &operation, &request));
        }
        if !reasons.is_empty() {
            let (name, reasons) = (operation.id(), reasons.join(", "));
            lines.push(format!("{name} is left out of the {output}: {reasons}"));
            omitted.push((operation.path.to_owned(), operation.method.to_owned()));
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            item.retain(|method, _| {
                let is_operation = METHODS.contains(&method.as_str());
                !is_operation || !omitted.contains(&(path.clone(), method.clone()))
            });
        }
    }
    lines
}

impl std::fmt::Display for Limited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mocks => "mocks",
            Self::Commands => "commands",
        })
    }
}

fn reasons(document: &Value, operation: &Operation<'_>, output: Limited) -> Vec<String> {
    let mut found = Vec::new();
    if output == Limited::Mocks && operation.path.contains(['?', '#']) {
        found.push("a query or a fragment in the path".to_owned());
    }
    found.extend(parameters(document, operation));
    let body = operation.own.get("requestBody");
    let content = body.and_then(|body| resolve(document, body).get("content"));
    for (media_type, _) in members(content) {
        let is_known = matches!(
            essence(media_type).as_str(),
            "application/json"
                | "application/octet-stream"
                | "application/x-www-form-urlencoded"
                | "text/plain"
                | "text/x-markdown"
        );
        if !is_known {
            found.push(format!("a request body of {media_type}"));
        }
    }
    for (status, response) in members(operation.own.get("responses")) {
        let content = resolve(document, response).get("content");
        let mut types = members(content).peekable();
        let has_body = types.peek().is_some();
        if has_body && !types.any(|(media_type, _)| media_type == "application/json") {
            found.push(format!("response {status} is not application/json"));
        }
    }
    found
}

/// Returns the parameters whose values progenitor cannot encode.
fn parameters(document: &Value, operation: &Operation<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in listed(document, operation.item, operation.own) {
        let (name, sent_in) = (text(parameter, "name"), text(parameter, "in"));
        let ty = parameter
            .get("schema")
            .map_or("", |schema| type_of(document, schema));
        let mut report = |what: &str| found.push(format!("parameter `{name}`: {what}"));
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
