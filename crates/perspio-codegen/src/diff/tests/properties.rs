//! Properties of any two documents, checked with random changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::{THINGS, parse};
use crate::config::Client;
use crate::diff::source::Source;
use crate::diff::{Difference, Kind, join};

/// A random change of a document: the path to it, and its number.
#[derive(Clone, Debug)]
struct Mutation {
    path: Vec<usize>,
    what: usize,
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let path = prop::collection::vec(0..64_usize, 1..9);
    let one = (path, 0..12_usize).prop_map(|(path, what)| Mutation { path, what });
    prop::collection::vec(one, 1..4)
}

fn mutate(value: &mut Value, path: &[usize], what: usize) {
    let deeper = path.split_first();
    match (value, deeper) {
        (Value::Object(members), Some((at, rest))) if !members.is_empty() => {
            let at = at % members.len();
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            if rest.is_empty() && what == 0 {
                members.remove(&name);
            } else if rest.is_empty() && what == 1 {
                let member = members.remove(&name).unwrap_or_default();
                members.insert(format!("{name}Too"), member);
            } else if rest.is_empty() && what == 2 {
                let member = members.get(&name).cloned().unwrap_or_default();
                members.insert(format!("{name}Copy"), member);
            } else if let Some(member) = members.get_mut(&name) {
                mutate(member, rest, what);
            }
        }
        (Value::Array(items), Some((at, rest))) if !items.is_empty() => {
            let at = at % items.len();
            if rest.is_empty() && what == 0 {
                items.remove(at);
            } else {
                mutate(&mut items[at], rest, what);
            }
        }
        (value, _) => {
            let others = [
                json!(null),
                json!("string"),
                json!("integer"),
                json!(true),
                json!(7),
                json!([]),
                json!({}),
                json!({"type": "boolean"}),
                json!({"$ref": "#/components/schemas/Thing"}),
            ];
            *value = others[what % others.len()].clone();
        }
    }
}

/// The locations of the changes of a kind.
fn locations(difference: &Difference, kind: Kind) -> BTreeSet<&str> {
    let changes = difference
        .changes
        .iter()
        .filter(|change| change.kind == kind);
    changes.map(|change| change.location.as_str()).collect()
}

/// Changes a document so that the generator most likely still supports it.
fn change(document: &mut Value, at: usize, what: usize) {
    let mut schemas = Vec::new();
    pointers(document, "", &mut schemas);
    let pointer = &schemas[at % schemas.len()];
    let schema = document
        .pointer_mut(pointer)
        .and_then(Value::as_object_mut)
        .unwrap();
    let fresh = json!({"type": "string", "format": "date-time"});
    match what {
        0 => drop(schema.insert("nullable".to_owned(), json!(true))),
        1 => drop(schema.remove("required")),
        2 => drop(schema.remove("format")),
        3 => drop(schema.remove("maxLength")),
        4 => drop(schema.insert("description".to_owned(), json!("Another description."))),
        5 => schema.retain(|name, _| name != "default"),
        _ => {}
    }
    if let Some(Value::Object(members)) = schema.get_mut("properties") {
        let name = members
            .keys()
            .nth(at % members.len().max(1))
            .cloned()
            .unwrap_or_default();
        match what {
            6 => drop(members.insert("fresh".to_owned(), fresh)),
            7 => drop(members.insert(name, fresh)),
            8 => drop(members.remove(&name)),
            9 => drop(schema.insert("required".to_owned(), json!([name]))),
            _ => {}
        }
    } else if let Some(Value::Array(values)) = schema.get_mut("enum") {
        match what {
            6 | 7 => values.push(json!("fresh")),
            8 => values.reverse(),
            9 if values.len() > 1 => drop(values.pop()),
            _ => {}
        }
    } else if schema.get("type") == Some(&json!("string")) && what == 6 {
        schema.insert("type".to_owned(), json!("integer"));
        schema.retain(|name, _| name == "type");
    }
    let Some(operation) = document.pointer_mut("/paths/~1things~1{thingId}/post") else {
        return;
    };
    match what {
        10 => operation["operationId"] = json!(format!("things_do_{at}")),
        11 => {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            let count = parameters.len().max(1);
            if let Some(parameter) = parameters.get_mut(at % count) {
                parameter["required"] = json!(true);
            }
        }
        12 => drop(operation["parameters"].as_array_mut().unwrap().pop()),
        13 => drop(
            operation["responses"]
                .as_object_mut()
                .unwrap()
                .remove("404"),
        ),
        14 => operation["tags"] = json!(["others"]),
        _ => {}
    }
}

/// Collects the pointers of the schemas with a type.
fn pointers(value: &Value, pointer: &str, found: &mut Vec<String>) {
    if value.get("type").is_some_and(Value::is_string) {
        found.push(pointer.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointers(item, &format!("{pointer}/{at}"), found);
            }
        }
        _ => {}
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn the_reverse_comparison_has_the_reverse_changes() {
    let whole = parse(THINGS, false).unwrap();
    let old = Source::new(whole.clone(), &Client::unconfigured()).unwrap();
    let supported = std::cell::Cell::new(0);
    let changes = prop::collection::vec((0..200_usize, 0..15_usize), 1..5);
    // The same changes each time: those that the generator supports are counted.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(60), random);
    let outcome = runner.run(&changes, |changes| {
        let mut other = whole.clone();
        for (at, what) in changes {
            change(&mut other, at, what);
        }
        let Ok(new) = Source::new(other, &Client::unconfigured()) else {
            return Ok(());
        };
        supported.set(supported.get() + 1);
        mirrored(&old, &new)
    });
    outcome.unwrap();
    assert!(
        supported.get() > 40,
        "only {} were supported",
        supported.get()
    );
}

fn mirrored(old: &Source, new: &Source) -> Result<(), TestCaseError> {
    prop_assert_eq!(join::compare(new, new), Difference::default());
    let there = join::compare(old, new);
    let back = join::compare(new, old);
    prop_assert_eq!(there.descriptions, back.descriptions);
    prop_assert_eq!(
        locations(&there, Kind::Added),
        locations(&back, Kind::Removed)
    );
    prop_assert_eq!(
        locations(&there, Kind::Removed),
        locations(&back, Kind::Added)
    );
    prop_assert_eq!(
        locations(&there, Kind::Changed),
        locations(&back, Kind::Changed)
    );
    if old.document != new.document {
        prop_assert_ne!(&there, &Difference::default());
    }
    let differ = super::surface_text(old) != super::surface_text(new);
    for difference in [there, back] {
        let rust = difference
            .changes
            .iter()
            .any(|change| !change.rust.is_empty());
        prop_assert_eq!(rust, differ, "{:#?}", difference);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_broken_document_is_an_error_without_a_panic(mutations in mutations()) {
        let mut other = parse(THINGS, false).unwrap();
        for Mutation { path, what } in &mutations {
            mutate(&mut other, path, *what);
        }
        if let Err(error) = Source::new(other, &Client::unconfigured()) {
            let error = format!("{error:#}");
            prop_assert!(error.contains(' '), "{}", error);
        }
    }
}
