//! Says a document's requests and answers in what the generator knows.

use serde_json::{Map, Value, json};

use super::{Wire, braces, essence, is_json, path_key};
use crate::generate::document::{members_mut, operations_mut, text};

/// The generator knows one style of parameters, no cookies, no parameters that
/// are JSON, four media types of bodies and one of answers: everything else is
/// said as one of them, and [`restore`](super::restore)d in what it makes.
pub(crate) fn prepare(document: &mut Value) {
    let whole = document.clone();
    for (path, _, operation) in operations_mut(document) {
        let wire = Wire::of(&whole, &path, operation);
        parameters(operation, &wire);
        if let Some(body) = operation.get_mut("requestBody") {
            request(body);
        }
        for (_, response) in members_mut(operation.get_mut("responses")) {
            answer(response);
        }
    }
    paths(document);
}

/// What is named after something that the generated code needs for itself gets its
/// other name wherever the path's parameters are told.
fn paths(document: &mut Value) {
    let shared = document.pointer_mut("/components/parameters");
    for (_, parameter) in members_mut(shared) {
        in_path(parameter);
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let renamed = std::mem::take(paths)
        .into_iter()
        .map(|(mut path, mut item)| {
            let listed = item.get_mut("parameters").and_then(Value::as_array_mut);
            listed.into_iter().flatten().for_each(in_path);
            let names: Vec<_> = braces(&path).map(str::to_owned).collect();
            for name in names {
                path = path.replace(&format!("{{{name}}}"), &format!("{{{}}}", path_key(&name)));
            }
            (path, item)
        });
    *paths = renamed.collect();
}

fn in_path(parameter: &mut Value) {
    if text(parameter, "in") == "path" {
        let key = path_key(text(parameter, "name"));
        if let Some(members) = parameter.as_object_mut() {
            members.insert("name".to_owned(), key.into());
        }
    }
}

fn parameters(operation: &mut Value, wire: &Wire) {
    let listed = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    let inline = listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .filter(|parameter| !parameter.contains_key("$ref"));
    for (parameter, sent) in inline.zip(&wire.parameters) {
        for name in ["style", "explode", "allowReserved"] {
            parameter.remove(name);
        }
        if let Some(content) = parameter.remove("content") {
            let media = content.as_object().and_then(|kinds| kinds.values().next());
            let schema = media.and_then(|media| media.get("schema"));
            let schema = schema.cloned().unwrap_or_else(|| json!({}));
            parameter.insert("schema".to_owned(), schema);
        }
        if sent.place == "cookie" {
            parameter.insert("in".to_owned(), "header".into());
        }
        parameter.insert("name".to_owned(), sent.key.clone().into());
    }
}

fn content(value: &mut Value) -> Option<&mut Map<String, Value>> {
    value.get_mut("content").and_then(Value::as_object_mut)
}

fn request(body: &mut Value) {
    let Some(content) = content(body) else {
        return;
    };
    // Several are refused elsewhere.
    if content.len() != 1 {
        return;
    }
    let Some((kind, mut media)) = std::mem::take(content).into_iter().next() else {
        return;
    };
    if let Some(media) = media.as_object_mut() {
        media.remove("encoding");
    }
    let known = match essence(&kind).as_str() {
        _ if is_json(&kind) => "application/json".to_owned(),
        // The last one is told as what it is.
        "application/x-www-form-urlencoded"
        | "text/plain"
        | "text/x-markdown"
        | "multipart/form-data" => kind,
        _ => {
            media = json!({"schema": {"type": "string", "format": "binary"}});
            "application/octet-stream".to_owned()
        }
    };
    content.insert(known, media);
}

fn answer(response: &mut Value) {
    let Some(content) = content(response) else {
        return;
    };
    if content.contains_key("application/json") {
        return;
    }
    let json = content.keys().find(|kind| is_json(kind)).cloned();
    if let Some(media) = json.and_then(|kind| content.remove(&kind)) {
        content.clear();
        content.insert("application/json".to_owned(), media);
    }
}
