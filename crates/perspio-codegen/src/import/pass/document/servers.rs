//! The base URL of a client.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::operation_location;
use crate::document::walk;
use crate::import::leave_out;
use crate::import::notes::Notes;

/// Moves the servers of most operations to the document, and leaves out the operations of
/// other servers: a client has one base URL, so their requests would be sent to the wrong
/// server.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
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
        if item.get("servers").is_some() {
            let location = format!("paths.{path}.servers");
            notes.changed(location, "removed: a client has one base URL");
        }
    }
    for (path, method, own) in all {
        let Some(servers) = own.as_ref().or(declared.as_ref()) else {
            continue;
        };
        if overlap(servers, &top) {
            if own.is_some() {
                let location = format!("{}.servers", operation_location(&path, &method));
                notes.changed(location, "removed: the same as those of the document");
            }
            continue;
        }
        let urls: Vec<_> = urls(servers).collect();
        let cause = format!(
            "an operation of another server ({}): a client has one base URL",
            urls.join(", ")
        );
        leave_out(document, notes, &path, &method, &cause);
    }
    for (_, item) in crate::document::members_mut(document.get_mut("paths")) {
        for (_, operation) in crate::document::members_mut(Some(item)) {
            if let Some(operation) = operation.as_object_mut() {
                operation.remove("servers");
            }
        }
        if let Some(item) = item.as_object_mut() {
            item.remove("servers");
        }
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
    for (_, _, own) in all {
        match (own.as_ref(), declared) {
            (Some(own), Some(declared)) if overlap(own, declared) => with_declared += 1,
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
/// missing.
fn overlap(servers: &Value, others: &Value) -> bool {
    fn bare(url: &str) -> &str {
        let url = url.trim_end_matches('/');
        let schemes = ["https:", "http:"];
        let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
        rest.unwrap_or(url)
    }
    let mut its = urls(servers).peekable();
    its.peek().is_none() || its.any(|url| urls(others).any(|other| bare(url) == bare(other)))
}

fn urls(servers: &Value) -> impl Iterator<Item = &str> {
    walk::items(Some(servers)).map(|server| crate::document::text(server, "url"))
}
