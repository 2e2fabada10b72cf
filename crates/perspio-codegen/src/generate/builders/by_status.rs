//! Successes of several types, of which the status of the response chooses one.

use proc_macro2::TokenStream;
use quote::quote;

use super::read::{Builder, Response};
use crate::rust::{content, name_of_type};

impl Builder<'_> {
    /// Returns the call of the runtime that decodes the variant that belongs to the status, if the
    /// success is a union in the module `types` and the document says which variant that is.
    pub(super) fn call_by_status(
        &self,
        request: &syn::Ident,
        types: &syn::ItemMod,
    ) -> Option<TokenStream> {
        let Response::Value(ty) = &self.response else {
            return None;
        };
        let responses = self.request.responses.iter();
        let mut by_status = responses
            .filter_map(|it| Some((&it.status, it.variant?)))
            .peekable();
        by_status.peek()?;
        let name = name_of_type(ty)?;
        let union = content(types).iter().find_map(|item| match item {
            syn::Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        })?;
        let mut arms = TokenStream::new();
        for (status, variant) in by_status {
            let variant = union.variants.iter().nth(variant)?;
            // Without a single value, no function makes the variant.
            if !matches!(&variant.fields, syn::Fields::Unnamed(all) if all.unnamed.len() == 1) {
                return None;
            }
            let variant = &variant.ident;
            let pattern = if let Ok(status) = status.parse() {
                let status = proc_macro2::Literal::u16_unsuffixed(status);
                quote!(#status)
            } else {
                quote!(200..=299)
            };
            arms.extend(quote!(#pattern => body.decode(#ty::#variant),));
        }
        Some(quote! {
            rt::call_by_status(#request, |status, body| match status {
                #arms
                _ => body.decode_any(),
            })
        })
    }
}
