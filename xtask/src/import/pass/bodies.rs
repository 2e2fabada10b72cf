//! Bodies of requests and responses, of which the generator takes one type each.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::import::walk::{self, describe, operation_place, text};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const BYTES: &str = "application/octet-stream";

/// Whether a media type is JSON, by its own name or a vendor's.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == JSON || kind == "text/json" || kind.ends_with("+json")
}

/// The generator panics at two media types and fails at most: one is kept, JSON
/// before a form before bytes before text. A body that cannot be carried takes
/// its operation along; `client.request` sends it.
pub(crate) fn requests(document: &mut Value, notes: &mut Notes) {
    let whole = document.clone();
    let mut out = Vec::new();
    for (path, method, operation) in walk::operations(document) {
        let place = operation_place(&path, &method);
        let Some(body) = operation.get_mut("requestBody") else {
            continue;
        };
        let content = body
            .get("content")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let Some((kind, mut schema)) = request_kind(&content) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            if kinds.is_empty() {
                operation
                    .as_object_mut()
                    .map(|members| members.remove("requestBody"));
                continue;
            }
            out.push((path, method, format!("a body of {}", kinds.join(", "))));
            continue;
        };
        if content.len() > 1 {
            notes.changed(
                &place,
                format!("the body is {kind}, one of {} media types", content.len()),
            );
        }
        if kind == FORM
            && let Err(cause) = form(&whole, &mut schema, &place, notes)
        {
            out.push((path, method, cause));
            continue;
        }
        if body.get("required") != Some(&true.into()) {
            notes.changed(&place, "the body is optional: the client asks for one");
        }
        let description = body.get("description").cloned();
        *body = json!({"required": true, "content": {kind: {"schema": schema}}});
        if let (Some(text), Some(members)) = (description, body.as_object_mut()) {
            members.insert("description".to_owned(), text);
        }
    }
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

fn request_kind(content: &Map<String, Value>) -> Option<(&'static str, Value)> {
    let of = |media: &Value| media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let plain = |kind: &str| kind.split(';').next().unwrap_or_default().trim() == JSON;
    // Another JSON would go out under a name that the document does not know.
    if let Some((_, media)) = content.iter().find(|(kind, _)| plain(kind)) {
        return Some((JSON, of(media)));
    }
    let named = |wanted: &str| {
        content
            .iter()
            .find(|(kind, _)| kind.split(';').next() == Some(wanted))
    };
    if let Some((_, media)) = named(FORM) {
        return Some((FORM, of(media)));
    }
    if named(BYTES).is_some() {
        return Some((BYTES, json!({"type": "string", "format": "binary"})));
    }
    if named("text/plain").is_some() {
        return Some(("text/plain", json!({"type": "string"})));
    }
    named("*/*").map(|(_, media)| (JSON, of(media)))
}

/// A form is written by `serde_urlencoded`, which fails at lists and objects.
fn form(whole: &Value, schema: &mut Value, place: &str, notes: &mut Notes) -> Result<(), String> {
    let mut own = crate::generate::resolve(whole, schema).clone();
    let required: Vec<_> = walk::items(own.get("required"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let Some(members) = own.get_mut("properties").and_then(Value::as_object_mut) else {
        return Ok(());
    };
    let mut gone = Vec::new();
    for (name, member) in members.iter() {
        let kind = text(crate::generate::resolve(whole, member), "type");
        if matches!(kind, "array" | "object") {
            if required.contains(name) {
                return Err(format!("its form needs `{name}`, a list or an object"));
            }
            gone.push(name.clone());
        }
    }
    for name in &gone {
        members.remove(name);
        notes.left_out(
            format!("{place}, form member `{name}`"),
            "a list or an object in a form",
        );
    }
    if !gone.is_empty() {
        *schema = own;
    }
    Ok(())
}

/// The generator panics unless all successes have one type, and all errors.
/// A `default` counts as both, unless 2XX stands beside it.
pub(crate) fn responses(document: &mut Value, notes: &mut Notes) {
    let mut hoisted = Map::new();
    for (path, method, operation) in walk::operations(document) {
        let place = operation_place(&path, &method);
        let Some(members) = operation.as_object_mut() else {
            continue;
        };
        let before = members.remove("responses");
        let mut all = Map::new();
        for (status, response) in before
            .as_ref()
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let status = status.to_uppercase().replace("DEFAULT", "default");
            let known = status == "default"
                || (status.len() == 3
                    && status.starts_with(|first: char| ('1'..='5').contains(&first))
                    && (status.ends_with("XX")
                        || status.bytes().all(|letter| letter.is_ascii_digit())));
            if known {
                all.insert(status, plain(response));
            } else if !status.starts_with("X-") {
                notes.left_out(format!("{place}, response {status}"), "no status");
            }
        }
        let first_is = |status: &str, firsts: &[char]| status.starts_with(firsts);
        if !all.keys().any(|status| first_is(status, &['2'])) {
            // A default alone is the success, too.
            let body = all.get("default").cloned();
            let body = body.unwrap_or_else(|| json!({"description": "Not described.", "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}));
            all.insert("2XX".to_owned(), body);
        }
        if all.contains_key("default") && !all.contains_key("2XX") {
            // 2XX says that the default is for errors.
            let success = all
                .iter()
                .find(|(status, _)| first_is(status, &['2']))
                .map(|(_, response)| response.clone());
            all.extend(success.map(|response| ("2XX".to_owned(), response)));
        }
        one_type(
            &mut all,
            |status| status.starts_with('2'),
            "successes",
            &place,
            notes,
        );
        one_type(
            &mut all,
            |status| status.starts_with(['4', '5']) || status == "default",
            "errors",
            &place,
            notes,
        );
        last_success_is_2xx(&mut all);
        let id = members
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_pascal_case();
        hoist(
            &mut all,
            |status| status.starts_with('2'),
            &format!("{id}Success"),
            &mut hoisted,
        );
        hoist(
            &mut all,
            |status| status.starts_with(['4', '5']) || status == "default",
            &format!("{id}Failure"),
            &mut hoisted,
        );
        members.insert("responses".to_owned(), all.into());
    }
    if hoisted.is_empty() {
        return;
    }
    if let Some(document) = document.as_object_mut() {
        let components = document.entry("components").or_insert_with(|| json!({}));
        if let Some(components) = components.as_object_mut()
            && let Some(schemas) = components
                .entry("schemas")
                .or_insert_with(|| json!({}))
                .as_object_mut()
        {
            for (name, schema) in hoisted {
                schemas.entry(name).or_insert(schema);
            }
        }
    }
}

/// The generator sees that a `default` is for errors only where 2XX is the last
/// success before it, and it takes 2XX for 200: codes behind that become prose.
fn last_success_is_2xx(all: &mut Map<String, Value>) {
    if !(all.contains_key("2XX") && all.contains_key("default")) {
        return;
    }
    let is_behind =
        |status: &String| status.starts_with('2') && !["200", "2XX"].contains(&status.as_str());
    let behind: Vec<_> = all
        .keys()
        .filter(|status| is_behind(status))
        .cloned()
        .collect();
    for status in behind {
        let description = all.remove(&status);
        let description = description
            .as_ref()
            .map_or("", |response| walk::text(response, "description"));
        if let Some(range) = all.get_mut("2XX") {
            describe(range, &format!("{status}: {description}"));
        }
    }
}

/// Each schema in place is a type of its own for the generator, even if two
/// are the same: they become one component.
fn hoist(
    all: &mut Map<String, Value>,
    of: impl Fn(&str) -> bool,
    name: &str,
    hoisted: &mut Map<String, Value>,
) {
    let several = all.keys().filter(|status| of(status)).count() > 1;
    for (_, response) in all.iter_mut().filter(|(status, _)| several && of(status)) {
        if let Some(schema) = response.pointer_mut("/content/application~1json/schema")
            && walk::reference(schema).is_none()
            && *schema != json!({})
        {
            let reference = json!({"$ref": format!("#/components/schemas/{name}")});
            hoisted.insert(name.to_owned(), std::mem::replace(schema, reference));
        }
    }
}

/// A response with the one body that is read, if it has any.
fn plain(response: &Value) -> Value {
    let description = response
        .get("description")
        .cloned()
        .unwrap_or_else(|| "Not described.".into());
    let mut plain = json!({"description": description});
    let content = response.get("content").and_then(Value::as_object);
    if let Some(content) = content.filter(|content| !content.is_empty()) {
        let body = content
            .iter()
            .find(|(kind, _)| is_json(kind))
            .map(|(_, media)| media);
        let content = match body {
            Some(media) => {
                json!({JSON: {"schema": media.get("schema").cloned().unwrap_or_else(|| json!({}))}})
            }
            None => json!({BYTES: {"schema": {"type": "string", "format": "binary"}}}),
        };
        if let Some(members) = plain.as_object_mut() {
            members.insert("content".to_owned(), content);
        }
    }
    plain
}

fn one_type(
    all: &mut Map<String, Value>,
    of: impl Fn(&str) -> bool,
    told: &str,
    place: &str,
    notes: &mut Notes,
) {
    let bodies: BTreeSet<Option<String>> = all
        .iter()
        .filter(|(status, _)| of(status))
        .map(|(_, response)| response.get("content").map(Value::to_string))
        .collect();
    if bodies.len() < 2 {
        return;
    }
    let with_bodies: BTreeSet<_> = bodies.iter().flatten().cloned().collect();
    let is_bytes = with_bodies.iter().any(|body| body.contains(BYTES));
    let content = if is_bytes {
        json!({BYTES: {"schema": {"type": "string", "format": "binary"}}})
    } else if let (1, Some(only)) = (with_bodies.len(), with_bodies.first()) {
        // An empty body is read as null.
        let mut content: Value = serde_json::from_str(only).unwrap_or_else(|_| json!({}));
        if let Some(schema) = content.pointer_mut("/application~1json/schema") {
            let nullable = schema.get("nullable") == Some(&true.into());
            if !nullable && *schema != json!({}) {
                *schema = json!({"nullable": true, "allOf": [schema.clone()]});
            }
        }
        content
    } else {
        json!({JSON: {"schema": {}}})
    };
    notes.changed(place, format!("{} types of {told} are one", bodies.len()));
    for (_, response) in all.iter_mut().filter(|(status, _)| of(status)) {
        let body = response
            .pointer("/content/application~1json/schema")
            .and_then(walk::reference)
            .map(str::to_owned);
        if let Some(name) = body.as_deref().and_then(|body| body.rsplit('/').next()) {
            describe(response, &format!("Its body is a {name}."));
        }
        if let Some(members) = response.as_object_mut() {
            members.insert("content".to_owned(), content.clone());
        }
    }
}
