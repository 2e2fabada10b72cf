//! The derived traits and other attributes of the generated types.

use std::collections::BTreeSet;

use super::{Types, derives, implements};
use crate::error::Result;
use crate::rust::derived;
use crate::rust::{Expected, name_of_type, path_is};

/// Rewrites the attributes of every type. Callers make the values of the types `built`.
pub(super) fn run(types: &mut Types, built: &BTreeSet<String>) -> Result<()> {
    let (with_schema, with_default) = (
        implementors(types, "JsonSchema"),
        implementors(types, "Default"),
    );
    for item in &mut types.items {
        let (name, attributes, fields) = match item {
            syn::Item::Struct(item) => (&item.ident, &mut item.attrs, Some(&item.fields)),
            syn::Item::Enum(item) => (&item.ident, &mut item.attrs, None),
            _ => continue,
        };
        let name = name.to_string();
        let location = format!("types::{name}");
        let has_schema = with_schema.contains(&name);
        let is_open = fields.is_none_or(|fields| matches!(fields, syn::Fields::Named(_)));
        let has_default = fields.is_some_and(all_optional)
            && is_open
            && !built.contains(&name)
            && !with_default.contains(&name);
        let changed = derive(attributes, has_default);
        let expected = Expected {
            pass: "schemars_is_optional",
            location: &location,
            count: usize::from(!has_schema),
        };
        expected.check(changed)?;
        if is_open {
            mark_non_exhaustive(attributes);
        }
    }
    for item in &mut types.items {
        if let syn::Item::Impl(block) = item
            && crate::rust::implemented(block).as_deref() == Some("JsonSchema")
        {
            block
                .attrs
                .push(syn::parse_quote!(#[cfg(feature = "schemars")]));
        }
    }
    Ok(())
}

/// Returns the types with an implementation of a trait that is written out.
fn implementors(types: &Types, name: &str) -> BTreeSet<String> {
    let of = |item: &syn::Item| match item {
        syn::Item::Impl(block) => name_of_type(&block.self_ty),
        _ => None,
    };
    let all = types.items.iter();
    all.filter_map(|item| of(item).filter(|of| implements(item, name, of)))
        .collect()
}

/// Rewrites the derived traits, with `JsonSchema` only if a feature is enabled: progenitor
/// derives it on every type, because its commands need it. Returns how often it was derived.
fn derive(attributes: &mut Vec<syn::Attribute>, has_default: bool) -> usize {
    const SCHEMA: [&str; 2] = ["schemars", "JsonSchema"];
    let schemas = attributes.iter().filter(|it| derives(it, &SCHEMA)).count();
    let mut all: Vec<syn::Path> = attributes.iter().flat_map(derived).collect();
    all.retain(|path| !path_is(path, &SCHEMA));
    if has_default && !all.iter().any(|path| path.is_ident("Default")) {
        all.push(syn::parse_quote!(Default));
    }
    // An attribute is not a path whose names `names` could shorten.
    for path in &mut all {
        path.leading_colon = None;
    }
    all.sort_by_key(|path| {
        let name = path.segments.last().map(|last| last.ident.to_string());
        (path.segments.len(), name)
    });
    let at = attributes
        .iter()
        .position(|it| it.path().is_ident("derive"));
    attributes.retain(|attribute| !attribute.path().is_ident("derive"));
    let at = at.unwrap_or(attributes.len());
    attributes.insert(at, syn::parse_quote!(#[derive(#(#all),*)]));
    if schemas > 0 {
        let schema = syn::parse_quote! {
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        };
        attributes.insert(at + 1, schema);
    }
    schemas
}

/// Returns whether a value without any member is valid.
fn all_optional(fields: &syn::Fields) -> bool {
    let mut types = fields.iter().filter_map(|field| name_of_type(&field.ty));
    let is_optional = |name: String| ["Option", "Map", "BTreeMap"].contains(&name.as_str());
    types.all(is_optional)
}

/// Marks a type as non-exhaustive. Otherwise, a new member of a response or a new value of an
/// enum would break every program that constructs or matches the type. A value is made by
/// its builder, by `Default` or by serde, and a `match` must handle other values. A variant
/// with members is not marked, because it has no builder.
fn mark_non_exhaustive(attributes: &mut Vec<syn::Attribute>) {
    attributes.push(syn::parse_quote!(#[non_exhaustive]));
}
