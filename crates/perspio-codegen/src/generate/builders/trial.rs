//! Checks that the builders of a client can be read, without generating the client.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::read::fields;
use crate::error::{Context, Result};
use crate::model::Request;
use crate::model::builder_name;

/// Checks that the builders of a client can be read. Only their structs are parsed, because
/// parsing the client takes longer than the rest of an import.
pub(crate) fn can_be_read(
    client: &TokenStream,
    requests: &BTreeMap<String, Request>,
) -> Result<()> {
    let module = module(client, "builder").context("the generated client has no builders")?;
    let mut structs = structs(module);
    for request in requests.values() {
        let item = structs.remove(&builder_name(&request.name));
        let item = item.context(format_args!(
            "progenitor made no builder of {}",
            request.name
        ))?;
        let item: syn::ItemStruct =
            syn::parse2(item).context("progenitor's builders are not Rust")?;
        fields(request, &item)?;
    }
    Ok(())
}

/// Returns the tokens of a module.
fn module(tokens: &TokenStream, name: &str) -> Option<TokenStream> {
    let mut words = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) => words.push(word.to_string()),
            token => {
                if words.ends_with(&["mod".to_owned(), name.to_owned()]) {
                    return braces(&token);
                }
                words.clear();
            }
        }
    }
    None
}

/// Returns the structs of a module, by their names: everything from `struct` to the braces.
fn structs(module: TokenStream) -> BTreeMap<String, TokenStream> {
    let mut found = BTreeMap::new();
    let mut tokens = module.into_iter();
    while let Some(token) = tokens.next() {
        if !matches!(&token, TokenTree::Ident(word) if word == "struct") {
            continue;
        }
        let mut item = vec![token];
        for token in tokens.by_ref() {
            let ends = braces(&token).is_some();
            item.push(token);
            if ends {
                break;
            }
        }
        if let Some(TokenTree::Ident(name)) = item.get(1) {
            found.insert(name.to_string(), item.into_iter().collect());
        }
    }
    found
}

fn braces(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}
