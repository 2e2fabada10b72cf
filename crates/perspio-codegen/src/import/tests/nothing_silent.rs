//! Whatever an import takes out has a note with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::super::{Notes, document, normal, on_a_large_stack};
use crate::load;

/// A document with everything that the generator cannot take.
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

/// Every value of a document by its place. Parameters are called by their
/// names, those of a path stand in each of its operations.
fn places(value: &Value, place: &str, found: &mut BTreeMap<String, Value>) {
    let inside = |name: &str| match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
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
                places(member, &inside(name), found);
                if let Some(shared) = shared.filter(|_| name == "get") {
                    places(shared, &inside("get.parameters"), found);
                }
            }
        }
        Value::Array(items) if place.ends_with(".parameters") => {
            for item in items {
                let name = |member: &str| item[member].as_str().unwrap();
                // A path and a query may have a parameter of one name.
                let place = inside(&format!("{}@{}", name("name"), name("in")));
                places(item, &place, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &inside(&index.to_string()), found);
            }
        }
        _ => {}
    }
    if !place.is_empty() {
        found.insert(place.to_owned(), value.clone());
    }
}

/// The places that were told, by their pass or as left out.
fn told(notes: &Notes) -> BTreeSet<String> {
    let explained = notes.explain();
    let changed = explained
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(place, _)| place.to_owned());
    changed
        .chain(notes.all_left_out().keys().cloned())
        .collect()
}

/// What is gone without a word at its place or around it.
fn silent(before: &Value, after: &Value, notes: &Notes) -> Vec<String> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    places(before, "", &mut old);
    places(after, "", &mut new);
    let told = told(notes);
    let is_told = |place: &str| {
        let place = ["querystring", "query", "path", "header", "cookie"]
            .iter()
            .fold(place.to_owned(), |place, kind| {
                place.replace(&format!("@{kind}"), "")
            });
        told.iter().any(|told| {
            place == *told
                || place
                    .strip_prefix(told.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let is_leaf = |value: &Value| {
        !matches!(value, Value::Object(members) if !members.is_empty())
            && !matches!(value, Value::Array(items) if !items.is_empty())
    };
    let is_kept = |place: &String, value: &Value| match (value, new.get(place)) {
        // Prose is added to.
        (Value::String(old), Some(Value::String(new))) => new.starts_with(old.as_str()),
        (old, new) => new == Some(old),
    };
    old.iter()
        .filter(|(place, value)| is_leaf(value) && !is_told(place))
        .filter(|(place, value)| !is_kept(place, value))
        .map(|(place, value)| format!("{place}: {value}, now {:?}", new.get(place)))
        .collect()
}

#[test]
fn everything_that_an_import_takes_out_is_told_with_its_place() {
    let (after, notes) = imported();
    let before = load::read(&path(HARD)).unwrap();
    let mut silent = silent(&before, &after, &notes);
    // The version is the point.
    silent.retain(|place| !place.starts_with("openapi: "));
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_loss_without_a_note_is_found() {
    let (mut after, notes) = imported();
    let before = load::read(&path(HARD)).unwrap();
    let operation = &mut after["paths"]["/vendor"]["post"];
    operation["responses"]["200"]["description"] = Value::Null;
    let found = silent(&before, &after, &notes);
    assert!(
        found.iter().any(|place| place.contains("/vendor")),
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
