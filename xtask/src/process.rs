//! Running other programs, with their output in view.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs cargo in `folder`.
pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> Result<()> {
    succeed(
        Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(folder),
    )
}

/// Runs a command, which must succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let status = command
        .status()
        .with_context(|| format!("{program} cannot be started"))?;
    if !status.success() {
        let arguments: Vec<_> = command
            .get_args()
            .map(|text| text.to_string_lossy())
            .collect();
        bail!("`{program} {}` failed", arguments.join(" "));
    }
    Ok(())
}
