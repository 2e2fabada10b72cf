//! Successes of several types, of which the status of the response chooses one.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::read::{Builder, Response};
use crate::rust::{content, name_of_type};

impl Builder<'_> {
    /// Returns the statuses of successes with the variant of each, if the success is a union in
    /// the module `types` and the document says which variant belongs to which status.
    pub(super) fn read_variants(&self, types: &syn::ItemMod) -> Vec<(String, syn::Ident)> {
        let Response::Value(ty) = &self.response else {
            return Vec::new();
        };
        let name = name_of_type(ty).unwrap_or_default();
        let union = content(types).iter().find_map(|item| match item {
            syn::Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        let Some(union) = union else {
            return Vec::new();
        };
        let responses = self.request.responses.iter();
        let all = responses.filter_map(|it| Some((&it.status, it.variant?)));
        let variants = all.map(|(status, index)| {
            let variant = union.variants.iter().nth(index)?;
            // Without a single value, no function makes the variant.
            let is_made =
                matches!(&variant.fields, syn::Fields::Unnamed(all) if all.unnamed.len() == 1);
            is_made.then(|| (status.clone(), variant.ident.clone()))
        });
        variants.collect::<Option<_>>().unwrap_or_default()
    }

    /// Returns the call of the runtime that decodes the variant that belongs to the status, if the
    /// success is such a union.
    pub(super) fn call_by_status(&self, request: &syn::Ident) -> Option<TokenStream> {
        let Response::Value(ty) = &self.response else {
            return None;
        };
        let arms = self.variants.iter().map(|(status, variant)| {
            let pattern = if let Ok(status) = status.parse() {
                let status = Literal::u16_unsuffixed(status);
                quote!(#status)
            } else {
                quote!(200..=299)
            };
            quote!(#pattern => body.decode(#ty::#variant))
        });
        let call = quote! {
            rt::call_by_status(#request, |status, body| match status {
                #(#arms,)*
                _ => body.decode_any(),
            })
        };
        (!self.variants.is_empty()).then_some(call)
    }
}
