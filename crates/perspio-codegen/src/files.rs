//! Files that are written as a whole, or compared.

use std::io::Write;
use std::path::Path;

use crate::error::{Context, Result};

/// Replaces a file unless it has this text already, and returns whether it did. An
/// unchanged file keeps its time, from which tools see what to rebuild.
pub fn replace_if_new(path: &Path, text: &str) -> Result<bool> {
    if current(path)? == text {
        return Ok(false);
    }
    replace(path, text)?;
    Ok(true)
}

/// Replaces a file atomically.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    try_replace(path, text).context(format_args!("{} cannot be written", path.display()))
}

fn try_replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
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

/// Returns the text of a file; empty if there is none.
pub fn current(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        // git may have changed the line endings, which are no difference.
        other => Ok(other
            .context(format_args!("{} cannot be read", path.display()))?
            .replace("\r\n", "\n")),
    }
}
