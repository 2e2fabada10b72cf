//! Asks whether requests can be changed back, of a client that is not wanted.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Wire;
use super::code::builders;

/// Fails where [`restore`](super::restore) would. Only the builders that it changes
/// are read: a parse of the whole takes longer than everything else that an import
/// does.
pub(crate) fn can_restore(client: &TokenStream, wires: &BTreeMap<String, Wire>) -> Result<()> {
    let changed: BTreeMap<_, _> = wires.iter().filter(|it| !it.1.is_as_generated()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let module = module(client, "builder").context("the generated client has no builders")?;
    let mut items = Vec::new();
    for tokens in items_of(module) {
        if operation_id(&tokens).is_some_and(|id| changed.contains_key(&id)) {
            let item = syn::parse2(tokens);
            items.push(item.context("the generator's builders are not Rust")?);
        }
    }
    builders(&mut items, changed)
}

/// What stands in a module.
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

/// The items of a module.
fn items_of(module: TokenStream) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let mut item = TokenStream::new();
    for token in module {
        let ends = match &token {
            TokenTree::Punct(mark) => mark.as_char() == ';',
            token => braces(token).is_some(),
        };
        item.extend([token]);
        if ends {
            items.push(std::mem::take(&mut item));
        }
    }
    items
}

/// The id in the `OperationInfo` of the function `send` of an `impl`.
fn operation_id(item: &TokenStream) -> Option<String> {
    let block = item.clone().into_iter().last()?;
    let send = behind(braces(&block)?, "send")?;
    let info = behind(send, "OperationInfo")?;
    match info
        .into_iter()
        .find(|token| matches!(token, TokenTree::Literal(_)))?
    {
        TokenTree::Literal(id) => Some(id.to_string().trim_matches('"').to_owned()),
        _ => None,
    }
}

/// What stands in the first braces behind `word`.
fn behind(tokens: TokenStream, word: &str) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(found) if found == word))?;
    tokens.find_map(|token| braces(&token))
}

fn braces(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}
