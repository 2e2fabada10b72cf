//! Writes the outputs, or compares them with the files that are there.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use similar::TextDiff;

/// A generated file.
pub(crate) struct Output {
    /// Relative to the workspace's folder.
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

/// Replaces a file unless it has this text already, and returns whether it did. An
/// unchanged file keeps its time, from which tools see what to rebuild.
pub(crate) fn replace_if_new(path: &Path, text: &str) -> Result<bool> {
    if current(path)? == text {
        return Ok(false);
    }
    replace(path, text)?;
    Ok(true)
}

/// Replaces a file atomically.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("it has no folder")?;
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new();
    // A temporary file is private to its owner; source files are not.
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut temporary = temporary.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(path)?;
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

/// The text of a file; empty if there is none.
fn current(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        // git may have changed the line endings, which are no difference.
        other => Ok(other
            .with_context(|| format!("{} cannot be read", path.display()))?
            .replace("\r\n", "\n")),
    }
}
