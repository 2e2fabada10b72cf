//! Decoding of unions.
//!
//! progenitor does not read discriminators: its unions are decoded by trial, in exponential
//! time if they are recursive, and to the first variant that does not fail.

mod shapes;
mod shared;

use std::collections::BTreeMap;

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::{Types, derives};
use crate::document::text;
use crate::document::walk;
use crate::rust::{derived, has_serde, inside, name_of_type, path_is};
use shapes::Shape;
use shared::Shared;

/// Makes each union decode the variant that fits best. A union of scalars is not changed: the
/// first variant that does not fail is the best.
pub(super) fn run(types: &mut Types, document: &Value) {
    let unions = unions(document);
    let mut decoded = Vec::new();
    for (at, item) in types.items.iter().enumerate() {
        let syn::Item::Enum(item) = item else {
            continue;
        };
        let schemas = unions.get(&item.ident.to_string());
        if let Some(variants) = schemas.and_then(|it| variants(item, it, document)) {
            decoded.push((at, variants));
        }
    }
    let all = decoded.iter().flat_map(|(_, variants)| variants);
    let shared = Shared::of(all.map(|variant| (variant.ty.as_str(), &variant.shape)));
    for (at, variants) in decoded {
        if let Some(syn::Item::Enum(item)) = types.items.get_mut(at) {
            remove_derived(&mut item.attrs);
            let implementation = implementation(&item.ident, &variants, &shared);
            types.items.push(implementation);
        }
    }
    types.modules.extend(shared.module());
}

/// A variant that is decoded by its shape.
struct Variant {
    shape: Shape,
    /// The type of its value, or its own name.
    ty: String,
    /// The function that decodes it.
    decode: TokenStream,
}

/// Returns the variants of every union of a document, by the name of its type.
fn unions(document: &Value) -> BTreeMap<String, &[Value]> {
    let mut found = BTreeMap::new();
    let mut open: Vec<&Value> = document.get("paths").into_iter().collect();
    for (name, schema) in walk::components(document).into_iter().flatten() {
        add(&mut found, name, schema);
        for part in walk::items(schema.get("allOf")) {
            add(&mut found, name, part);
        }
        open.push(schema);
    }
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                add(&mut found, text(value, "title"), value);
                // The generator gives the title of a nullable union to the union.
                for part in walk::items(value.get("allOf")) {
                    add(&mut found, text(value, "title"), part);
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn add<'a>(found: &mut BTreeMap<String, &'a [Value]>, name: &str, schema: &'a Value) {
    for union in ["oneOf", "anyOf"] {
        if let Some(Value::Array(variants)) = schema.get(union) {
            let name = name.to_pascal_case();
            found.entry(name).or_insert(variants.as_slice());
        }
    }
}

/// Returns the variants of a union; none if the derived `Deserialize` is as good, or if a
/// variant contains members itself, so that no function decodes it.
fn variants(item: &syn::ItemEnum, schemas: &[Value], document: &Value) -> Option<Vec<Variant>> {
    if !has_serde(&item.attrs, "untagged") || item.variants.len() != schemas.len() {
        return None;
    }
    let shapes: Vec<_> = schemas
        .iter()
        .map(|schema| Shape::of_variant(document, schema))
        .collect();
    if shapes.iter().all(Shape::is_scalar) {
        return None;
    }
    let variants = item.variants.iter().zip(shapes).map(|(variant, shape)| {
        let name = &variant.ident;
        let mut fields = variant.fields.iter();
        let (ty, decode) = match (&variant.fields, fields.next(), fields.next()) {
            (syn::Fields::Unit, ..) => (None, quote!(|_| Ok(Self::#name))),
            (syn::Fields::Unnamed(_), Some(field), None) => {
                let ty = name_of_type(inside(&field.ty, "Box").unwrap_or(&field.ty));
                (ty, quote!(|json| json.decode(Self::#name)))
            }
            _ => return None,
        };
        let ty = ty.unwrap_or_else(|| name.to_string());
        Some(Variant { shape, ty, decode })
    });
    variants.collect()
}

/// Returns the implementation of `Deserialize`.
fn implementation(name: &syn::Ident, variants: &[Variant], shared: &Shared) -> syn::Item {
    let variants = variants.iter().map(|Variant { shape, decode, .. }| {
        let shape = shared.reference(shape);
        quote!(perspio_http::rt::Variant { shape: &#shape, decode: #decode })
    });
    syn::parse_quote! {
        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                perspio_http::rt::union(deserializer, &[#(#variants),*])
            }
        }
    }
}

/// Removes `Deserialize` from the derived traits.
fn remove_derived(attributes: &mut [syn::Attribute]) {
    const DESERIALIZE: [&str; 2] = ["serde", "Deserialize"];
    for attribute in attributes {
        if derives(attribute, &DESERIALIZE) && attribute.path().is_ident("derive") {
            let mut all = derived(attribute);
            all.retain(|path| !path_is(path, &DESERIALIZE));
            *attribute = syn::parse_quote!(#[derive(#(#all),*)]);
        }
    }
}

#[cfg(test)]
mod tests;
