//! Members that are absent, null, or have a value.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::Value;
use syn::visit::{self, Visit};

use super::Types;
use super::dates::contains_date;
use super::members::json_name;
use crate::document::{members, text, walk};
use crate::error::{Result, fail};
use crate::rust::{has_serde, inside, path_of_type};

/// Makes the optional members of the types `sent` that may be null `Option<Nullable<T>>`: in a
/// change, an absent member keeps its value and null clears it. progenitor represents both by
/// `None`.
pub(super) fn run(types: &mut Types, sent: &BTreeSet<String>, document: &Value) -> Result<()> {
    let objects = objects(document);
    for item in &mut types.items {
        let syn::Item::Struct(item) = item else {
            continue;
        };
        let owner = item.ident.to_string();
        let Some(schema) = objects.get(&owner).filter(|_| sent.contains(&owner)) else {
            continue;
        };
        for field in &mut item.fields {
            let Some(name) = &field.ident else {
                continue;
            };
            let name_in_json = json_name(name, field);
            // A required member is never absent: `None` is null.
            if walk::items(schema.get("required")).any(|it| *it == name_in_json) {
                continue;
            }
            let member = schema
                .get("properties")
                .and_then(|members| members.get(&name_in_json));
            let may_be_null = member.and_then(|it| it.get("nullable")) == Some(&Value::Bool(true));
            // A member with a default is never absent.
            if may_be_null && let Some(nullable) = nullable(&field.ty) {
                let builder = types.builders.get_mut(&owner);
                if let Some(ty) = builder.and_then(|builder| builder.type_of(name))
                    && let Some(nullable) = self::nullable(ty)
                {
                    *ty = nullable;
                }
                field.ty = nullable;
            }
        }
    }
    keep_null(types)
}

/// Returns the objects of a document, by the names of their types.
fn objects(document: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    let mut open: Vec<&Value> = document.get("paths").into_iter().collect();
    for (name, schema) in walk::components(document).into_iter().flatten() {
        found.insert(name.to_pascal_case(), schema);
        open.push(schema);
    }
    while let Some(value) = open.pop() {
        match value {
            Value::Object(all) => {
                if members(value.get("properties")).next().is_some() {
                    let name = text(value, "title").to_pascal_case();
                    found.entry(name).or_insert(value);
                }
                open.extend(all.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// Returns the type of an optional member that may be null. progenitor puts the option of a
/// recursive type in a box.
fn nullable(ty: &syn::Type) -> Option<syn::Type> {
    let boxed = inside(ty, "Box").and_then(|it| inside(it, "Option"));
    let inner = match boxed {
        Some(inner) => syn::parse_quote!(::std::boxed::Box<#inner>),
        None => inside(ty, "Option")?.clone(),
    };
    Some(syn::parse_quote!(::std::option::Option<perspio_http::Nullable<#inner>>))
}

/// Makes serde distinguish null from an absent member if the type of the member can represent
/// null. progenitor has no setting for this attribute.
fn keep_null(types: &mut Types) -> Result<()> {
    for item in types.structs_mut() {
        for field in &mut item.fields {
            if !names_nullable(&field.ty) || path_of_type(&field.ty).is_some_and(is_nullable) {
                continue;
            }
            let Some(inner) = inside(&field.ty, "Option") else {
                return fail(format_args!(
                    "the pass `nullable` does not support the type of a member of types::{}, \
                     adapt the pass",
                    item.ident
                ));
            };
            if !path_of_type(inner).is_some_and(is_nullable) {
                continue;
            }
            let decode = match inside(inner, "Nullable") {
                Some(value) if contains_date(value) => "perspio_http::rt::nullable_dates",
                _ => "perspio_http::rt::some",
            };
            field.attrs.push(if has_serde(&field.attrs, "default") {
                syn::parse_quote!(#[serde(deserialize_with = #decode)])
            } else {
                syn::parse_quote!(#[serde(default, deserialize_with = #decode)])
            });
        }
    }
    Ok(())
}

/// Returns whether a type is `perspio_http::Nullable`, or one of a client such as
/// `perspio::NullableText`.
pub(super) fn is_nullable(path: &syn::Path) -> bool {
    let last = path.segments.last();
    path.segments.len() > 1
        && last.is_some_and(|last| last.ident.to_string().starts_with("Nullable"))
}

fn names_nullable(ty: &syn::Type) -> bool {
    struct Nullable(bool);
    impl<'ast> Visit<'ast> for Nullable {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.0 |= is_nullable(path);
            visit::visit_path(self, path);
        }
    }
    let mut found = Nullable(false);
    found.visit_type(ty);
    found.0
}
