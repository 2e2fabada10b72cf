//! Writes the outputs, or compares them with the files that are there.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::error::{Error, Result};
use crate::files::{current, replace_if_new};

/// A generated file.
pub(crate) struct Output {
    /// Relative to the folder of the configuration.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Writes every output that differs; each file is replaced as a whole.
pub(crate) fn write(root: &Path, outputs: &[Output]) -> Result<()> {
    for Output { path, text } in outputs {
        let is_new = replace_if_new(&root.join(path), text)?;
        let outcome = if is_new { "written  " } else { "unchanged" };
        println!("{outcome}  {}", path.display());
    }
    Ok(())
}

/// Compares every output, shows a unified diff for each stale one, then fails once.
pub(crate) fn check(root: &Path, outputs: &[Output]) -> Result<()> {
    let mut stale = Vec::new();
    for Output { path, text } in outputs {
        let current = current(&root.join(path))?;
        if current != *text {
            let path = path.display().to_string();
            let difference = TextDiff::from_lines(&current, text);
            let mut difference = difference.unified_diff();
            print!(
                "{}",
                difference.header(&format!("a/{path}"), &format!("b/{path}"))
            );
            stale.push(path);
        }
    }
    if stale.is_empty() {
        println!("{} generated files are up to date", outputs.len());
        return Ok(());
    }
    let stale = format!("out of date: {}", stale.join(", "));
    Err(Error::new(stale).with_help("run the command without `--check`, and commit the result"))
}
