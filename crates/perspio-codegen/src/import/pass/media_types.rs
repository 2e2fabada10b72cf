//! Operations with several media types: a client sends and reads one in each operation.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::names::rust_name;
use super::requests::{is_alternative, preferred};
use super::responses::is_list_or_object;
use crate::document::walk::{self, describe};
use crate::document::{METHODS, members, operation_location, resolve, text};
use crate::import::notes::Notes;
use crate::model::{ACCEPT, ALTERNATIVE_OF, MediaKind, essence, is_json};

/// The largest number of operations that are added for the media types of one request body, or
/// of the responses of one operation.
const MAX_ADDED: usize = 4;

/// Adds an operation for each other kind of body that a request may have, and for each other
/// media type that a response may have. It has the path of the original with a fragment, which
/// is not sent, and its id with a suffix: `export#as_text_csv`, `upload#from_form`. The original
/// keeps its name, and the media type that it has without this pass.
///
/// The media types of JSON are one kind. Not added: XML and plain text that contain what the
/// JSON does, and ranges of media types.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    let mut names = Names::of(&mut paths);
    let mut added = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        // An imported document has the operations already, which are not extended again.
        if operation.get(ALTERNATIVE_OF).is_some() {
            continue;
        }
        let location = operation_location(&path, &method);
        let of_responses = of_responses(document, &method, operation);
        let of_request = of_request(document, operation);
        if of_request.is_empty() && of_responses.alternatives.is_empty() {
            continue;
        }
        let original = operation.clone();
        remove(operation, &of_request, &of_responses);
        let base = only_defaults(document, operation);
        let sent = of_request.iter().map(|media_type| {
            let at = vec![format!("{location}.requestBody.content.{media_type}")];
            (
                "from",
                media_type,
                at,
                sent_as(&base, &original, media_type),
            )
        });
        let read = of_responses.alternatives.iter().map(|media_type| {
            let at = locations(&original, &location, media_type);
            ("as", media_type, at, read_as(&base, &original, media_type))
        });
        for (preposition, media_type, locations, mut changed) in sent.chain(read) {
            let suffix = format!("{preposition}_{}", suffix(media_type));
            let id = text(&original, "operationId");
            let Some((path, id)) = names.free(&path, &method, id, &suffix) else {
                continue;
            };
            for location in locations {
                notes.changed(location, format!("the operation {id}"));
            }
            if let Some(members) = changed.as_object_mut() {
                let original = text(&original, "operationId");
                members.insert(ALTERNATIVE_OF.to_owned(), original.into());
                members.insert("operationId".to_owned(), id.into());
            }
            added.push((path, method.clone(), changed));
        }
    }
    for (path, method, operation) in added {
        add(&mut paths, path, method, operation);
    }
    walk::restore(document, paths);
}

/// Adds an operation, with the members of the path that are no operations.
fn add(paths: &mut Value, path: String, method: String, operation: Value) {
    let Some(paths) = paths.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let original = path
        .rsplit_once(['#', '&'])
        .map_or("", |(original, _)| original);
    let mut item = paths.get(original).cloned().unwrap_or_else(|| json!({}));
    if let Some(item) = item.as_object_mut() {
        item.retain(|name, _| !METHODS.contains(&name.as_str()));
    }
    if let Some(item) = paths.entry(path).or_insert(item).as_object_mut() {
        item.insert(method, operation);
    }
}

/// The names that operations have already.
struct Names {
    /// Ids, in the form in which they must be unique.
    ids: BTreeSet<String>,
    /// Paths and methods.
    places: BTreeSet<(String, String)>,
}

impl Names {
    fn of(paths: &mut Value) -> Self {
        let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
        for (path, method, operation) in crate::document::operations_mut(paths) {
            ids.insert(text(operation, "operationId").to_pascal_case());
            places.insert((path, method));
        }
        Self { ids, places }
    }

    /// Returns the path and the id of an added operation. `None`: the path has it already.
    fn free(
        &mut self,
        path: &str,
        method: &str,
        id: &str,
        suffix: &str,
    ) -> Option<(String, String)> {
        let separator = if path.contains('#') { '&' } else { '#' };
        let path = format!("{path}{separator}{suffix}");
        if !self.places.insert((path.clone(), method.to_owned())) {
            return None;
        }
        let mut free = format!("{id}_{suffix}");
        let mut number = 2;
        while !self.ids.insert(free.to_pascal_case()) {
            free = format!("{id}_{suffix}_v{number}");
            number += 1;
        }
        Some((path, free))
    }
}

/// Returns the end of the id of an operation with this media type: a short name of a common
/// one, the subtype of an application's, or the whole media type.
fn suffix(media_type: &str) -> String {
    let essence = essence(media_type);
    match essence.as_str() {
        "application/x-www-form-urlencoded" => "form".to_owned(),
        "multipart/form-data" => "multipart".to_owned(),
        "application/octet-stream" => "bytes".to_owned(),
        "text/plain" => "text".to_owned(),
        "text/event-stream" => "event_stream".to_owned(),
        essence => rust_name(essence.strip_prefix("application/").unwrap_or(essence)),
    }
}

/// Returns the media types of a request body that get an operation.
fn of_request(document: &Value, operation: &Value) -> Vec<String> {
    let content = operation
        .get("requestBody")
        .and_then(|body| body.get("content"));
    let Some(content) = content.and_then(Value::as_object) else {
        return Vec::new();
    };
    let Some((default, _)) = preferred(content) else {
        return Vec::new();
    };
    let default = match default.as_str() {
        "*/*" => "application/json",
        default => default,
    };
    let kind = MediaKind::of(default);
    let others = content.iter().filter(|(other, media)| {
        let of_other = MediaKind::of(other);
        let is_other = of_other != kind || kind == MediaKind::Bytes && *other != default;
        is_other && is_alternative(other, media) && is_useful(document, content, other)
    });
    distinct(others.map(|(other, _)| other))
}

/// The media types of responses that get an operation.
struct OfResponses {
    alternatives: Vec<String>,
    /// Those of them that the original operation does not accept.
    removed: Vec<String>,
}

/// Returns the media types of successes that get an operation: those that are described next to
/// others.
fn of_responses(document: &Value, method: &str, operation: &Value) -> OfResponses {
    let mut alternatives = Vec::new();
    let mut removed = Vec::new();
    // A response to HEAD has no body.
    for (_, response) in successes(operation).filter(|_| method != "head") {
        let content = response.get("content").and_then(Value::as_object);
        let Some(content) = content.filter(|content| content.len() > 1) else {
            continue;
        };
        let default = kind_of_response(document, content);
        let others: Vec<_> = content
            .keys()
            .filter(|other| is_useful(document, content, other))
            .filter(|other| match MediaKind::of_response(other) {
                MediaKind::Bytes => true,
                kind => kind != default,
            })
            .collect();
        if default == MediaKind::Bytes {
            // The original operation accepts all of them.
            if others.len() > 1 {
                alternatives.extend(others);
            }
        } else {
            removed.extend(others.iter().copied());
            alternatives.extend(others);
        }
    }
    let alternatives = distinct(alternatives.into_iter());
    let removed = distinct(removed.into_iter());
    OfResponses {
        removed: removed
            .into_iter()
            .filter(|it| alternatives.contains(it))
            .collect(),
        alternatives,
    }
}

/// Returns the kind of body that the client reads by default.
fn kind_of_response(document: &Value, content: &Map<String, Value>) -> MediaKind {
    let has = |kind| content.keys().any(|it| MediaKind::of_response(it) == kind);
    let any = content.get("*/*").and_then(|media| media.get("schema"));
    if has(MediaKind::Json) || any.is_some_and(|schema| is_list_or_object(document, schema)) {
        MediaKind::Json
    } else if has(MediaKind::EventStream) {
        MediaKind::EventStream
    } else {
        MediaKind::Bytes
    }
}

/// Returns the successes of an operation; its default response if it has no other.
fn successes(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let is_success = |status: &str| status.starts_with('2');
    let has_success = members(operation.get("responses")).any(|(status, _)| is_success(status));
    members(operation.get("responses"))
        .filter(move |(status, _)| is_success(status) || !has_success && *status == "default")
}

/// Returns whether an operation with this media type offers more than the one with JSON.
fn is_useful(document: &Value, content: &Map<String, Value>, media_type: &str) -> bool {
    let is_one = media_type
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'*')
        && media_type.split('/').count() == 2;
    let schema_of = |media: &Value| media.get("schema").cloned().unwrap_or_else(|| json!({}));
    match essence(media_type).as_str() {
        _ if !is_one => false,
        // The client does not parse it.
        "application/xml" | "text/xml" => false,
        // Some frameworks list it for every value that they send as JSON.
        "text/plain" => {
            let json = content.iter().find(|(other, _)| is_json(other));
            let own = content.get(media_type).map(schema_of).unwrap_or_default();
            let is_text = text(resolve(document, &own), "type") == "string";
            let is_described = members(Some(&own)).next().is_some();
            !is_described || is_text || json.is_none_or(|(_, json)| schema_of(json) != own)
        }
        _ => true,
    }
}

/// Returns the first media types that differ in more than their parameters.
fn distinct<'a>(media_types: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for media_type in media_types {
        let is_new = found.iter().all(|it| essence(it) != essence(media_type));
        if is_new && found.len() < MAX_ADDED {
            found.push(media_type.clone());
        }
    }
    found
}

/// Removes media types from the original operation that other operations have.
fn remove(operation: &mut Value, of_request: &[String], of_responses: &OfResponses) {
    let is_of =
        |all: &[String], media_type: &str| all.iter().any(|it| essence(it) == essence(media_type));
    retain(operation.get_mut("requestBody"), |it| {
        !is_of(of_request, it)
    });
    let statuses: Vec<_> = successes(operation)
        .map(|(status, _)| status.clone())
        .collect();
    for status in statuses {
        let responses = operation.get_mut("responses");
        let response = responses.and_then(|all| all.get_mut(&status));
        let has_others = content_of(response.as_deref()).is_some_and(|content| content.len() > 1);
        if has_others {
            retain(response, |it| !is_of(&of_responses.removed, it));
        }
    }
}

fn content_of(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value?.get("content")?.as_object()
}

/// Keeps the media types of a request body or a response that satisfy a condition.
fn retain(value: Option<&mut Value>, is_kept: impl Fn(&str) -> bool) {
    let content = value.and_then(|value| value.get_mut("content"));
    if let Some(content) = content.and_then(Value::as_object_mut) {
        content.retain(|media_type, _| is_kept(media_type));
    }
}

/// Returns an operation without the media types that the client neither sends nor reads, which
/// are reported for the original only.
fn only_defaults(document: &Value, operation: &Value) -> Value {
    let mut changed = operation.clone();
    let content = content_of(operation.get("requestBody"));
    if let Some((default, _)) = content.and_then(preferred) {
        retain(changed.get_mut("requestBody"), |it| it == default);
    }
    for (status, response) in successes(operation) {
        if let Some(content) = content_of(Some(response)) {
            let kind = kind_of_response(document, content);
            let response = changed
                .get_mut("responses")
                .and_then(|all| all.get_mut(status));
            retain(response, |it| {
                it == "*/*" || MediaKind::of_response(it) == kind
            });
        }
    }
    changed
}

/// Returns the locations of a media type of successes.
fn locations(operation: &Value, location: &str, media_type: &str) -> Vec<String> {
    let found = successes(operation).filter_map(|(status, response)| {
        content_of(Some(response))?.get(media_type)?;
        Some(format!(
            "{location}.responses.{status}.content.{media_type}"
        ))
    });
    found.collect()
}

/// Returns an operation whose request body has one media type of the original's.
fn sent_as(operation: &Value, original: &Value, media_type: &str) -> Value {
    let mut changed = operation.clone();
    if let (Some(members), Some(body)) = (changed.as_object_mut(), original.get("requestBody")) {
        members.insert("requestBody".to_owned(), body.clone());
    }
    retain(changed.get_mut("requestBody"), |it| it == media_type);
    describe(
        &mut changed,
        &format!("The body of the request is `{media_type}`."),
    );
    changed
}

/// Returns an operation whose successes have one media type of the original's. A success that
/// does not have it is removed, unless it has no body.
fn read_as(operation: &Value, original: &Value, media_type: &str) -> Value {
    let mut changed = operation.clone();
    let mut responses = original
        .get("responses")
        .cloned()
        .unwrap_or_else(|| json!({}));
    for (status, response) in successes(original) {
        let Some(content) = content_of(Some(response)).filter(|content| !content.is_empty()) else {
            continue;
        };
        let is_of = |other: &str| essence(other) == essence(media_type);
        if content.keys().any(|other| is_of(other)) {
            retain(responses.get_mut(status), is_of);
        } else if let Some(responses) = responses.as_object_mut() {
            responses.remove(status);
        }
    }
    if let Some(members) = changed.as_object_mut() {
        members.insert("responses".to_owned(), responses);
        members.insert(ACCEPT.to_owned(), media_type.into());
    }
    describe(&mut changed, &format!("The response is `{media_type}`."));
    changed
}

#[cfg(test)]
mod tests;
