//! Rewrites requests and responses into constructs that progenitor supports.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::{members_mut, operations_mut, text};
use crate::model::{
    Location, Parameter, PartContent, Request, braces, essence, event_data, is_value, listed,
    operations_with_requests, path_key,
};

/// Rewrites a document into the constructs that progenitor 0.15.1 supports: parameters
/// of single values in the operation itself, no cookies or parts, four media types of request
/// bodies, `application/json` responses.
pub(crate) fn prepare(document: &mut Value) {
    let whole = document.clone();
    let mut requests: BTreeMap<_, _> = operations_with_requests(&whole)
        .map(|(operation, request)| {
            let listed = listed(&whole, operation.item, operation.own);
            let at = (operation.path.to_owned(), operation.method.to_owned());
            (at, (request, listed))
        })
        .collect();
    for (path, method, operation) in operations_mut(document) {
        if let Some((request, listed)) = requests.remove(&(path, method)) {
            parameters(operation, &request, &listed);
            // The parts are parameters.
            if request.multipart.is_some()
                && let Some(operation) = operation.as_object_mut()
            {
                operation.remove("requestBody");
            }
        }
        event_stream(&whole, operation);
        if let Some(body) = operation.get_mut("requestBody") {
            request_body(&whole, body);
        }
        for (_, response) in members_mut(operation.get_mut("responses")) {
            response_body(&whole, response);
        }
        remove_extensions(operation);
    }
    paths(document);
}

/// Removes the extensions of Dropshot, of which progenitor makes websockets and pages whose
/// requests would bypass the client's runtime.
fn remove_extensions(operation: &mut Value) {
    if let Some(operation) = operation.as_object_mut() {
        operation.retain(|name, _| !name.starts_with("x-dropshot-"));
    }
}

/// Removes the parameters of paths, which the operations have already, and renames the
/// parameters in the paths to their keys.
fn paths(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let renamed = std::mem::take(paths)
        .into_iter()
        .map(|(mut path, mut item)| {
            if let Some(item) = item.as_object_mut() {
                item.remove("parameters");
            }
            let names: Vec<_> = braces(&path).map(str::to_owned).collect();
            for name in names {
                path = path.replace(&format!("{{{name}}}"), &format!("{{{}}}", path_key(&name)));
            }
            (path, item)
        });
    *paths = renamed.collect();
}

fn parameters(operation: &mut Value, request: &Request, listed: &[&Value]) {
    let all = listed.iter().zip(&request.parameters);
    let listed = all.map(|(described, parameter)| plain(described, parameter));
    let parts = request.parameters.iter().filter_map(part);
    let all: Vec<_> = listed.chain(parts).collect();
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("parameters");
        if !all.is_empty() {
            operation.insert("parameters".to_owned(), all.into());
        }
    }
}

/// Returns a parameter with a schema, under its key, without what progenitor rejects or ignores.
fn plain(described: &Value, parameter: &Parameter) -> Value {
    let mut members = described.as_object().cloned().unwrap_or_default();
    for name in ["style", "explode", "allowReserved"] {
        members.remove(name);
    }
    if let Some(content) = members.remove("content") {
        let media = content.as_object().and_then(|types| types.values().next());
        let schema = media.and_then(|media| media.get("schema"));
        let schema = schema.cloned().unwrap_or_else(|| json!({}));
        members.insert("schema".to_owned(), schema);
    }
    if parameter.location == Location::Cookie {
        members.insert("in".to_owned(), "header".into());
    }
    members.insert("name".to_owned(), parameter.key.clone().into());
    members.into()
}

/// Returns a part of the body as a parameter that progenitor makes a type for: a required list
/// of values, because progenitor panics on a parameter that is an object.
fn part(parameter: &Parameter) -> Option<Value> {
    let part = parameter.part.as_ref()?;
    let schema = match part.content {
        PartContent::File | PartContent::Files => json!({"type": "string"}),
        PartContent::Value | PartContent::Json => part.schema.clone(),
    };
    Some(json!({
        "in": "query",
        "name": parameter.key,
        "required": true,
        "schema": {"type": "array", "items": schema},
    }))
}

fn content(value: &mut Value) -> Option<&mut Map<String, Value>> {
    value.get_mut("content").and_then(Value::as_object_mut)
}

fn request_body(document: &Value, body: &mut Value) {
    let Some(content) = content(body) else {
        return;
    };
    // Several media types are rejected by `unsupported`.
    if content.len() != 1 {
        return;
    }
    let Some((media_type, mut media)) = std::mem::take(content).into_iter().next() else {
        return;
    };
    if let Some(media) = media.as_object_mut() {
        media.remove("encoding");
    }
    let known = match essence(&media_type).as_str() {
        _ if is_value(document, &media_type, &media) => "application/json".to_owned(),
        "application/x-www-form-urlencoded" | "text/plain" | "text/x-markdown" => media_type,
        _ => {
            media = json!({"schema": {"type": "string", "format": "binary"}});
            "application/octet-stream".to_owned()
        }
    };
    content.insert(known, media);
}

/// Replaces the successes of an operation with an event stream by the data of one event, whose
/// type progenitor then makes.
fn event_stream(document: &Value, operation: &mut Value) {
    let Some(data) = event_data(document, operation).cloned() else {
        return;
    };
    for (_, response) in
        members_mut(operation.get_mut("responses")).filter(|(status, _)| status.starts_with('2'))
    {
        *response = json!({
            "description": text(response, "description"),
            "content": {"application/json": {"schema": data}},
        });
    }
}

fn response_body(document: &Value, response: &mut Value) {
    let Some(content) = content(response) else {
        return;
    };
    if content.contains_key("application/json") {
        return;
    }
    let mut values = content.iter();
    let value = values.find(|(media_type, media)| is_value(document, media_type, media));
    if let Some(media) = value.map(|(_, media)| media.clone()) {
        content.clear();
        content.insert("application/json".to_owned(), media);
    }
}
