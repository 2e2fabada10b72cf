//! Generates the outputs of clients: written, or compared with the files that are there.

mod builders;
mod bypass;
mod client;
mod commands;
mod documentation;
mod emit;
mod format;
mod input;
pub(crate) mod methods;
mod mocks;
mod names;
mod operations;
mod outputs;
mod prepare;
mod settings;
mod types;
mod unsupported;
mod webhooks;

use std::path::Path;

use crate::config::{Client, Config};
use outputs::Output;

use crate::error::{Context, Result};

pub use emit::source_of_client;
pub(crate) use emit::{syntax_of_client, try_client};
pub(crate) use format::rustfmt;
pub(crate) use input::check_form;

/// Generates every output of the clients of `config`, then writes them, or with `check`
/// compares them with the files that are there.
///
/// # Errors
/// If an output cannot be generated, and then nothing is written; with `check`, if an
/// output is out of date.
pub fn run(config: &Config, check: bool) -> Result<()> {
    let mut all = Vec::new();
    for client in &config.clients {
        let outputs = outputs_of(&config.root, client)
            .map_err(|cause| cause.in_file(&client.document))
            .context(format_args!("{} cannot be generated", client.name))?;
        all.extend(outputs);
    }
    if check {
        outputs::check(&config.root, &all)
    } else {
        outputs::write(&config.root, &all)
    }
}

fn outputs_of(root: &Path, client: &Client) -> Result<Vec<Output>> {
    let outputs = &client.outputs;
    let document = input::read(root, client)?;
    let code = emit::emit(client, &document)?;
    let texts = [
        (Some(&outputs.client), Some(code.client)),
        (outputs.mocks.as_ref(), code.mocks),
        (outputs.commands.as_ref(), code.commands),
        (outputs.surface.as_ref(), Some(code.surface)),
    ];
    let requested = texts.into_iter().filter_map(|(path, text)| path.zip(text));
    Ok(requested
        .map(|(path, text)| Output {
            path: path.clone(),
            text,
        })
        .collect())
}

#[cfg(test)]
mod tests;
