//! The names of the members of an object in the document that progenitor reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::method_name;
use crate::document::members;

/// Separates the words of a key. No name of a document contains this control character.
const SEPARATOR: char = '\u{1f}';

/// Returns the keys of the members whose names are equal to that of another member in Rust, or
/// to `extra`, which is the name of the map of unnamed members.
///
/// progenitor makes a field of each key: `at_type` of `@type` if there is a `type`, `job_id_2` of `jobId`
/// if there is a `jobID`.
pub(crate) fn member_keys(schema: &Value) -> BTreeMap<&str, String> {
    let described = members(schema.get("properties")).map(|(name, _)| name.as_str());
    // progenitor makes a field of a required name that is not described, too.
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.into_iter().flatten().filter_map(Value::as_str);
    let all: BTreeSet<&str> = described.chain(required).collect();
    let is_plain = |name: &str| name.starts_with(|first: char| first.is_ascii_alphanumeric());
    let (plain, others): (Vec<_>, Vec<_>) = all.iter().partition(|name| is_plain(name));
    let mut taken = BTreeSet::from(["extra".to_owned()]);
    let mut keys = BTreeMap::new();
    for name in plain.into_iter().chain(others) {
        if taken.insert(method_name(name)) {
            continue;
        }
        let prefix = match name.chars().next() {
            Some('@') => "at",
            Some('$') => "dollar",
            _ => "",
        };
        let mut key = format!("{prefix}{SEPARATOR}{name}{SEPARATOR}");
        let mut number = 2;
        while !taken.insert(method_name(&key)) {
            key = format!("{prefix}{SEPARATOR}{name}{SEPARATOR}{number}");
            number += 1;
        }
        keys.insert(name, key);
    }
    keys
}

/// Returns the name of the member with a key.
pub(crate) fn member_of_key(key: &str) -> &str {
    key.split(SEPARATOR).nth(1).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_whose_name_in_rust_is_taken_has_a_key() {
        let schema = json!({
            "properties": {"type": {}, "@type": {}, "jobID": {}, "jobId": {}, "a-b": {}, "extra": {}},
            "required": ["a.b", "type"],
        });
        let keys = member_keys(&schema);
        let fields = keys.values().map(|key| method_name(key));
        let fields: Vec<_> = keys.keys().copied().zip(fields).collect();
        let expected = [
            ("@type", "at_type"),
            ("a.b", "a_b_2"),
            ("extra", "extra_2"),
            ("jobId", "job_id_2"),
        ];
        assert_eq!(
            fields,
            expected.map(|(name, field)| (name, field.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn every_member_has_a_field_of_its_own(names in prop::collection::btree_set("[@$a-cA-C._1-2-]{0,4}", 0..12)) {
            let properties: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!({}))).collect();
            let schema = json!({"properties": properties});
            let keys = member_keys(&schema);
            let key = |name: &'_ String| keys.get(name.as_str()).unwrap_or(name).clone();
            let fields: BTreeSet<_> = names.iter().map(|name| method_name(&key(name))).collect();
            prop_assert_eq!(fields.len(), names.len());
            for name in &names {
                let key = key(name);
                prop_assert_eq!(member_of_key(&key), name);
            }
        }
    }
}
