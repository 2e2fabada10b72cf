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
    let mut item = Vec::new();
    for token in module {
        let id = braces(&token).map(id_in_tokens);
        let ends =
            id.is_some() || matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ';');
        item.push(token);
        if id.flatten().is_some_and(|id| changed.contains_key(&id)) {
            let parsed = syn::parse2(item.drain(..).collect());
            items.push(parsed.context("the generator's builders are not Rust")?);
        }
        if ends {
            item.clear();
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

/// The id in the `OperationInfo` of the function `send` of an `impl`.
fn id_in_tokens(block: TokenStream) -> Option<String> {
    let send = behind(block, "send")?;
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
