//! The names of members, and members that are absent or not named by the document.

use heck::ToPascalCase;
use serde_json::Value;

use super::Types;
use crate::document::members;
use crate::error::Result;
use crate::model::member_of_key;
use crate::rust::{Expected, has_serde, inside, serde_members, value_of};

/// Returns the name of a member in JSON.
pub(in crate::generate) fn json_name(name: &syn::Ident, field: &syn::Field) -> String {
    let renamed = field
        .attrs
        .iter()
        .flat_map(serde_members)
        .find_map(|member| {
            let is_rename = member.path().is_ident("rename");
            value_of(&member).filter(|_| is_rename)
        });
    renamed.unwrap_or_else(|| name.to_string().trim_start_matches("r#").to_owned())
}

/// Replaces the keys of members by their names; see [`member_keys`](crate::model::member_keys).
pub(super) fn name(types: &mut Types) {
    for item in &mut types.items {
        match item {
            syn::Item::Struct(item) => name_fields(&mut item.fields),
            syn::Item::Enum(item) => {
                for variant in &mut item.variants {
                    name_fields(&mut variant.fields);
                }
            }
            _ => {}
        }
    }
}

fn name_fields(fields: &mut syn::Fields) {
    for attribute in fields.iter_mut().flat_map(|field| &mut field.attrs) {
        let mut members = serde_members(attribute);
        let mut is_key = false;
        for member in &mut members {
            let key = value_of(member).filter(|_| member.path().is_ident("rename"));
            if let Some(key) = key.filter(|key| member_of_key(key) != key) {
                let name = member_of_key(&key);
                *member = syn::parse_quote!(rename = #name);
                is_key = true;
            }
        }
        if is_key {
            *attribute = syn::parse_quote!(#[serde(#(#members),*)]);
        }
    }
}

/// Skips absent members of a recursive type, which progenitor boxes outside of the option
/// (`Box<Option<T>>`) and serializes as null.
pub(super) fn keep_absent(types: &mut Types) -> Result<()> {
    for item in types.structs_mut() {
        let location = format!("types::{}", item.ident);
        for field in &mut item.fields {
            let is_boxed =
                inside(&field.ty, "Box").is_some_and(|it| inside(it, "Option").is_some());
            if !is_boxed || !has_serde(&field.attrs, "default") {
                continue;
            }
            let expected = Expected {
                pass: "keep_absent",
                location: &location,
                count: 1,
            };
            expected.check(usize::from(!has_serde(&field.attrs, "skip_serializing_if")))?;
            field.attrs.push(syn::parse_quote! {
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            });
        }
    }
    Ok(())
}

/// Checks that the struct of each object has one map for unnamed members: `prepare` opens
/// every object, so that they are preserved.
pub(super) fn check_open(types: &Types, document: &Value) -> Result<()> {
    for (name, schema) in members(document.pointer("/components/schemas")) {
        let has_members = members(schema.get("properties")).next().is_some();
        let is_plain = has_members
            && schema.get("type") == Some(&"object".into())
            && ["allOf", "anyOf", "oneOf", "not", "enum"]
                .iter()
                .all(|composed| schema.get(composed).is_none());
        let name = name.to_pascal_case();
        let found = types.items.iter().find_map(|item| match item {
            syn::Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        });
        let Some(item) =
            found.filter(|item| is_plain && matches!(item.fields, syn::Fields::Named(_)))
        else {
            continue;
        };
        let maps = item
            .fields
            .iter()
            .filter(|it| has_serde(&it.attrs, "flatten"));
        let location = format!("types::{name}");
        let expected = Expected {
            pass: "open",
            location: &location,
            count: 1,
        };
        expected.check(maps.count())?;
    }
    Ok(())
}
