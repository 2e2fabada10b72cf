//! Every change of an import has a note with its location.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::super::{Notes, document, normal, on_a_large_stack};
use crate::load;

/// A document with every construct that the generator does not support.
const HARD: &str = "tests/fixtures/hard.yaml";
const IMPORTED: &str = "tests/fixtures/hard.imported.yaml";

fn path(name: &str) -> PathBuf {
    crate::testing::workspace().join(name)
}

fn import(name: &str) -> (Value, Notes) {
    let mut notes = Notes::default();
    let value = on_a_large_stack(|| document(&[path(name)], None, &mut notes)).unwrap();
    (value, notes)
}

fn imported() -> (Value, Notes) {
    import(HARD)
}

/// Collects every value of a document by its location, in which parameters have their names.
/// The parameters of a path are those of each of its operations.
fn locations(value: &Value, location: &str, found: &mut BTreeMap<String, Value>) {
    let inside = |name: &str| match location {
        "" => name.to_owned(),
        _ => format!("{location}.{name}"),
    };
    match value {
        Value::Object(members) => {
            let shared = members
                .get("parameters")
                .filter(|_| members.contains_key("get"));
            for (name, member) in members {
                if shared.is_some() && name == "parameters" {
                    continue;
                }
                locations(member, &inside(name), found);
                if let Some(shared) = shared.filter(|_| name == "get") {
                    locations(shared, &inside("get.parameters"), found);
                }
            }
        }
        Value::Array(items) if location.ends_with(".parameters") => {
            for item in items {
                let name = |member: &str| item[member].as_str().unwrap();
                // A path and a query may have a parameter of one name.
                let location = inside(&format!("{}@{}", name("name"), name("in")));
                locations(item, &location, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                locations(item, &inside(&index.to_string()), found);
            }
        }
        _ => {}
    }
    if !location.is_empty() {
        found.insert(location.to_owned(), value.clone());
    }
}

/// Returns the locations that have a note.
fn noted(notes: &Notes) -> BTreeSet<String> {
    let explained = notes.explain();
    let changed = explained
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(location, _)| location.to_owned());
    changed
        .chain(notes.all_left_out().keys().cloned())
        .collect()
}

/// Returns the values that were changed without a note on them or on a value around them.
fn unnoted(before: &Value, after: &Value, notes: &Notes) -> Vec<String> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    locations(before, "", &mut old);
    locations(after, "", &mut new);
    let locations = noted(notes);
    let is_noted = |location: &str| {
        let location = ["querystring", "query", "path", "header", "cookie"]
            .iter()
            .fold(location.to_owned(), |location, sent_in| {
                location.replace(&format!("@{sent_in}"), "")
            });
        locations.iter().any(|noted| {
            location == *noted
                || location
                    .strip_prefix(noted.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let is_leaf = |value: &Value| {
        !matches!(value, Value::Object(members) if !members.is_empty())
            && !matches!(value, Value::Array(items) if !items.is_empty())
    };
    let is_kept = |location: &String, value: &Value| match (value, new.get(location)) {
        // The import appends to descriptions.
        (Value::String(old), Some(Value::String(new))) => new.starts_with(old.as_str()),
        (old, new) => new == Some(old),
    };
    old.iter()
        .filter(|(location, value)| is_leaf(value) && !is_noted(location))
        .filter(|(location, value)| !is_kept(location, value))
        .map(|(location, value)| format!("{location}: {value}, now {:?}", new.get(location)))
        .collect()
}

#[test]
fn every_change_of_an_import_has_a_note_with_its_location() {
    let (after, notes) = imported();
    let before = load::read(&path(HARD)).unwrap();
    let mut unnoted = unnoted(&before, &after, &notes);
    // The version changes by design.
    unnoted.retain(|location| !location.starts_with("openapi: "));
    assert!(unnoted.is_empty(), "{unnoted:#?}");
}

#[test]
fn a_change_without_a_note_is_found() {
    let (mut after, notes) = imported();
    let before = load::read(&path(HARD)).unwrap();
    let operation = &mut after["paths"]["/vendor"]["post"];
    operation["responses"]["200"]["description"] = Value::Null;
    let found = unnoted(&before, &after, &notes);
    assert!(
        found.iter().any(|location| location.contains("/vendor")),
        "{found:?}"
    );
}

#[test]
fn the_imported_fixture_is_up_to_date() {
    let (after, _) = imported();
    let there = std::fs::read_to_string(path(IMPORTED)).unwrap();
    assert!(
        there == normal::yaml(&after).unwrap(),
        "run `cargo xtask import {HARD} --into {IMPORTED}` and `cargo xtask generate`"
    );
}

#[test]
fn an_import_of_the_imported_fixture_changes_nothing_and_leaves_nothing_out() {
    let there = std::fs::read_to_string(path(IMPORTED)).unwrap();
    let (again, notes) = import(IMPORTED);
    let again = normal::yaml(&again).unwrap();
    let changed = again
        .lines()
        .zip(there.lines())
        .find(|(new, old)| new != old);
    assert!(again == there, "{changed:?}");
    assert!(
        notes.all_left_out().is_empty(),
        "{:?}",
        notes.all_left_out()
    );
}
