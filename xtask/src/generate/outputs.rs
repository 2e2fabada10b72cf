//! Writes the outputs, or compares them with what is there: one function each,
//! for all of them at once.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use similar::TextDiff;

/// A generated file.
pub(crate) struct Output {
    /// From the workspace's folder.
    path: &'static str,
    text: String,
}

impl Output {
    pub(crate) fn new(path: &'static str, text: String) -> Self {
        Self { path, text }
    }
}

/// Writes every output that differs; each file is replaced as a whole.
pub(crate) fn write(root: &Path, outputs: &[Output]) -> Result<()> {
    for output in outputs {
        let is_new = replace_if_new(&root.join(output.path), &output.text)
            .with_context(|| format!("{} cannot be written", output.path))?;
        let outcome = if is_new { "written  " } else { "unchanged" };
        println!("{outcome}  {}", output.path);
    }
    Ok(())
}

/// Replaces a file that says something else; whether it did. Any other keeps its
/// time, by which tools see what to do again.
pub(crate) fn replace_if_new(path: &Path, text: &str) -> Result<bool> {
    if current(path)? == text {
        return Ok(false);
    }
    replace(path, text)?;
    Ok(true)
}

/// Replaces a file as a whole: it is never there in part.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("it has no folder")?;
    std::fs::create_dir_all(folder)?;
    let mut beside = tempfile::Builder::new();
    // A temporary file is private to its owner; source files are not.
    #[cfg(unix)]
    beside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut beside = beside.tempfile_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.persist(path)?;
    Ok(())
}

/// Compares every output, shows a unified diff for each stale one, then fails
/// once with the command to run.
pub(crate) fn check(root: &Path, outputs: &[Output]) -> Result<()> {
    let mut stale = Vec::new();
    for output in outputs {
        let current = current(&root.join(output.path))?;
        if current != output.text {
            print!(
                "{}",
                TextDiff::from_lines(&current, &output.text)
                    .unified_diff()
                    .header(&format!("a/{}", output.path), &format!("b/{}", output.path))
            );
            stale.push(output.path);
        }
    }
    if stale.is_empty() {
        println!("{} generated files are up to date", outputs.len());
        return Ok(());
    }
    bail!(
        "out of date: {}\nrun `cargo xtask generate` and commit the result",
        stale.join(", ")
    )
}

/// The file as it is; empty if there is none yet.
fn current(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        // The diff must not drown in line ends where git writes them its own way.
        other => Ok(other
            .with_context(|| format!("{} cannot be read", path.display()))?
            .replace("\r\n", "\n")),
    }
}
