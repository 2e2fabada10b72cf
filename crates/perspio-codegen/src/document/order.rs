//! The order of members: properties of schemas are in the order of the document, as readers
//! know them, and all others are sorted by name.
//!
//! Code that visits members does so by name, so that a reordered document gives the same names.

use serde_json::{Map, Value};

/// The keyword whose members keep their order.
const PROPERTIES: &str = "properties";

/// Returns whether the members of a member with this name keep their order.
pub(crate) fn is_kept(name: &str) -> bool {
    name == PROPERTIES
}

/// Sorts the members of every object whose order is not kept.
pub(crate) fn sort(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.sort_keys();
            for (name, member) in members {
                match member {
                    Value::Object(kept) if is_kept(name) => kept.values_mut().for_each(sort),
                    member => sort(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(sort),
        _ => {}
    }
}

/// Returns the members of an object by name.
pub(crate) fn by_name(members: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    sorted.into_iter()
}

/// Returns the members of an object by name, mutably.
pub(crate) fn by_name_mut(
    members: &mut Map<String, Value>,
) -> impl Iterator<Item = (&String, &mut Value)> {
    let mut sorted: Vec<_> = members.iter_mut().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    sorted.into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_properties_keep_their_order() {
        let mut value = json!([{"b": 1, "properties": {"z": {"type": "object", "a": 2}, "properties": {"b": 2, "a": 1}}}]);
        sort(&mut value);
        assert_eq!(
            value.to_string(),
            r#"[{"b":1,"properties":{"z":{"a":2,"type":"object"},"properties":{"a":1,"b":2}}}]"#
        );
        let names = |value: &Value| -> Vec<String> {
            by_name(value.as_object().unwrap())
                .map(|(name, _)| name.clone())
                .collect()
        };
        assert_eq!(names(&value[0]["properties"]), ["properties", "z"]);
    }
}
