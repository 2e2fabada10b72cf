//! Response bodies: a method returns one type, whatever the status of the success is.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use crate::document::references::reference_to;
use crate::document::walk::{self, describe};
use crate::document::{object_at, operation_location, resolve, text};
use crate::import::notes::Notes;
use crate::model::{
    ALTERNATIVE_OF, VARIANT, free_type_name, is_event_stream, is_json, is_value, name_failures,
    type_names,
};

/// Gives the successes of each operation one type, because its method returns one, and each
/// inline error a name. The generator panics on several types of successes, and on JSON without
/// a schema.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    let mut taken = type_names(document);
    let mut hoisted = Map::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let location = format!("{}.responses", operation_location(&path, &method));
        let Some(members) = operation.as_object_mut() else {
            continue;
        };
        let before = members.remove("responses");
        let mut all = valid_responses(document, before.as_ref(), &location, notes);
        add_success(&mut all, &location, notes);
        let id = members.get("operationId").and_then(Value::as_str);
        let id = id.unwrap_or_default().to_pascal_case();
        let original = members.get(ALTERNATIVE_OF).and_then(Value::as_str);
        let original = original.unwrap_or_default().to_pascal_case();
        unify_successes(document, &mut all, &location, notes);
        hoist_success(
            document,
            &mut all,
            [&id, &original],
            &mut taken,
            &mut hoisted,
        );
        members.insert("responses".to_owned(), all.into());
    }
    walk::restore(document, paths);
    if !hoisted.is_empty()
        && let Ok(schemas) = object_at(document, &["components", "schemas"])
    {
        schemas.extend(hoisted);
    }
    for (location, name) in name_failures(document) {
        notes.changed(location, format!("the type of its body is {name}"));
    }
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Returns the responses with a valid status, each with at most one type of body.
fn valid_responses(
    document: &Value,
    before: Option<&Value>,
    location: &str,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (declared, response) in before.and_then(Value::as_object).into_iter().flatten() {
        let location = format!("{location}.{declared}");
        let status = declared.to_uppercase().replace("DEFAULT", "default");
        let is_known = status == "default"
            || (status.len() == 3
                && status.starts_with(|first: char| ('1'..='5').contains(&first))
                && (status.ends_with("XX")
                    || status.bytes().all(|letter| letter.is_ascii_digit())));
        if is_known {
            let mut response = response.clone();
            // RFC 9110 §15.3.5 and §15.3.6. The client reads no body as null.
            if ["204", "205"].contains(&status.as_str())
                && !accepts_null(document, &response)
                && let Some(members) = response.as_object_mut()
                && members.shift_remove("content").is_some()
            {
                let cause = "removed: a response with this status has no body";
                notes.changed(format!("{location}.content"), cause);
            }
            all.insert(status, normalized(document, &response, &location, notes));
        } else if status.starts_with("X-") {
            notes.changed(location, "removed: an extension");
        } else {
            notes.left_out(location, "not a status");
        }
    }
    all
}

/// Returns whether null is valid for the value of a response.
fn accepts_null(document: &Value, response: &Value) -> bool {
    let schema = value_of(document, response).and_then(|(_, media)| media.get("schema"));
    let schema = schema.map(|schema| resolve(document, schema));
    schema.is_some_and(|it| it.get("nullable") == Some(&true.into()) || *it == json!({}))
}

/// Adds a success to an operation without one.
fn add_success(all: &mut Map<String, Value>, location: &str, notes: &mut Notes) {
    if !all.keys().any(|status| is_success(status)) {
        // A default alone is the success as well.
        let body = all.get("default").cloned();
        if body.is_none() {
            notes.changed(
                location,
                "no success is described: added one with a body of bytes",
            );
        }
        let body = body.unwrap_or_else(|| {
            json!({"description": "Not described.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}})
        });
        all.insert("2XX".to_owned(), body);
    }
}

/// Returns a response with the one type of body that the client reads, if it has a body.
fn normalized(document: &Value, response: &Value, location: &str, notes: &mut Notes) -> Value {
    let description = response
        .get("description")
        .cloned()
        .unwrap_or_else(|| "Not described.".into());
    let mut normalized = json!({"description": description});
    if let (Some(members), Some(variant)) = (normalized.as_object_mut(), response.get(VARIANT)) {
        members.insert(VARIANT.to_owned(), variant.clone());
    }
    // The pass `pagination` reads it.
    let headers = crate::document::members(response.get("headers"));
    for (name, _) in headers.filter(|(name, _)| name.eq_ignore_ascii_case("link")) {
        let header = json!({"description": "Links to other pages.", "schema": {"type": "string"}});
        if let Some(members) = normalized.as_object_mut() {
            members.insert("headers".to_owned(), json!({name: header}));
        }
    }
    for (name, cause) in [
        ("headers", "the client returns all headers"),
        ("links", "the client does not follow them"),
    ] {
        if response.get(name).is_some() && normalized.get(name).is_none() {
            notes.changed(format!("{location}.{name}"), format!("removed: {cause}"));
        }
    }
    let content = response.get("content").and_then(Value::as_object);
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return normalized;
    };
    let schema = |media: &Value| media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let exact = content
        .iter()
        .find(|(media_type, _)| *media_type == "application/json");
    let json = exact.or_else(|| content.iter().find(|(media_type, _)| is_json(media_type)));
    // A server that does not declare its media types responds with the requested one.
    let json = json
        .map(|(media_type, media)| (media_type.as_str(), media_type.as_str(), media))
        .or_else(|| {
            let media = content.get("*/*")?;
            is_list_or_object(document, &schema(media)).then_some((
                "*/*",
                "application/json",
                media,
            ))
        });
    // Next to another media type, text is read as bytes, too.
    let text = content
        .iter()
        .next()
        .filter(|(media_type, media)| content.len() == 1 && is_value(document, media_type, media));
    let json = json.or_else(|| text.map(|(name, media)| (name.as_str(), name.as_str(), media)));
    let events = content.iter().find(|(name, _)| is_event_stream(name));
    let content: Map<String, Value> = if let Some((declared, media_type, media)) = json {
        for other in content.keys().filter(|other| *other != declared) {
            let cause = format!("the client requests {media_type}");
            notes.left_out(format!("{location}.content.{other}"), cause);
        }
        if declared != media_type {
            notes.changed(location, format!("the client requests {media_type}"));
        }
        if media.get("schema").is_none() {
            let location = format!("{location}.content.{declared}");
            notes.changed(location, "no schema: any JSON");
        }
        let mut kept = json!({"schema": schema(media)});
        for (name, member) in media.as_object().into_iter().flatten() {
            if let (Some(kept), "example") = (kept.as_object_mut(), name.as_str()) {
                kept.insert(name.clone(), member.clone());
            } else if name != "schema" {
                let location = format!("{location}.content.{declared}.{name}");
                notes.changed(location, "removed: the generator does not read it");
            }
        }
        Map::from_iter([(media_type.to_owned(), kept)])
    } else if let Some((declared, media)) = events {
        for other in content.keys().filter(|other| *other != declared) {
            let cause = "the client requests text/event-stream";
            notes.left_out(format!("{location}.content.{other}"), cause);
        }
        Map::from_iter([("text/event-stream".to_owned(), media.clone())])
    } else {
        let bytes = json!({"schema": {"type": "string", "format": "binary"}});
        let types = content.iter().map(|(media_type, media)| {
            let location = format!("{location}.content.{media_type}");
            if media.get("itemSchema").is_some() {
                let cause = "a stream of items: the client returns its bytes";
                notes.left_out(format!("{location}.itemSchema"), cause);
            }
            notes.changed(location, "read as bytes");
            (media_type.clone(), bytes.clone())
        });
        types.collect()
    };
    if let Some(members) = normalized.as_object_mut() {
        members.insert("content".to_owned(), content.into());
    }
    normalized
}

/// Returns whether a schema describes a list or an object, which are JSON.
pub(super) fn is_list_or_object(document: &Value, schema: &Value) -> bool {
    let schema = resolve(document, schema);
    matches!(text(schema, "type"), "array" | "object")
        || ["properties", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|name| schema.get(*name).is_some())
}

/// Returns whether the body of a response is an event stream.
fn has_event_stream(response: &Value) -> bool {
    crate::document::members(response.get("content")).any(|(name, _)| is_event_stream(name))
}

/// Returns the media type and the description of a response's value.
fn value_of<'a>(document: &Value, response: &'a Value) -> Option<(&'a String, &'a Value)> {
    let content = response.get("content").and_then(Value::as_object)?;
    let mut content = content.iter();
    content.find(|(media_type, media)| is_value(document, media_type, media))
}

/// The type of several JSON bodies, each of which belongs to its statuses.
const BY_STATUS: &str = "a union, chosen by the status";

/// Gives the successes one type of body.
fn unify_successes(
    document: &Value,
    all: &mut Map<String, Value>,
    location: &str,
    notes: &mut Notes,
) {
    let statuses: Vec<String> = all
        .keys()
        .filter(|status| is_success(status))
        .cloned()
        .collect();
    let has_events = has_event_stream;
    let has_bytes = |response: &Value| {
        let is_value = value_of(document, response).is_some();
        response.get("content").is_some() && !is_value && !has_events(response)
    };
    let members = || statuses.iter().filter_map(|status| all.get(status));
    let values = || members().filter_map(|response| value_of(document, response));
    let is_events = members().any(has_events);
    let is_bytes = members().any(has_bytes);
    let is_empty = members().any(|response| response.get("content").is_none());
    let mut schemas: Vec<Value> = Vec::new();
    for (_, media) in values() {
        let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    let count = schemas.len()
        + [is_events, is_bytes, is_empty]
            .map(usize::from)
            .iter()
            .sum::<usize>();
    // A success without a body is a stream without events.
    if count < 2 || is_events && count == 2 && is_empty {
        return;
    }
    // The text of a value is not combined with other types.
    let is_text = values().any(|(media_type, _)| !is_json(media_type));
    let is_bytes = is_bytes || is_events || is_text;
    let (one, label) = match schemas.as_slice() {
        _ if is_bytes => (None, "bytes"),
        [only] => (Some(optional(only)), "an optional body"),
        all if all.contains(&json!({})) => (Some(json!({})), "any JSON"),
        all if is_empty => (Some(optional(&json!({"oneOf": all}))), "an optional union"),
        all => (Some(json!({"oneOf": all})), BY_STATUS),
    };
    for status in &statuses {
        let location = format!("{location}.{status}.content");
        let change = format!("the {count} types of successes became one: {label}");
        if label == "an optional body" || label == BY_STATUS {
            notes.changed(location, change);
        } else {
            notes.lost(location, change);
        }
    }
    for (_, response) in all.iter_mut().filter(|(status, _)| is_success(status)) {
        let value = value_of(document, response);
        let media_type = value.map(|(media_type, _)| media_type.clone());
        let own = value.and_then(|(_, media)| media.get("schema").cloned());
        let variant = schemas.iter().position(|it| Some(it) == own.as_ref());
        let name = own
            .as_ref()
            .and_then(walk::reference)
            .and_then(|target| target.rsplit('/').next())
            .map(str::to_owned);
        if let Some(name) = name {
            describe(response, &format!("Its body is a {name}."));
        }
        let content = match (&one, media_type) {
            (Some(schema), media_type) => {
                let media_type = media_type.unwrap_or_else(|| "application/json".to_owned());
                json!({media_type: {"schema": schema}})
            }
            // A body with the media type of a value would be parsed instead of read as bytes.
            (None, Some(_)) => json!({"*/*": bytes()}),
            (None, None) if has_events(response) => json!({"*/*": bytes()}),
            (None, None) => response
                .get("content")
                .cloned()
                .unwrap_or_else(|| json!({"*/*": bytes()})),
        };
        if let Some(members) = response.as_object_mut() {
            members.insert("content".to_owned(), content);
            if let Some(variant) = variant.filter(|_| label == BY_STATUS) {
                members.insert(VARIANT.to_owned(), variant.into());
            }
        }
    }
}

/// Returns a schema that accepts null, too: the client reads an empty body as null.
fn optional(schema: &Value) -> Value {
    let accepts_null = schema.get("nullable") == Some(&true.into()) || *schema == json!({});
    if accepts_null {
        schema.clone()
    } else {
        json!({"nullable": true, "allOf": [schema]})
    }
}

fn bytes() -> Value {
    json!({"schema": {"type": "string", "format": "binary"}})
}

/// Moves the inline schema of several successes to a component, whose name begins with the id of
/// its operation, or is that of the original operation if the schema is the same. The generator
/// makes a type of each inline schema, even if two are equal.
fn hoist_success(
    document: &Value,
    all: &mut Map<String, Value>,
    [id, original]: [&str; 2],
    taken: &mut BTreeSet<String>,
    hoisted: &mut Map<String, Value>,
) {
    if all.keys().filter(|status| is_success(status)).count() < 2 {
        return;
    }
    let mut named: Option<Value> = None;
    for (_, response) in all.iter_mut().filter(|(status, _)| is_success(status)) {
        let Some(schema) = response
            .get_mut("content")
            .and_then(Value::as_object_mut)
            .and_then(|content| {
                content
                    .iter_mut()
                    .find(|(media_type, media)| is_value(document, media_type, media))
            })
            .and_then(|(_, media)| media.get_mut("schema"))
        else {
            continue;
        };
        if walk::reference(schema).is_some() || *schema == json!({}) {
            continue;
        }
        let reference = named.get_or_insert_with(|| {
            let of_original = format!("{original}Success");
            if hoisted.get(&of_original) == Some(schema) {
                return reference_to(&of_original);
            }
            let name = free_type_name(&format!("{id}Success"), taken);
            hoisted.insert(name.clone(), schema.clone());
            reference_to(&name)
        });
        *schema = reference.clone();
    }
}

#[cfg(test)]
mod tests;
