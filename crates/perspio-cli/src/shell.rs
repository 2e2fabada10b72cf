//! `perspio completions` and `perspio man`: for the shell and the manual of the system.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use crate::arguments;
use crate::failure::Failure;

/// The arguments of `perspio completions`.
#[derive(Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

/// The arguments of `perspio man`.
#[derive(Args)]
pub(crate) struct ManArguments {
    /// The folder for the pages, such as ~/.local/share/man/man1.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Prints the completions of a shell.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<(), Failure> {
    // Into memory first, because the generator panics if a pipe is closed.
    let mut script = Vec::new();
    let mut definition = arguments::definition();
    clap_complete::generate(arguments.shell, &mut definition, "perspio", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(())
}

/// Writes a manual page for each command.
pub(crate) fn man_pages(arguments: &ManArguments) -> Result<(), Failure> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(arguments::definition(), folder))
        .map_err(|cause| {
            Failure::usage(format!(
                "the pages cannot be written to {}: {cause}",
                folder.display()
            ))
        })
}
