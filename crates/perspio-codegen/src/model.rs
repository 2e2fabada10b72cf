//! The model of an API: its operations with their parameters, bodies and responses, as the
//! document encodes them.

mod media;
mod names;
mod parameters;
mod security;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Operation, members, operations, resolve, text, without_fragment};

pub use media::{essence, is_json};
pub use names::{builder_name, method_name};
pub use parameters::{Location, Parameter, braces, listed, path_key};
pub use security::{SecurityScheme, security};

/// The request of one operation, and its documentation.
#[derive(Debug)]
pub struct Request {
    /// The name of the client's method.
    pub name: String,
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path, without a fragment.
    pub path: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// The media types of JSON that the responses have, those of successes first.
    pub json: Vec<String>,
    pub documentation: Documentation,
}

/// The body of a request.
#[derive(Debug)]
pub struct Body {
    pub media_type: String,
    pub is_optional: bool,
    pub description: String,
    /// Name, style and explode of the members of a form that have an encoding.
    pub styles: Vec<(String, String, bool)>,
}

/// The documentation of an operation.
#[derive(Debug)]
pub struct Documentation {
    pub summary: String,
    pub description: String,
    /// `x-source`.
    pub provenance: String,
    pub is_deprecated: bool,
    /// The documented statuses of errors: `404`, `5XX`, `default`.
    pub errors: Vec<String>,
}

/// Returns the requests of a document, by the names of their methods.
pub fn requests(document: &Value) -> BTreeMap<String, Request> {
    operations(document)
        .filter(|operation| !operation.id().is_empty())
        .map(|operation| {
            let request = Request::of(document, &operation);
            (request.name.clone(), request)
        })
        .collect()
}

impl Request {
    pub fn of(document: &Value, operation: &Operation<'_>) -> Self {
        let own = operation.own;
        let body = own.get("requestBody").map(|body| resolve(document, body));
        Self {
            name: method_name(operation.id()),
            method: operation.method.to_uppercase(),
            path: without_fragment(operation.path).to_owned(),
            parameters: parameters::of(document, operation.item, own),
            body: body.and_then(Body::of),
            json: json_types(document, own),
            documentation: Documentation::of(own),
        }
    }
}

impl Body {
    fn of(body: &Value) -> Option<Self> {
        let (media_type, media) = members(body.get("content")).next()?;
        let mut styles = Vec::new();
        for (member, encoding) in members(media.get("encoding")) {
            let style = text(encoding, "style");
            let explode = encoding.get("explode").and_then(Value::as_bool);
            if !style.is_empty() || explode.is_some() {
                let style = if style.is_empty() { "form" } else { style };
                let explode = explode.unwrap_or(style == "form");
                styles.push((member.clone(), style.to_owned(), explode));
            } else if is_json(text(encoding, "contentType")) {
                styles.push((member.clone(), "json".to_owned(), true));
            }
        }
        Some(Self {
            media_type: media_type.clone(),
            is_optional: body.get("required") != Some(&true.into()),
            description: text(body, "description").to_owned(),
            styles,
        })
    }
}

impl Documentation {
    fn of(operation: &Value) -> Self {
        let is_error = |status: &str| status.starts_with(['4', '5']) || status == "default";
        let statuses = members(operation.get("responses")).map(|(status, _)| status);
        Self {
            summary: text(operation, "summary").to_owned(),
            description: text(operation, "description").to_owned(),
            provenance: text(operation, "x-source").to_owned(),
            is_deprecated: operation.get("deprecated") == Some(&true.into()),
            errors: statuses.filter(|it| is_error(it)).cloned().collect(),
        }
    }
}

fn json_types(document: &Value, operation: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for of_success in [true, false] {
        for (status, response) in members(operation.get("responses")) {
            if status.starts_with('2') != of_success {
                continue;
            }
            for (media_type, _) in members(resolve(document, response).get("content")) {
                if is_json(media_type) && !found.contains(media_type) {
                    found.push(media_type.clone());
                }
            }
        }
    }
    found
}
