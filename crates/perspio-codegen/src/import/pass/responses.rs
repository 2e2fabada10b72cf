//! Bodies of responses, of which the generator takes one type each.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use crate::document::walk::{self, describe};
use crate::document::{escape, resolve};
use crate::document::{operation_place, text};
use crate::import::notes::Notes;
use crate::model::is_json;

/// Statuses that are answered alike, for the generator.
struct Group {
    told: &'static str,
    /// What a type is called that has no name of its own.
    ending: &'static str,
    has: fn(&str) -> bool,
}

const GROUPS: [Group; 2] = [
    Group {
        told: "successes",
        ending: "Success",
        has: |status| status.starts_with('2'),
    },
    Group {
        told: "errors",
        ending: "Failure",
        has: |status| status.starts_with(['4', '5']) || status == "default",
    },
];

/// The generator panics unless all successes have one type, and all errors, and
/// at JSON without a schema; it reads `application/json` only (`generate` asks
/// for a vendor's own JSON). A `default` counts as both, unless 2XX stands
/// beside it.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::paths_apart(document);
    let mut taken: BTreeSet<String> =
        crate::document::members_mut(document.pointer_mut("/components/schemas"))
            .map(|(name, _)| name.to_pascal_case())
            .collect();
    let mut hoisted = Map::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let place = format!("{}.responses", operation_place(&path, &method));
        let Some(members) = operation.as_object_mut() else {
            continue;
        };
        let before = members.remove("responses");
        let mut all = known(document, before.as_ref(), &place, notes);
        cover_all(&mut all, &place, notes);
        let id = members.get("operationId").and_then(Value::as_str);
        let id = id.unwrap_or_default().to_pascal_case();
        for group in &GROUPS {
            one_type(&mut all, group, &place, notes);
            hoist(&mut all, group, &id, &mut taken, &mut hoisted);
        }
        last_success_is_2xx(&mut all, &place, notes);
        members.insert("responses".to_owned(), all.into());
    }
    walk::joined(document, paths);
    if hoisted.is_empty() {
        return;
    }
    let mut target = document;
    for name in ["components", "schemas"] {
        let Some(members) = target.as_object_mut() else {
            return;
        };
        target = members.entry(name).or_insert_with(|| json!({}));
    }
    if let Some(schemas) = target.as_object_mut() {
        schemas.extend(hoisted);
    }
}

/// The responses whose status means something, each with one body.
fn known(
    whole: &Value,
    before: Option<&Value>,
    place: &str,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (said, response) in before.and_then(Value::as_object).into_iter().flatten() {
        let place = format!("{place}.{said}");
        let status = said.to_uppercase().replace("DEFAULT", "default");
        let is_known = status == "default"
            || (status.len() == 3
                && status.starts_with(|first: char| ('1'..='5').contains(&first))
                && (status.ends_with("XX")
                    || status.bytes().all(|letter| letter.is_ascii_digit())));
        if is_known {
            all.insert(status, plain(whole, response, &place, notes));
        } else if status.starts_with("X-") {
            notes.changed(place, "an extension: taken out");
        } else {
            notes.left_out(place, "no status");
        }
    }
    all
}

/// Every operation has a success.
fn cover_all(all: &mut Map<String, Value>, place: &str, notes: &mut Notes) {
    let is_success = |status: &str| status.starts_with('2');
    if !all.keys().any(|status| is_success(status)) {
        // A default alone is the success, too.
        let body = all.get("default").cloned();
        if body.is_none() {
            notes.changed(place, "no success is described: its body is bytes");
        }
        let body = body.unwrap_or_else(|| {
            json!({"description": "Not described.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}})
        });
        all.insert("2XX".to_owned(), body);
    }
    if all.contains_key("default") && !all.contains_key("2XX") {
        // 2XX says that the default is for errors.
        let success = all
            .iter()
            .find(|(status, _)| is_success(status))
            .map(|(_, response)| response.clone());
        all.extend(success.map(|response| ("2XX".to_owned(), response)));
        notes.changed(place, "2XX says that the default is for errors");
    }
}

/// A response with the one kind of body that is read, if it has any.
fn plain(whole: &Value, response: &Value, place: &str, notes: &mut Notes) -> Value {
    let description = response
        .get("description")
        .cloned()
        .unwrap_or_else(|| "Not described.".into());
    let mut plain = json!({"description": description});
    for (name, told) in [
        ("headers", "the client gives them as they come"),
        ("links", "the client does not follow them"),
    ] {
        if response.get(name).is_some() {
            notes.changed(format!("{place}.{name}"), format!("taken out: {told}"));
        }
    }
    let content = response.get("content").and_then(Value::as_object);
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return plain;
    };
    let schema = |media: &Value| media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let exact = content.iter().find(|(kind, _)| *kind == "application/json");
    let json = exact.or_else(|| content.iter().find(|(kind, _)| is_json(kind)));
    // A server that does not say its media type answers with what was asked for.
    let json = json
        .map(|(kind, media)| (kind.as_str(), kind.as_str(), media))
        .or_else(|| {
            let media = content.get("*/*")?;
            is_composed(whole, &schema(media)).then_some(("*/*", "application/json", media))
        });
    let content: Map<String, Value> = if let Some((said, kind, media)) = json {
        for other in content.keys().filter(|kind| *kind != said) {
            let cause = format!("the client asks for {kind}");
            notes.left_out(format!("{place}.content.{other}"), cause);
        }
        if said != kind {
            notes.changed(place, format!("the client asks for {kind}"));
        }
        let mut kept = json!({"schema": schema(media)});
        for (name, member) in media.as_object().into_iter().flatten() {
            if let (Some(kept), "example") = (kept.as_object_mut(), name.as_str()) {
                kept.insert(name.clone(), member.clone());
            } else if name != "schema" {
                let place = format!("{place}.content.{said}.{name}");
                notes.changed(place, "taken out: the generator does not read it");
            }
        }
        Map::from_iter([(kind.to_owned(), kept)])
    } else {
        let bytes = json!({"schema": {"type": "string", "format": "binary"}});
        let kinds = content.iter().map(|(kind, media)| {
            let place = format!("{place}.content.{kind}");
            if media.get("itemSchema").is_some() {
                let cause = "a stream of items: the client gives its bytes";
                notes.left_out(format!("{place}.itemSchema"), cause);
            }
            notes.changed(place, "read as bytes");
            (kind.clone(), bytes.clone())
        });
        kinds.collect()
    };
    if let Some(members) = plain.as_object_mut() {
        members.insert("content".to_owned(), content.into());
    }
    plain
}

/// Whether a schema is of a list or an object, which are JSON.
fn is_composed(whole: &Value, schema: &Value) -> bool {
    let schema = resolve(whole, schema);
    matches!(text(schema, "type"), "array" | "object")
        || ["properties", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|name| schema.get(*name).is_some())
}

/// The JSON of a response, by its media type.
fn json_of(response: &Value) -> Option<(&String, &Value)> {
    let content = response.get("content").and_then(Value::as_object)?;
    content.iter().find(|(kind, _)| is_json(kind))
}

fn one_type(all: &mut Map<String, Value>, group: &Group, place: &str, notes: &mut Notes) {
    let statuses: Vec<String> = all
        .keys()
        .filter(|status| (group.has)(status))
        .cloned()
        .collect();
    let has_bytes =
        |response: &Value| response.get("content").is_some() && json_of(response).is_none();
    let members = || statuses.iter().filter_map(|status| all.get(status));
    let is_bytes = members().any(has_bytes);
    let is_empty = members().any(|response| response.get("content").is_none());
    let schemas: BTreeSet<String> = members()
        .filter_map(|response| json_of(response))
        .filter_map(|(_, media)| media.get("schema").map(Value::to_string))
        .collect();
    let kinds = schemas.len() + usize::from(is_bytes) + usize::from(is_empty);
    if kinds < 2 {
        return;
    }
    let one = if is_bytes {
        None
    } else if let (1, Some(only)) = (schemas.len(), schemas.first()) {
        // An empty body is read as null.
        let only: Value = serde_json::from_str(only).unwrap_or_else(|_| json!({}));
        let takes_null = only.get("nullable") == Some(&true.into()) || only == json!({});
        Some(if takes_null {
            only
        } else {
            json!({"nullable": true, "allOf": [only]})
        })
    } else {
        Some(json!({}))
    };
    let told = match &one {
        None => "bytes",
        Some(any) if *any == json!({}) => "any JSON",
        Some(_) => "what may be absent",
    };
    for status in &statuses {
        notes.changed(
            format!("{place}.{status}.content"),
            format!("the {kinds} types of {} are one: {told}", group.told),
        );
    }
    for (_, response) in all.iter_mut().filter(|(status, _)| (group.has)(status)) {
        let kind = json_of(response).map(|(kind, _)| kind.clone());
        let name = json_of(response)
            .and_then(|(_, media)| media.get("schema").and_then(walk::reference))
            .and_then(|target| target.rsplit('/').next())
            .map(str::to_owned);
        if let Some(name) = name {
            describe(response, &format!("Its body is a {name}."));
        }
        let content = match (&one, kind) {
            (Some(schema), kind) => {
                let kind = kind.unwrap_or_else(|| "application/json".to_owned());
                json!({kind: {"schema": schema}})
            }
            // What is read as bytes must not be called JSON: it would be read.
            (None, Some(_)) => json!({"*/*": bytes()}),
            (None, None) => response
                .get("content")
                .cloned()
                .unwrap_or_else(|| json!({"*/*": bytes()})),
        };
        if let Some(members) = response.as_object_mut() {
            members.insert("content".to_owned(), content);
        }
    }
}

/// The generator sees that a `default` is for errors only where 2XX is the last
/// success before it, and it takes 2XX for 200: codes behind that become prose.
fn last_success_is_2xx(all: &mut Map<String, Value>, place: &str, notes: &mut Notes) {
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
        let response = all.remove(&status).unwrap_or_default();
        if let Some(range) = all.get_mut("2XX") {
            let description = text(&response, "description");
            describe(range, &format!("{status}: {description}"));
        }
        notes.changed(format!("{place}.{status}"), "2XX stands for it");
    }
}

fn bytes() -> Value {
    json!({"schema": {"type": "string", "format": "binary"}})
}

/// Each schema in place is a type of its own for the generator, even if two
/// are the same: they become one component.
fn hoist(
    all: &mut Map<String, Value>,
    group: &Group,
    id: &str,
    taken: &mut BTreeSet<String>,
    hoisted: &mut Map<String, Value>,
) {
    if all.keys().filter(|status| (group.has)(status)).count() < 2 {
        return;
    }
    let mut named: Option<Value> = None;
    for (_, response) in all.iter_mut().filter(|(status, _)| (group.has)(status)) {
        let Some(schema) = response
            .get_mut("content")
            .and_then(Value::as_object_mut)
            .and_then(|content| content.iter_mut().find(|(kind, _)| is_json(kind)))
            .and_then(|(_, media)| media.get_mut("schema"))
        else {
            continue;
        };
        if walk::reference(schema).is_some() || *schema == json!({}) {
            continue;
        }
        let reference = named.get_or_insert_with(|| {
            let mut name = format!("{id}{}", group.ending);
            while !taken.insert(name.to_pascal_case()) {
                name.push('V');
            }
            hoisted.insert(name.clone(), schema.clone());
            json!({"$ref": format!("#/components/schemas/{}", escape(&name))})
        });
        *schema = reference.clone();
    }
}

#[cfg(test)]
mod tests;
