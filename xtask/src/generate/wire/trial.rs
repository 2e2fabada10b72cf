//! Asks whether requests can be changed back, of a client that is not wanted.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Wire;
use super::code::builders;

/// Fails where [`restore`](super::restore) would. Only the builders are read: a
/// parse of the whole takes longer than everything else that an import does.
pub(crate) fn can_restore(client: &TokenStream, wires: &BTreeMap<String, Wire>) -> Result<()> {
    if wires.values().all(Wire::is_as_generated) {
        return Ok(());
    }
    let module = module(client, "builder").context("the generated client has no builders")?;
    let mut file: syn::File =
        syn::parse2(module).context("the generator's builders are not Rust")?;
    builders(&mut file.items, wires)
}

/// What stands in a module.
fn module(tokens: &TokenStream, name: &str) -> Option<TokenStream> {
    let mut words = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                if words.ends_with(&["mod".to_owned(), name.to_owned()]) {
                    return Some(group.stream());
                }
                words.clear();
            }
            _ => words.clear(),
        }
    }
    None
}
