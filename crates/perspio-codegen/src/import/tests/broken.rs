//! Documents that somebody or something has broken.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{normal, run};
use super::import;
use crate::generate;
use crate::load;

/// A generator of numbers that a seed repeats (`SplitMix64`).
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

/// Removes, replaces or renames one value, wherever the numbers lead.
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

/// The documents that are broken, and of how many rounds of ten each is taken.
const WHOLE: [(&str, usize); 4] = [
    (include_str!("../../../../../spec/perspiotalk.yaml"), 1),
    (include_str!("../../../../../spec/dispogas.yaml"), 2),
    (include_str!("inputs/words.yaml"), 4),
    (include_str!("inputs/compositions.json"), 3),
];

#[test]
fn a_thousand_broken_documents_are_told_or_imported_and_none_panics() {
    let wholes: Vec<Value> = WHOLE
        .iter()
        .flat_map(|(text, rounds)| std::iter::repeat_n(load::parse(text, false).unwrap(), *rounds))
        .collect();
    let mut numbers = Numbers(7);
    let (mut imported, mut refused) = (0, 0);
    for round in 0..1000 {
        let mut value = wholes[round % wholes.len()].clone();
        for _ in 0..=numbers.below(3) {
            mutate(&mut value, &mut numbers);
        }
        match import(&[("a.json", &value.to_string())], None) {
            Ok((document, _)) => {
                let text = normal::yaml(&document).unwrap();
                // The import has asked the generator; one of ten is asked again,
                // and imported again.
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
                assert!(!error.contains("broke off"), "{value}");
                refused += 1;
            }
        }
    }
    assert!(imported > 100 && refused > 50, "{imported} {refused}");
}

#[test]
fn what_cannot_be_imported_leaves_the_file_of_the_last_import_alone() {
    let folder = TempDir::new().unwrap();
    let [source, into] = ["a.yaml", "into.yaml"].map(|name| folder.path().join(name));
    let again = |text: &str| {
        fs::write(&source, text).unwrap();
        run(
            folder.path(),
            std::slice::from_ref(&source),
            Some(into.clone()),
            false,
        )
    };
    again(super::SMALL).unwrap();
    let before = fs::read(&into).unwrap();
    for broken in [
        &super::SMALL.replace("schemas/Thing", "schemas/No"),
        &super::SMALL[..super::SMALL.len() / 2],
        "",
        "openapi: 3.0.0\ninfo: {title: a, version: b}\npaths: {}",
    ] {
        again(broken).unwrap_err();
        assert_eq!(fs::read(&into).unwrap(), before);
    }
    // Nothing is left beside it, either.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
