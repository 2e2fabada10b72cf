//! The servers of a client: that of the document, and the other ones of operations.

mod name;
mod url;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::operation_location;
use crate::document::walk;
use crate::import::notes::Notes;
use crate::model::SERVER;
use name::Names;

/// Moves the servers of most operations to the document. An operation of another server keeps
/// that one server, and gets its name.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
    of_operations(document, notes);
    if let Some(servers) = document.get_mut("servers") {
        complete_variables(servers, "servers", notes);
    }
}

fn of_operations(document: &mut Value, notes: &mut Notes) {
    let all = own_servers(document);
    if all.iter().all(|(_, _, own)| own.is_none()) {
        return;
    }
    let declared = document.get("servers").cloned();
    let top = of_most(&all, declared.as_ref());
    if Some(&top) != declared.as_ref()
        && let Some(members) = document.as_object_mut()
    {
        members.insert("servers".to_owned(), top.clone());
        notes.changed("servers", "set to those of the operations");
    }
    for (path, item) in crate::document::members_mut(document.get_mut("paths")) {
        if let Some(item) = item.as_object_mut()
            && item.shift_remove("servers").is_some()
        {
            let location = format!("paths.{path}.servers");
            notes.changed(location, "moved to its operations");
        }
    }
    let main = urls(&top).next().unwrap_or_default();
    let mut names = Names::new(main);
    let operations = crate::document::operations_mut(document);
    for ((path, method, operation), (_, _, own)) in operations.zip(all) {
        let Some(operation) = operation.as_object_mut() else {
            continue;
        };
        let location = format!("{}.servers", operation_location(&path, &method));
        operation.shift_remove("servers");
        let known = operation.shift_remove(SERVER);
        let Some(servers) = own.as_ref().or(declared.as_ref()) else {
            continue;
        };
        if overlap(servers, &top, main) {
            if own.is_some() {
                notes.changed(location, "removed: the same as those of the document");
            }
            continue;
        }
        let (server, url) = preferred(servers, main);
        let known = known.as_ref().and_then(Value::as_str).unwrap_or_default();
        let name = names.of(server, &url, known);
        let mut kept = Map::from_iter([("url".to_owned(), url.as_str().into())]);
        for member in ["description", "variables"] {
            if let Some(value) = server.get(member) {
                kept.insert(member.to_owned(), value.clone());
            }
        }
        let mut kept = json!([kept]);
        complete_variables(&mut kept, &location, notes);
        if own.as_ref() != Some(&kept) {
            notes.changed(location, format!("the server `{name}`: {url}"));
        }
        operation.insert("servers".to_owned(), kept);
        operation.insert(SERVER.to_owned(), name.into());
    }
}

/// Path and method of an operation, and the servers of the operation or its path.
type OwnServers = (String, String, Option<Value>);

fn own_servers(document: &mut Value) -> Vec<OwnServers> {
    let of_paths: BTreeMap<String, Value> = crate::document::members_mut(document.get_mut("paths"))
        .filter_map(|(path, item)| Some((path.clone(), item.get("servers")?.clone())))
        .collect();
    crate::document::operations_mut(document)
        .map(|(path, method, operation)| {
            let servers = operation.get("servers").or_else(|| of_paths.get(&path));
            let servers = servers.cloned();
            (path, method, servers)
        })
        .collect()
}

/// Returns the servers of most operations; `declared`, unless others have more operations.
fn of_most(all: &[OwnServers], declared: Option<&Value>) -> Value {
    let mut counted: BTreeMap<String, (usize, &Value)> = BTreeMap::new();
    let mut with_declared = 0;
    let main = declared.and_then(|declared| urls(declared).next());
    for (_, _, own) in all {
        match (own.as_ref(), declared) {
            (Some(own), Some(declared)) if overlap(own, declared, main.unwrap_or_default()) => {
                with_declared += 1;
            }
            (Some(own), _) => counted.entry(own.to_string()).or_insert((0, own)).0 += 1,
            (None, Some(_)) => with_declared += 1,
            (None, None) => {}
        }
    }
    let most = counted.into_values().max_by_key(|(count, _)| *count);
    let most = most.filter(|(count, _)| *count > with_declared);
    most.map(|(_, servers)| servers)
        .or(declared)
        .cloned()
        .unwrap_or_default()
}

/// Returns whether the two lists have a server in common, whose scheme may differ or be
/// missing. Relative URLs are resolved against `main`.
fn overlap(servers: &Value, others: &Value, main: &str) -> bool {
    let is_same = |url: &str, other: &str| {
        let (url, other) = (url::resolved(url, main), url::resolved(other, main));
        url::without_scheme(&url) == url::without_scheme(&other)
    };
    let mut its = urls(servers).peekable();
    its.peek().is_none() || its.any(|url| urls(others).any(|other| is_same(url, other)))
}

/// Returns the first server with https, or else the first one, and its resolved URL.
fn preferred<'s>(servers: &'s Value, main: &str) -> (&'s Value, String) {
    let mut first = None;
    for server in walk::items(Some(servers)) {
        let url = url::resolved(crate::document::text(server, "url"), main);
        if url.starts_with("https:") {
            return (server, url);
        }
        first.get_or_insert((server, url));
    }
    first.unwrap_or((&Value::Null, String::new()))
}

/// Adds the variables of the URLs that are not described, and the defaults that are missing.
fn complete_variables(servers: &mut Value, location: &str, notes: &mut Notes) {
    for server in servers.as_array_mut().into_iter().flatten() {
        let url = crate::document::text(server, "url").to_owned();
        let Some(server) = server.as_object_mut() else {
            continue;
        };
        for name in url::variables(&url) {
            let variables = server
                .entry("variables")
                .or_insert_with(|| Value::Object(Map::new()));
            let variables = variables.as_object_mut();
            let variable = variables.map(|all| all.entry(name).or_insert_with(|| json!({})));
            let Some(variable) = variable.and_then(Value::as_object_mut) else {
                continue;
            };
            if !variable.contains_key("default") {
                variable.insert("default".to_owned(), "".into());
                let location = format!("{location}.variables.{name}");
                notes.changed(
                    location,
                    "has no default: it becomes a setting that is required",
                );
            }
        }
    }
}

fn urls(servers: &Value) -> impl Iterator<Item = &str> {
    walk::items(Some(servers)).map(|server| crate::document::text(server, "url"))
}

#[cfg(test)]
mod tests;
