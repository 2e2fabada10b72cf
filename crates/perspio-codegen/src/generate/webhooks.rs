//! The functions that decode the payloads of webhooks and callbacks.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use quote::format_ident;
use serde_json::Value;

use super::documentation::doc;
use crate::document::{WEBHOOKS, text, walk};
use crate::model::method_name;

/// Returns the module `webhooks`, with a function for each payload of a document whose type is one
/// of `types`; none if there is no payload.
pub(super) fn module(
    document: &Value,
    types: &BTreeSet<String>,
    crate_name: &str,
) -> Option<syn::ItemMod> {
    let mut functions = Vec::new();
    for (component, schema) in walk::components(document).into_iter().flatten() {
        let ty = component.to_pascal_case();
        if !types.contains(&ty) {
            continue;
        }
        for webhook in walk::items(schema.get(WEBHOOKS)) {
            functions.push((method_name(text(webhook, "name")), ty.clone(), webhook));
        }
    }
    functions.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    let functions: Vec<_> = functions
        .iter()
        .map(|(name, ty, webhook)| function(name, ty, webhook, crate_name))
        .collect();
    (!functions.is_empty()).then(|| {
        syn::parse_quote! {
            /// The payloads of the requests that the server sends: webhooks and callbacks.
            pub mod webhooks {
                use perspio_http::WebhookError;
                use super::types;

                #(#functions)*
            }
        }
    })
}

fn function(name: &str, ty: &str, webhook: &Value, crate_name: &str) -> syn::ItemFn {
    let mut docs = vec![format!(
        "Decodes the payload of `{name}`, the body of its request."
    )];
    let description = text(webhook, "description");
    if !description.is_empty() {
        docs.push(description.to_owned());
    }
    docs.push(format!(
        "It does not check who sent the request: verify its signature first.\n\n\
         ```no_run\n\
         # fn example(body: &[u8]) -> Result<(), perspio_http::WebhookError> {{\n\
         let payload = {crate_name}::generated::webhooks::{name}(body)?;\n\
         # Ok(())\n\
         # }}\n\
         ```\n\n\
         # Errors\n\n\
         The body is not the JSON of a [`types::{ty}`]."
    ));
    let docs = doc(&docs.join("\n\n"));
    let (function, ty) = (format_ident!("{name}"), format_ident!("{ty}"));
    syn::parse_quote! {
        #(#docs)*
        pub fn #function(body: &[u8]) -> ::std::result::Result<types::#ty, WebhookError> {
            perspio_http::rt::webhook(#name, body)
        }
    }
}
