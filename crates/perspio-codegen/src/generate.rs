//! Generates the outputs of clients: written, or compared with the files that are there.

mod builders;
mod bypass;
mod client;
mod commands;
mod documentation;
mod emit;
mod format;
mod input;
mod layout;
pub(crate) mod methods;
mod mocks;
mod names;
mod operations;
mod outputs;
mod prepare;
mod servers;
mod settings;
mod types;
mod unsupported;
mod webhooks;

use std::path::{Path, PathBuf};

use crate::config::{Client, Config};
use outputs::{Output, Outputs};

use crate::error::{Context, Error, Result};
use crate::print;

pub use emit::source_of_client;
pub(crate) use emit::{syntax_of_client, try_client};
pub(crate) use format::rustfmt;
pub(crate) use input::check_form;
pub(crate) use servers::variable as server_variable;

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
    let folders = config
        .clients
        .iter()
        .map(|it| modules_of(&it.outputs.client));
    let outputs = Outputs {
        root: &config.root,
        folders: folders.collect(),
        files: all,
    };
    if check {
        outputs.check()
    } else {
        outputs.write()
    }
}

/// Returns the folder of the modules of a client: `src/generated` for `src/generated.rs`.
pub(crate) fn modules_of(client: &Path) -> PathBuf {
    client.with_extension("")
}

fn outputs_of(root: &Path, client: &Client) -> Result<Vec<Output>> {
    let outputs = &client.outputs;
    let document = input::read(root, client)?;
    let code = emit::emit(client, &document)?;
    for omitted in &code.omitted {
        print::line(format_args!("{}: {omitted}", client.name))?;
    }
    // The modules of these files are in their own folder, which contains files of other authors.
    let stem = outputs.client.file_stem().and_then(|it| it.to_str());
    if !code.parts.is_empty() && stem.is_some_and(|it| ["lib", "main", "mod"].contains(&it)) {
        return Err(Error::new(format_args!(
            "{}: a client of more than {} lines is split into modules",
            outputs.client.display(),
            layout::MAX_CLIENT
        ))
        .with_help("change `outputs.client`, for instance to src/generated.rs"));
    }
    let folder = modules_of(&outputs.client);
    let parts = code.parts.into_iter().map(|(path, text)| Output {
        path: folder.join(path),
        text,
        is_part: true,
    });
    let texts = [
        (Some(&outputs.client), Some(code.client)),
        (outputs.mocks.as_ref(), code.mocks),
        (outputs.commands.as_ref(), code.commands),
        (outputs.surface.as_ref(), Some(code.surface)),
    ];
    let requested = texts.into_iter().filter_map(|(path, text)| path.zip(text));
    let requested = requested.map(|(path, text)| Output {
        path: path.clone(),
        text,
        is_part: false,
    });
    Ok(requested.chain(parts).collect())
}

#[cfg(test)]
mod tests;
