//! `cargo xtask generate`: all outputs of all clients, written or compared.

mod builders;
mod bypass;
mod client;
mod commands;
mod document;
mod documentation;
mod emit;
mod encoding;
mod format;
mod mocks;
mod names;
mod operations;
mod outputs;
mod prepare;
mod syntax;
mod types;
mod unsupported;

use std::path::Path;

use anyhow::{Context, Result};

use crate::clients::Client;
use outputs::Output;

pub(crate) use document::{
    METHODS, check_form, escape, members, members_mut, method_name, operation_place, operations,
    operations_mut, resolve, text, typed,
};
pub(crate) use emit::{ANY, source_of_client, syntax_of_client, try_client};
pub(crate) use encoding::{Location, all as requests_of, braces, essence, is_json, path_key};
pub(crate) use outputs::{replace, replace_if_new};
pub(crate) use syntax::{
    argument_of, content, ends_with, functions, implemented, inside, is_public, literal,
    name_of_type, path_of, type_arguments,
};
pub(crate) use types::derived;

/// Generates every output of `clients`, then writes them under `root`, or with `check`
/// compares them with the files that are there.
///
/// Nothing is written unless every output could be generated.
pub(crate) fn run(root: &Path, clients: &[Client], check: bool) -> Result<()> {
    let mut all = Vec::new();
    for client in clients {
        let outputs = outputs_of(root, client)
            .with_context(|| format!("{} cannot be generated from {}", client.name, client.spec))?;
        all.extend(outputs);
    }
    if check {
        outputs::check(root, &all)
    } else {
        outputs::write(root, &all)
    }
}

fn outputs_of(root: &Path, client: &Client) -> Result<Vec<Output>> {
    let document = document::read(&root.join(client.spec), &client.outputs)?;
    let code = emit::emit(client, &document)?;
    let outputs = &client.outputs;
    let texts = [
        (Some(outputs.client), Some(code.client)),
        (outputs.mocks, code.mocks),
        (outputs.commands, code.commands),
        (outputs.surface, Some(code.surface)),
    ];
    let wanted = texts.into_iter().filter_map(|(path, text)| path.zip(text));
    Ok(wanted.map(|(path, text)| Output::new(path, text)).collect())
}

#[cfg(test)]
mod tests;
