//! The one base address of a client.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::import::walk::{self, operation_place};

/// The generator knows the servers of a document only. Those of a path or an
/// operation become the document's where it has none; what another server
/// answers is left out, because it would be sent to the wrong one.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
    let mut top = addresses(document.get("servers"));
    let own = own_servers(document);
    if own.is_empty() {
        return;
    }
    if top.is_empty() {
        let mut counted: BTreeMap<String, (usize, Value)> = BTreeMap::new();
        for (_, _, servers) in &own {
            let (count, _) = counted
                .entry(servers.to_string())
                .or_insert((0, servers.clone()));
            *count += 1;
        }
        let most = counted.into_values().max_by_key(|(count, _)| *count);
        if let (Some((_, servers)), Some(members)) = (most, document.as_object_mut()) {
            top = addresses(Some(&servers));
            members.insert("servers".to_owned(), servers);
            notes.changed("servers", "taken from the operations");
        }
    }
    for (path, item) in walk::object(document.get_mut("paths")) {
        if item.get("servers").is_some() {
            let place = format!("paths.{path}.servers");
            notes.changed(place, "taken out: a client has one base address");
        }
    }
    for (path, method, servers) in own {
        let place = format!("{}.servers", operation_place(&path, &method));
        let its = addresses(Some(&servers));
        if its.iter().any(|address| top.contains(address)) || its.is_empty() {
            notes.changed(place, "taken out: they are the document's");
        } else {
            let cause = format!(
                "another server answers it: {}, and a client has one",
                its.join(", ")
            );
            leave_out(document, notes, &path, &method, &cause);
        }
    }
    for (_, item) in walk::object(document.get_mut("paths")) {
        for (_, operation) in walk::object(Some(item)) {
            if let Some(operation) = operation.as_object_mut() {
                operation.remove("servers");
            }
        }
        if let Some(item) = item.as_object_mut() {
            item.remove("servers");
        }
    }
}

/// The servers that stand at an operation or at its path.
fn own_servers(document: &mut Value) -> Vec<(String, String, Value)> {
    let of_paths: BTreeMap<String, Value> = walk::object(document.get_mut("paths"))
        .filter_map(|(path, item)| Some((path.clone(), item.get("servers")?.clone())))
        .collect();
    walk::operations(document)
        .filter_map(|(path, method, operation)| {
            let servers = operation
                .get("servers")
                .or_else(|| of_paths.get(&path))?
                .clone();
            Some((path, method, servers))
        })
        .collect()
}

fn addresses(servers: Option<&Value>) -> Vec<String> {
    walk::items(servers)
        .map(|server| walk::text(server, "url").trim_end_matches('/').to_owned())
        .collect()
}
