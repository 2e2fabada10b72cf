//! Replaces the names of members that are equal in Rust by their keys.

use serde_json::Value;

use crate::document::walk;
use crate::model::member_keys;

/// Replaces the names of members by their keys. progenitor would make two fields with one name.
pub(super) fn rename(document: &mut Value) {
    walk::schemas(document, &mut |_, schema| {
        let keys = member_keys(schema);
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(name, key)| (name.to_owned(), key))
            .collect();
        for (name, key) in keys {
            let members = schema.get_mut("properties").and_then(Value::as_object_mut);
            if let Some(members) = members
                && let Some(member) = members.remove(&name)
            {
                members.insert(key.clone(), member);
            }
            let required = schema.get_mut("required").and_then(Value::as_array_mut);
            for required in required.into_iter().flatten() {
                if *required == *name {
                    *required = key.clone().into();
                }
            }
        }
    });
}
