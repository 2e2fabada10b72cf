//! The interface between the generated commands and their program.

use std::collections::BTreeMap;

use quote::format_ident;

use crate::error::{Result, fail};
use crate::model::Request;
use crate::model::builder_name;
use crate::rust::Expected;

/// The functions for pages of an extension of Dropshot, which `prepare` removes.
const PAGES: [&str; 4] = [
    "list_end_error",
    "list_end_success",
    "list_item",
    "list_start",
];

/// Replaces the error type of each operation by the client's, removes the functions for pages,
/// and adds the one that reads bodies if there are any.
pub(super) fn run(
    item: &mut syn::ItemTrait,
    requests: &BTreeMap<String, Request>,
    has_bodies: bool,
) -> Result<()> {
    let (mut pages, mut errors, mut hooks) = (0, 0, 0);
    let mut kept = Vec::new();
    for function in std::mem::take(&mut item.items) {
        let syn::TraitItem::Fn(mut function) = function else {
            return fail("progenitor's `CliConfig` has an item that is not a function");
        };
        let name = function.sig.ident.to_string();
        if PAGES.contains(&name.as_str()) {
            pages += 1;
            continue;
        }
        if name == "error" {
            errors += 1;
            function = syn::parse_quote!(
                fn error(&self, value: &Error);
            );
        } else if let Some(operation) = name.strip_prefix("execute_") {
            hooks += usize::from(requests.contains_key(operation));
            let (name, builder) = (
                format_ident!("{name}"),
                format_ident!("{}", builder_name(operation)),
            );
            function = syn::parse_quote! {
                fn #name(
                    &self,
                    _matches: &::clap::ArgMatches,
                    _request: &mut builder::#builder<'_>,
                ) -> anyhow::Result<()> {
                    Ok(())
                }
            };
        }
        kept.push(syn::TraitItem::Fn(function));
    }
    if has_bodies {
        kept.push(syn::parse_quote! {
            /// Returns the text of a body: by default the content of the file that the argument
            /// names.
            fn json_body(&self, argument: &std::path::Path) -> std::io::Result<String> {
                std::fs::read_to_string(argument)
            }
        });
    }
    item.items = kept;
    for (pass, count, found) in [
        ("without_pages", PAGES.len(), pages),
        ("one_error", 1, errors),
        ("hooks", requests.len(), hooks),
    ] {
        let expected = Expected {
            pass,
            location: "CliConfig",
            count,
        };
        expected.check(found)?;
    }
    Ok(())
}
