//! Shapes that several variants have: constants of the module `types::shapes`.
//!
//! A schema is often a variant of many unions. In the client of one public API with 339 unions,
//! 1,255 variants have 146 shapes.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::shapes::Shape;

/// The shared shapes, with the names of their constants.
pub(super) struct Shared(BTreeMap<String, (syn::Ident, TokenStream)>);

impl Shared {
    /// Reads the shapes of all variants, each with the type of the variant's value.
    pub(super) fn of<'a>(all: impl Iterator<Item = (&'a str, &'a Shape)>) -> Self {
        let mut found: BTreeMap<String, (&str, TokenStream, usize)> = BTreeMap::new();
        for (ty, shape) in all.filter(|(_, shape)| shape.has_members()) {
            let code = shape.to_token_stream();
            let entry = found.entry(code.to_string()).or_insert((ty, code, 0));
            // The name must not depend on the order of the unions.
            entry.0 = entry.0.min(ty);
            entry.2 += 1;
        }
        let mut shared: Vec<_> = found.into_iter().filter(|(_, it)| it.2 > 1).collect();
        shared.sort_by(|(a, (one, ..)), (b, (other, ..))| (one, a).cmp(&(other, b)));
        let mut taken = BTreeSet::new();
        let named = shared.into_iter().map(|(key, (ty, code, _))| {
            let name = constant_name(ty);
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let mut names = std::iter::once(name.clone()).chain(numbered);
            let name = names
                .find(|name| taken.insert(name.clone()))
                .unwrap_or(name);
            (key, (format_ident!("{name}"), code))
        });
        Self(named.collect())
    }

    /// Returns the code of a shape: the path of its constant, or its value.
    pub(super) fn reference(&self, shape: &Shape) -> TokenStream {
        let code = shape.to_token_stream();
        match self.0.get(&code.to_string()) {
            Some((name, _)) => quote!(shapes::#name),
            None => code,
        }
    }

    /// Returns the module of the constants.
    pub(super) fn module(self) -> Option<syn::ItemMod> {
        let mut all: Vec<_> = self.0.into_values().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (names, shapes): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        (!names.is_empty()).then(|| {
            syn::parse_quote! {
                /// The shapes that several variants of unions have.
                mod shapes {
                    #(pub(super) const #names: perspio_http::rt::Shape = #shapes;)*
                }
            }
        })
    }
}

fn constant_name(ty: &str) -> String {
    let name = ty.to_shouty_snake_case();
    // The conversion removes an underscore before a digit.
    if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        format!("SHAPE_{name}")
    } else {
        name
    }
}
