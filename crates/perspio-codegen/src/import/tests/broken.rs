//! Imports of randomly mutated and of invalid documents.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Output, normal, run};
use super::import;
use crate::generate;
use crate::load;

/// A random number generator with a seed (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

/// Removes, replaces or renames one random value.
fn mutate(value: &mut Value, numbers: &mut Numbers) {
    let wrong = [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!({}),
        json!(true),
        json!({"$ref": "#/components/schemas/Thing"}),
        json!({"$ref": "other.yaml"}),
        json!({"type": ["string", "null"]}),
        json!({"allOf": []}),
        json!({"enum": [1, "a", null]}),
    ];
    let deeper = numbers.below(6) != 0;
    match value {
        Value::Object(members) if deeper && !members.is_empty() => {
            let name = members
                .keys()
                .nth(numbers.below(members.len()))
                .unwrap()
                .clone();
            if numbers.below(12) == 0 {
                let member = members.remove(&name).unwrap();
                if numbers.below(2) == 0 {
                    members.insert(format!("{name}é"), member);
                }
            } else {
                mutate(&mut members[&name], numbers);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let index = numbers.below(items.len());
            mutate(&mut items[index], numbers);
        }
        other => *other = wrong[numbers.below(wrong.len())].clone(),
    }
}

/// The documents that are mutated, and in how many rounds of ten each of them is.
const DOCUMENTS: [(&str, usize); 4] = [
    (include_str!("../../../../../spec/perspiotalk.yaml"), 1),
    (include_str!("../../../../../spec/dispogas.yaml"), 2),
    (include_str!("inputs/keywords.yaml"), 4),
    (include_str!("inputs/compositions.json"), 3),
];

#[test]
fn mutated_documents_are_imported_or_rejected_without_a_panic() {
    let documents: Vec<Value> = DOCUMENTS
        .iter()
        .flat_map(|(text, rounds)| std::iter::repeat_n(load::parse(text, false).unwrap(), *rounds))
        .collect();
    let mut numbers = Numbers(7);
    let (mut imported, mut rejected) = (0, 0);
    for round in 0..1000 {
        let mut value = documents[round % documents.len()].clone();
        for _ in 0..=numbers.below(3) {
            mutate(&mut value, &mut numbers);
        }
        match import(&[("a.json", &value.to_string())], None) {
            Ok((document, _)) => {
                let text = normal::yaml(&document).unwrap();
                // The import runs the generator. For one of ten, run both again.
                if round % 10 == 0 {
                    generate::source_of_client(&document).unwrap();
                    let (again, _) = import(&[("a.yaml", &text)], None).unwrap();
                    assert_eq!(normal::yaml(&again).unwrap(), text, "{value}");
                }
                imported += 1;
            }
            Err(error) => {
                let error = format!("{error:#}");
                assert!(error.contains("a.json") && error.contains(':'), "{error}");
                assert!(!error.contains("the import panicked"), "{value}");
                rejected += 1;
            }
        }
    }
    assert!(imported > 100 && rejected > 50, "{imported} {rejected}");
}

#[test]
fn a_failed_import_does_not_change_the_imported_file() {
    let folder = TempDir::new().unwrap();
    let [source, into] = ["a.yaml", "into.yaml"].map(|name| folder.path().join(name));
    let again = |text: &str| {
        fs::write(&source, text).unwrap();
        run(
            folder.path(),
            std::slice::from_ref(&source),
            Some(into.clone()),
            false,
            Output::Text,
        )
    };
    again(super::SMALL).unwrap();
    let before = fs::read(&into).unwrap();
    for broken in [
        &super::SMALL.replace("#/components/schemas/Thing", "no.yaml"),
        &super::SMALL[..super::SMALL.len() / 2],
        "",
        "openapi: 3.0.0\ninfo: {title: a, version: b}\npaths: {}",
    ] {
        again(broken).unwrap_err();
        assert_eq!(fs::read(&into).unwrap(), before);
    }
    // No temporary file is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
