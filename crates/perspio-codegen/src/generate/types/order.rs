//! The order of members: typify sorts them by name. After this pass, they are in the order of the
//! document.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::Value;

use super::Types;
use super::members::json_name;
use crate::document::{resolve, text, walk};
use crate::rust::has_serde;

/// Orders the members of every struct. Those that the document does not name follow.
pub(super) fn run(types: &mut Types, document: &Value) {
    let orders = Orders::read(document);
    for item in types.structs_mut() {
        let syn::Fields::Named(fields) = &mut item.fields else {
            continue;
        };
        let mut members = Vec::new();
        for field in std::mem::take(&mut fields.named) {
            let is_map = has_serde(&field.attrs, "flatten");
            let name = field.ident.as_ref().filter(|_| !is_map);
            members.push((name.map(|name| json_name(name, &field)), field));
        }
        let names: BTreeSet<&str> = members
            .iter()
            .filter_map(|(name, _)| name.as_deref())
            .collect();
        let order = orders
            .of(&item.ident.to_string(), &names)
            .cloned()
            .unwrap_or_default();
        members.sort_by_key(|(name, _)| {
            let position = order.iter().position(|it| Some(it) == name.as_ref());
            (name.is_none(), position.unwrap_or(order.len()))
        });
        fields.named = members.into_iter().map(|(_, field)| field).collect();
    }
}

/// The orders of the members of all schemas.
#[derive(Default)]
struct Orders {
    /// By the names of types.
    named: BTreeMap<String, Vec<String>>,
    /// By the names of the members, for types that the generator names.
    others: BTreeMap<BTreeSet<String>, Vec<String>>,
}

impl Orders {
    fn read(document: &Value) -> Self {
        let mut orders = Self::default();
        for (name, schema) in walk::components(document).into_iter().flatten() {
            orders.add(document, schema, name);
        }
        let mut open = vec![document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    orders.add(document, value, text(value, "title"));
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        orders
    }

    fn add(&mut self, document: &Value, schema: &Value, name: &str) {
        let mut members = Vec::new();
        properties(document, schema, &mut BTreeSet::new(), &mut members);
        if members.len() > 1 {
            if !name.is_empty() {
                let name = name.to_pascal_case();
                self.named.entry(name).or_insert_with(|| members.clone());
            }
            let names = members.iter().cloned().collect();
            self.others.entry(names).or_insert(members);
        }
    }

    fn of(&self, ty: &str, members: &BTreeSet<&str>) -> Option<&Vec<String>> {
        let has_all =
            |order: &&Vec<String>| members.iter().all(|it| order.iter().any(|one| one == it));
        let of_type = self.named.get(ty).filter(has_all);
        of_type.or_else(|| {
            let names: BTreeSet<String> = members.iter().map(|it| (*it).to_owned()).collect();
            self.others.get(&names)
        })
    }
}

/// Adds the names of the members of a schema, those of its parts first. A schema may be part of
/// itself, or of several parts: `seen` are those that are read.
fn properties(
    document: &Value,
    schema: &Value,
    seen: &mut BTreeSet<*const Value>,
    found: &mut Vec<String>,
) {
    let schema = resolve(document, schema);
    if !seen.insert(std::ptr::from_ref(schema)) {
        return;
    }
    for part in walk::items(schema.get("allOf")) {
        properties(document, part, seen, found);
    }
    let own = schema.get("properties").and_then(Value::as_object);
    for name in own.into_iter().flat_map(serde_json::Map::keys) {
        if !found.contains(name) {
            found.push(name.clone());
        }
    }
}
