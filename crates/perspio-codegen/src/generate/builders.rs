//! The builders of requests.
//!
//! progenitor's builders name parameters, their types and the type of the response; this
//! much of them is [read](read::Builder::read). Their requests go through a `reqwest::Client`
//! with hooks that can only return responses, in the few encodings that progenitor supports,
//! and decode every documented error into a type that the client's runtime has no use for.
//! So each builder is written again: the request from the document, one call of
//! `perspio_http::rt` after it.

mod accept;
mod by_status;
mod download;
mod example;
mod pages;
mod read;
mod send;
mod setters;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit::Visit;

use super::documentation::doc;
use super::format::excerpt;
use crate::error::{Context, Result, ensure, fail};
use crate::model::Request;
use crate::rust::{content, name_of_type};
pub(super) use read::Builder;
pub(crate) use trial::can_be_read;

/// Reads the builder of every request from progenitor's module `builder`.
pub(super) fn read<'a>(
    module: &syn::ItemMod,
    types: &syn::ItemMod,
    requests: &'a BTreeMap<String, Request>,
) -> Result<Vec<Builder<'a>>> {
    let mut structs = BTreeMap::new();
    let mut blocks = BTreeMap::new();
    for item in content(module) {
        match item {
            syn::Item::Struct(item) => {
                structs.insert(item.ident.to_string(), item);
            }
            syn::Item::Impl(block) if block.trait_.is_none() => {
                let name = name_of_type(&block.self_ty).unwrap_or_default();
                ensure(
                    blocks.insert(name.clone(), block).is_none(),
                    format_args!("builder::{name} has two blocks of functions"),
                )?;
            }
            syn::Item::Use(_) => {}
            other => fail(format_args!(
                "`builder` has an item of an unknown form, adapt the passes: {}",
                excerpt(other)
            ))?,
        }
    }
    let structs_of_types = pages::Types::of(types);
    let mut builders = Vec::new();
    for request in requests.values() {
        let name = crate::model::builder_name(&request.name);
        let found = structs.remove(&name).zip(blocks.remove(&name));
        let (item, block) = found.context(format_args!(
            "progenitor made no builder of {}",
            request.name
        ))?;
        let mut builder = Builder::read(request, item, block)?;
        builder.pages = builder.read_pages(&structs_of_types)?;
        builder.variants = builder.read_variants(types);
        builders.push(builder);
    }
    if let Some((name, _)) = structs.first_key_value() {
        return fail(format_args!(
            "progenitor made builder::{name}, which belongs to no operation of the document"
        ));
    }
    Ok(builders)
}

/// Returns the module `builder`.
pub(super) fn module(builders: &[Builder<'_>], crate_name: &str) -> Result<syn::ItemMod> {
    let mut items = TokenStream::new();
    for builder in builders {
        items.extend(builder.write(crate_name));
    }
    let items: syn::File = syn::parse2(items).context("the written builders are not Rust")?;
    let mut types = super::types::OfTypes::default();
    types.visit_file(&items);
    let import = (!types.0.is_empty()).then(|| {
        quote!(
            use super::types;
        )
    });
    Ok(syn::parse_quote! {
        /// The requests of the client's operations.
        pub mod builder {
            use perspio_http::rt;

            #import

            #items
        }
    })
}

impl Builder<'_> {
    fn write(&self, crate_name: &str) -> TokenStream {
        let (name, method) = (&self.name, &self.request.name);
        let summary = doc(&format!(
            "A request of [`Client::{method}`](super::Client::{method})."
        ));
        let mut fields = TokenStream::new();
        let mut initial = TokenStream::new();
        let mut functions = TokenStream::new();
        for field in &self.fields {
            let (ident, ty) = (&field.ident, field.stored());
            fields.extend(quote!(#ident: ::std::result::Result<#ty, ::std::string::String>,));
            let value = field.initial();
            initial.extend(quote!(#ident: #value,));
            functions.extend(field.setters());
        }
        let is_cloneable = !self.fields.iter().any(read::Field::is_raw);
        let derive = if is_cloneable {
            quote!(#[derive(Clone, Debug)])
        } else {
            quote!(#[derive(Debug)])
        };
        let send = self.send(crate_name);
        quote! {
            #(#summary)*
            #derive
            pub struct #name<'a> {
                client: &'a super::Client,
                #fields
            }

            impl<'a> #name<'a> {
                pub(super) fn new(client: &'a super::Client) -> Self {
                    Self { client, #initial }
                }

                #functions

                #send
            }
        }
    }

    /// Returns the method of the client that begins a request.
    pub(super) fn method(&self, crate_name: &str, types: &BTreeSet<String>) -> TokenStream {
        let (name, method) = (&self.name, format_ident!("{}", self.request.name));
        let docs = self.documentation(crate_name, types);
        let deprecated = self
            .request
            .documentation
            .is_deprecated
            .then(|| quote!(#[deprecated]));
        quote! {
            #(#docs)*
            #deprecated
            pub fn #method(&self) -> builder::#name<'_> {
                builder::#name::new(self)
            }
        }
    }
}
