//! Writes the outputs, or compares them with the files that are there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::emit::MARK;
use crate::error::{Context, Error, Result};
use crate::files::{current, replace_if_new};
use crate::print;

/// A generated file.
pub(crate) struct Output {
    /// Relative to the folder of the configuration.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// It is a module of a client that is split. The configuration does not name it, so that it
    /// replaces only a generated file.
    pub(crate) is_part: bool,
}

/// The generated files of a configuration.
pub(crate) struct Outputs<'a> {
    /// The folder of the configuration.
    pub(crate) root: &'a Path,
    /// The folders of the modules of clients, in which generated files that are no outputs are
    /// stale.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) files: Vec<Output>,
}

impl Outputs<'_> {
    /// Writes every output that differs, each as a whole, then removes stale files.
    ///
    /// # Errors
    /// A file that was not generated is at the path of a module; then nothing is written.
    pub(crate) fn write(&self) -> Result<()> {
        self.check_parts()?;
        for Output { path, text, .. } in &self.files {
            let is_new = replace_if_new(&self.root.join(path), text)?;
            let outcome = if is_new { "written  " } else { "unchanged" };
            print::line(format_args!("{outcome}  {}", path.display()))?;
        }
        for path in self.stale()? {
            let file = self.root.join(&path);
            fs::remove_file(&file).context(format_args!("{} cannot be removed", path.display()))?;
            print::line(format_args!("removed    {}", path.display()))?;
            // It is kept if it contains other files.
            if let Some(folder) = file.parent() {
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    /// Compares every output, shows a unified diff for each stale one, then fails once.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_parts()?;
        let mut stale = Vec::new();
        for Output { path, text, .. } in &self.files {
            let current = current(&self.root.join(path))?;
            if current != *text {
                let path = path.display().to_string();
                let difference = TextDiff::from_lines(&current, text);
                let mut difference = difference.unified_diff();
                print::text(difference.header(&format!("a/{path}"), &format!("b/{path}")))?;
                stale.push(path);
            }
        }
        let removed = self.stale()?;
        let removed = removed
            .iter()
            .map(|it| format!("{} (to be removed)", it.display()));
        stale.extend(removed);
        if stale.is_empty() {
            let count = self.files.len();
            return print::line(format_args!("{count} generated files are up to date"));
        }
        let stale = format!("out of date: {}", stale.join(", "));
        Err(Error::new(stale).with_help("run the command without `--check`, and commit the result"))
    }

    /// Checks that no module replaces a file that was not generated.
    fn check_parts(&self) -> Result<()> {
        for Output { path, .. } in self.files.iter().filter(|it| it.is_part) {
            if !is_generated(&self.root.join(path))?.unwrap_or(true) {
                let message = "is not a generated file, and a module of the client has its path";
                return Err(Error::new(format_args!("{} {message}", path.display()))
                    .with_help("move it, or delete it"));
            }
        }
        Ok(())
    }

    /// Returns the generated files in the folders of modules that are no outputs.
    fn stale(&self) -> Result<BTreeSet<PathBuf>> {
        let outputs: BTreeSet<&Path> = self.files.iter().map(|it| it.path.as_path()).collect();
        let mut stale = BTreeSet::new();
        let mut open = self.folders.clone();
        while let Some(folder) = open.pop() {
            let failed = format!("{} cannot be read", folder.display());
            let entries = match fs::read_dir(self.root.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.context(&failed)?,
            };
            for entry in entries {
                let entry = entry.context(&failed)?;
                let path = folder.join(entry.file_name());
                let kind = entry.file_type().context(&failed)?;
                if kind.is_dir() {
                    open.push(path);
                } else if kind.is_file()
                    && path.extension().is_some_and(|it| it == "rs")
                    && !outputs.contains(path.as_path())
                    && is_generated(&self.root.join(&path))? == Some(true)
                {
                    stale.insert(path);
                }
            }
        }
        Ok(stale)
    }
}

/// Returns whether a file has the first line of generated files, if it exists.
fn is_generated(path: &Path) -> Result<Option<bool>> {
    let failed = || format!("{} cannot be read", path.display());
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.context(failed())?,
    };
    let mut line = Vec::new();
    BufReader::new(file)
        .read_until(b'\n', &mut line)
        .context(failed())?;
    Ok(Some(line.starts_with(MARK.as_bytes())))
}
