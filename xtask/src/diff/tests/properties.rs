//! What holds for any two documents, tried with random changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{THINGS, parse};
use crate::diff::source::Source;
use crate::diff::{Difference, Kind, join};
use crate::generate::ANY;

/// One random change of a document: where, and what.
#[derive(Clone, Debug)]
struct Mutation {
    way: Vec<usize>,
    what: usize,
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let way = prop::collection::vec(0..64_usize, 1..9);
    let one = (way, 0..12_usize).prop_map(|(way, what)| Mutation { way, what });
    prop::collection::vec(one, 1..4)
}

fn mutate(value: &mut Value, way: &[usize], what: usize) {
    let deeper = way.split_first();
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

/// The places of the changes of a kind.
fn places(difference: &Difference, kind: Kind) -> BTreeSet<&str> {
    let changes = difference
        .changes
        .iter()
        .filter(|change| change.kind == kind);
    changes.map(|change| change.place.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_seen_from_the_other_side_is_its_mirror(mutations in mutations()) {
        let whole = parse(THINGS, false).unwrap();
        let mut other = whole.clone();
        for Mutation { way, what } in &mutations {
            mutate(&mut other, way, *what);
        }
        let old = Source::new(whole, &ANY).unwrap();
        let new = match Source::new(other.clone(), &ANY) {
            Ok(new) => new,
            Err(error) => {
                // It is told with its cause, never by a panic of ours.
                let told = format!("{error:#}");
                prop_assert!(told.contains(' '), "{}", told);
                return Ok(());
            }
        };
        prop_assert_eq!(join::compare(&new, &new), Difference::default());
        let there = join::compare(&old, &new);
        let back = join::compare(&new, &old);
        prop_assert_eq!(there.words, back.words);
        prop_assert_eq!(there.changes.len(), back.changes.len());
        // An operation that moved is called after where it went.
        let paths = |source: &Source| source.document["paths"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>());
        if paths(&old) == paths(&new) {
            prop_assert_eq!(places(&there, Kind::Added), places(&back, Kind::Removed));
            prop_assert_eq!(places(&there, Kind::Removed), places(&back, Kind::Added));
            prop_assert_eq!(places(&there, Kind::Changed), places(&back, Kind::Changed));
        }
        if old.document != new.document {
            prop_assert_ne!(there, Difference::default());
        }
        let (before, after) = (super::surface_text(&old), super::surface_text(&new));
        let back = back.changes.iter().any(|change| !change.rust.is_empty());
        prop_assert_eq!(back, before != after);
    }
}
