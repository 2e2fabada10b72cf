//! The file of a generated client.
//!
//! progenitor's `Client` has its own base URL and `reqwest::Client`, without
//! credentials and with a total timeout that cuts long downloads; sends an undocumented
//! header `api-version`; and calls hooks, of which a missing one would compile. This module
//! replaces it by a client of the runtime, with a method for each operation.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::visit::Visit;

use super::documentation::doc;
use super::format::excerpt;
use super::types::{self, OfTypes};
use super::{builders, bypass, methods, operations, servers, webhooks};
use crate::document::text;
use crate::error::{Result, ensure, fail};
use crate::model::Request;
use crate::model::builder_name;
use crate::rust::{
    Expected, functions, implemented, name_of_type, names, parse, path_is, path_of, path_of_type,
};

/// Returns a client, whose crate is called `crate_name`, as one file. Its names are full.
pub(super) fn file(
    tokens: TokenStream,
    document: &Value,
    requests: &BTreeMap<String, Request>,
    crate_name: &str,
) -> Result<syn::File> {
    let operations = operations::list(requests)?;
    let servers = servers::list(document)?;
    let parts = Parts::read(parse(tokens)?, requests)?;
    let read = builders::read(&parts.builder, &parts.types, requests)?;
    let builder = builders::module(&read, crate_name)?;
    let taken = requests
        .keys()
        .find(|name| methods::NAMES.contains(&name.as_str()));
    if let Some(name) = taken {
        return fail(format_args!(
            "the operation {name} has the name of a method of every client: rename it"
        ));
    }
    let names: BTreeSet<_> = crate::rust::content(&parts.types)
        .iter()
        .filter_map(|item| match item {
            syn::Item::Struct(item) => Some(item.ident.to_string()),
            syn::Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let operation_methods = read
        .iter()
        .map(|builder| builder.method(crate_name, &names));
    let operation_methods: TokenStream = operation_methods.collect();
    let client_methods = methods::of_client(crate_name);
    let sent = sent(&builder);
    let webhooks = webhooks::module(document, &names, crate_name);
    let types = types::run(parts.types, &sent, document)?;
    let docs = documentation(document);
    let mut streams = Streams::default();
    streams.visit_item_mod(&builder);
    let bytes = streams.are_of_bytes.then(|| {
        quote!(
            pub use perspio_http::rt::ByteStream;
        )
    });
    let downloads = streams.are_downloads.then(|| {
        quote!(
            pub use perspio_http::Download;
        )
    });
    let events = streams.are_of_events.then(|| {
        quote!(
            pub use perspio_http::EventStream;
        )
    });
    let items = read.iter().any(builders::Builder::has_pages).then(|| {
        quote!(
            pub use perspio_http::ItemStream;
        )
    });
    let file_part = read.iter().any(builders::Builder::sends_file).then(|| {
        quote!(
            pub use perspio_http::FilePart;
        )
    });
    let form_parts = read.iter().any(builders::Builder::has_any_parts).then(|| {
        quote!(
            pub use perspio_http::FormParts;
        )
    });
    let file: syn::File = syn::parse_quote! {
        #downloads
        pub use perspio_http::Error;
        #events
        #file_part
        #form_parts
        #items
        #bytes
        pub use perspio_http::rt::ResponseValue;
        use perspio_http::rt;

        #(#docs)*
        #[derive(Clone, Debug)]
        pub struct Client {
            pub(crate) inner: rt::ApiClient,
        }

        impl Client {
            #operation_methods
            #client_methods
        }

        impl From<rt::ApiClient> for Client {
            fn from(inner: rt::ApiClient) -> Self {
                Self { inner }
            }
        }

        #operations

        #servers

        #builder

        #types

        #webhooks
    };
    bypass::check(&file, requests)?;
    Ok(file)
}

/// The parts of progenitor's file that are kept.
struct Parts {
    types: syn::ItemMod,
    builder: syn::ItemMod,
}

impl Parts {
    /// Splits a file into its parts.
    ///
    /// # Errors
    /// An item has an unknown form.
    fn read(file: syn::File, requests: &BTreeMap<String, Request>) -> Result<Self> {
        let (mut types, mut builder) = (None, None);
        // The number of dropped items, by form.
        let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
        let mut methods = 0;
        for item in file.items {
            let form = match item {
                syn::Item::Use(_) => "an import",
                syn::Item::Mod(module) if module.ident == "types" => {
                    types = Some(module);
                    continue;
                }
                syn::Item::Mod(module) if module.ident == "builder" => {
                    builder = Some(module);
                    continue;
                }
                syn::Item::Mod(module) if module.ident == "prelude" => "the prelude",
                syn::Item::Struct(item) if item.ident == "Client" => "the client",
                syn::Item::Const(item) if item.ident == "_" => "the check for hooks",
                syn::Item::Impl(block)
                    if name_of_type(&block.self_ty).as_deref() == Some("Client") =>
                {
                    match implemented(&block).as_deref() {
                        Some("ClientInfo") => "the implementation of `ClientInfo`",
                        None if is_constructors(&block) => "the constructors",
                        None => {
                            methods += check_methods(&block, requests)?;
                            continue;
                        }
                        Some(other) => {
                            fail(format_args!("progenitor's client implements {other}"))?
                        }
                    }
                }
                other => fail(format_args!(
                    "progenitor's client has an item of an unknown form, adapt `client.rs`: {}",
                    excerpt(&other)
                ))?,
            };
            *dropped.entry(form).or_default() += 1;
        }
        for (form, count) in [
            ("an import", 2),
            ("the prelude", 1),
            ("the client", 1),
            ("the check for hooks", 1),
            ("the implementation of `ClientInfo`", 1),
            ("the constructors", 1),
        ] {
            let expected = Expected {
                pass: "client",
                location: form,
                count,
            };
            expected.check(dropped.remove(form).unwrap_or_default())?;
        }
        let expected = Expected {
            pass: "client",
            location: "the methods of the client",
            count: requests.len(),
        };
        expected.check(methods)?;
        match (types, builder) {
            (Some(types), Some(builder)) => Ok(Self { types, builder }),
            _ => fail("progenitor's client lacks the module `types` or `builder`"),
        }
    }
}

fn is_constructors(block: &syn::ItemImpl) -> bool {
    let names: Vec<_> = functions(block)
        .map(|it| it.sig.ident.to_string())
        .collect();
    names == ["new", "new_with_client"]
}

/// Counts the methods of the client, each of which must return the builder of its operation.
fn check_methods(block: &syn::ItemImpl, requests: &BTreeMap<String, Request>) -> Result<usize> {
    for method in functions(block) {
        let name = method.sig.ident.to_string();
        ensure(
            requests.contains_key(&name),
            format_args!(
                "progenitor made the method {name}, which belongs to no operation of the document"
            ),
        )?;
        let builder = builder_name(&name);
        let returns_builder = match &method.sig.output {
            syn::ReturnType::Type(_, ty) => {
                path_of_type(ty).is_some_and(|path| names(path) == ["builder", &builder])
            }
            syn::ReturnType::Default => false,
        };
        ensure(
            returns_builder,
            format_args!("the method {name} does not return builder::{builder}"),
        )?;
    }
    Ok(functions(block).count())
}

/// Returns the types of `types` that the builders store, which callers send, each with whether
/// its own builder is stored.
fn sent(builder: &syn::ItemMod) -> BTreeMap<String, bool> {
    let mut sent = OfTypes::default();
    for item in crate::rust::content(builder) {
        if let syn::Item::Struct(item) = item {
            sent.visit_item_struct(item);
        }
    }
    sent.0
}

/// Returns the documentation of the client, from the document's title and description.
fn documentation(document: &Value) -> Vec<syn::Attribute> {
    let info = document.get("info").unwrap_or(&Value::Null);
    let (title, version) = (text(info, "title"), text(info, "version"));
    let about = [text(info, "description"), text(info, "termsOfService")];
    let mut lines = vec![format!("A client of {title}, version {version}.")];
    lines.extend(
        about
            .iter()
            .filter(|it| !it.is_empty())
            .map(|it| it.trim().to_owned()),
    );
    doc(&lines.join("\n\n"))
}

/// The types of streams that builders return.
#[derive(Default)]
struct Streams {
    are_of_bytes: bool,
    are_downloads: bool,
    are_of_events: bool,
}

impl<'ast> Visit<'ast> for Streams {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        syn::visit::visit_expr_call(self, call);
        let calls = |name: &str| path_of(&call.func).is_some_and(|it| path_is(it, &["rt", name]));
        self.are_of_bytes |= calls("call_bytes");
        self.are_downloads |= calls("download");
        self.are_of_events |= calls("call_events") || calls("call_text_events");
    }
}
