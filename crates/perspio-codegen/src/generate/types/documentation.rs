//! Documentation of every public item of the generated types.
//!
//! progenitor documents only the items with a description in the document.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::Types;
use super::members::json_name;
use crate::document::{VALUE_DESCRIPTIONS, text};
use crate::generate::documentation::{doc, rewrite};
use crate::rust::{serde_members, value_of};

pub(super) fn run(types: &mut Types, document: &Value) {
    let values = descriptions(document);
    for item in &mut types.items {
        match item {
            syn::Item::Struct(item) => {
                or_else(&mut item.attrs, &format!("The schema `{}`.", item.ident));
                fields(&mut item.fields);
            }
            syn::Item::Enum(item) => {
                or_else(&mut item.attrs, &format!("The schema `{}`.", item.ident));
                let texts = values.get(&item.ident.to_string());
                for variant in &mut item.variants {
                    let name = variant.ident.to_string();
                    let value = json_value(variant);
                    if let Some(text) = texts.and_then(|texts| texts.get(&value)?.as_str()) {
                        or_else(&mut variant.attrs, text);
                    }
                    or_else(&mut variant.attrs, &format!("`{name}`"));
                    fields(&mut variant.fields);
                }
            }
            _ => {}
        }
    }
    for module in &mut types.modules {
        if module.ident == "defaults" {
            module.attrs = doc("The default values of members.");
        }
    }
}

/// Returns the descriptions of the values of each enum that has any, by the name of its type.
fn descriptions(document: &Value) -> BTreeMap<String, &Map<String, Value>> {
    let mut found = BTreeMap::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        if let Some(texts) = value.get(VALUE_DESCRIPTIONS).and_then(Value::as_object) {
            found.insert(text(value, "title").to_pascal_case(), texts);
        }
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// Returns the string that a variant is in JSON.
fn json_value(variant: &syn::Variant) -> String {
    let mut members = variant.attrs.iter().flat_map(serde_members);
    let renamed = members.find(|member| member.path().is_ident("rename"));
    let renamed = renamed.and_then(|member| value_of(&member));
    renamed.unwrap_or_else(|| variant.ident.to_string())
}

fn fields(fields: &mut syn::Fields) {
    for field in fields {
        let Some(name) = field.ident.clone() else {
            continue;
        };
        let is_map = crate::rust::has_serde(&field.attrs, "flatten");
        let text = if is_map {
            "All other members.".to_owned()
        } else {
            format!("The member `{}`.", json_name(&name, field))
        };
        or_else(&mut field.attrs, &text);
    }
}

/// Rewrites the documentation; without one, `text` becomes it.
fn or_else(attributes: &mut Vec<syn::Attribute>, text: &str) {
    rewrite(attributes);
    if !attributes.iter().any(|it| it.path().is_ident("doc")) {
        let others = std::mem::take(attributes);
        attributes.extend(doc(text).into_iter().chain(others));
    }
}
