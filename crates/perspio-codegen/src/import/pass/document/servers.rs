//! The one base address of a client.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::operation_place;
use crate::document::walk;
use crate::import::leave_out;
use crate::import::notes::Notes;

/// The generator knows the servers of a document only. Where most operations name
/// others, those become the document's; what another server answers is left out,
/// because it would be sent to the wrong one.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
    let all = own_servers(document);
    if all.iter().all(|(_, _, own)| own.is_none()) {
        return;
    }
    let given = document.get("servers").cloned();
    let top = of_most(&all, given.as_ref());
    if Some(&top) != given.as_ref()
        && let Some(members) = document.as_object_mut()
    {
        members.insert("servers".to_owned(), top.clone());
        notes.changed("servers", "taken from the operations");
    }
    for (path, item) in crate::document::members_mut(document.get_mut("paths")) {
        if item.get("servers").is_some() {
            let place = format!("paths.{path}.servers");
            notes.changed(place, "taken out: a client has one base address");
        }
    }
    for (path, method, own) in all {
        let Some(servers) = own.as_ref().or(given.as_ref()) else {
            continue;
        };
        if are_one(servers, &top) {
            if own.is_some() {
                let place = format!("{}.servers", operation_place(&path, &method));
                notes.changed(place, "taken out: they are the document's");
            }
            continue;
        }
        let urls: Vec<_> = urls(servers).collect();
        let cause = format!(
            "another server answers it: {}, and a client has one",
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

/// Path and method of an operation, and the servers that it, or its path, names.
type Own = (String, String, Option<Value>);

fn own_servers(document: &mut Value) -> Vec<Own> {
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

/// The servers that most operations are answered by; the given ones, if those of
/// no others are more.
fn of_most(all: &[Own], given: Option<&Value>) -> Value {
    let mut counted: BTreeMap<String, (usize, &Value)> = BTreeMap::new();
    let mut at_given = 0;
    for (_, _, own) in all {
        match (own.as_ref(), given) {
            (Some(own), Some(given)) if are_one(own, given) => at_given += 1,
            (Some(own), _) => counted.entry(own.to_string()).or_insert((0, own)).0 += 1,
            (None, Some(_)) => at_given += 1,
            (None, None) => {}
        }
    }
    let most = counted.into_values().max_by_key(|(count, _)| *count);
    let most = most.filter(|(count, _)| *count > at_given);
    most.map(|(_, servers)| servers)
        .or(given)
        .cloned()
        .unwrap_or_default()
}

/// Whether a server of the one stands among the others. It is often written with a
/// scheme here and without, or with another, there.
fn are_one(servers: &Value, others: &Value) -> bool {
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
