//! What became of one document, kept for the next run.

use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use perspio_codegen::files::replace;

/// What became of one document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// What the document and the importer were when this was found.
    key: u64,
    pub(crate) name: String,
    pub(crate) operations: usize,
    pub(crate) imported: usize,
    pub(crate) left_out: usize,
    pub(crate) import_seconds: f32,
    pub(crate) compile_seconds: f32,
    /// Empty: it compiles.
    pub(crate) outcome: String,
}

impl Row {
    pub(crate) fn new(name: String, key: u64) -> Self {
        Self {
            key,
            name,
            operations: 0,
            imported: 0,
            left_out: 0,
            import_seconds: 0.0,
            compile_seconds: 0.0,
            outcome: String::new(),
        }
    }

    /// The row of an earlier run, if nothing has changed since.
    pub(crate) fn kept(folder: &Path, key: u64) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join("row.json")).ok()?;
        let row: Self = serde_json::from_str(&text).ok()?;
        let done = row.outcome.starts_with("refused") || folder.join("src/lib.rs").exists();
        (row.key == key && done).then(|| Self {
            // Whether it compiles depends on more than the document.
            outcome: if row.is_broken() {
                String::new()
            } else {
                row.outcome
            },
            ..row
        })
    }

    pub(crate) fn keep(&self, folder: &Path) -> Result<()> {
        replace(&folder.join("row.json"), &serde_json::to_string(self)?)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.outcome.starts_with("broken")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome.as_str() {
            "" => "compiles".to_owned(),
            told => told.replace('|', "\\|").replace('\n', " "),
        };
        write!(
            formatter,
            "| {} | {} | {} | {} | {:.1} | {:.1} | {outcome} |",
            self.name,
            self.operations,
            self.imported,
            self.left_out,
            self.import_seconds,
            self.compile_seconds,
        )
    }
}

/// The rows as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| document | operations | kept | left out | import, s | compile, s | outcome |\n|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    text
}

/// One line about all.
pub(crate) fn sum(rows: &[Row]) -> String {
    let imported: Vec<_> = rows
        .iter()
        .filter(|row| !row.outcome.starts_with("refused"))
        .collect();
    let compiles = imported.iter().filter(|row| row.outcome.is_empty()).count();
    let kept: usize = imported.iter().map(|row| row.imported).sum();
    let all: usize = imported.iter().map(|row| row.operations).sum();
    format!(
        "{compiles} of {} imported documents compile, {} refused; {kept} of {all} operations kept",
        imported.len(),
        rows.len() - imported.len()
    )
}

/// What this program is: another one may import otherwise.
pub(crate) fn importer() -> Result<u64> {
    let path = std::env::current_exe().context("this program's own file is not known")?;
    Ok(hash(&[&std::fs::read(&path).with_context(|| {
        format!("{} cannot be read", path.display())
    })?]))
}

/// What a document is, for this importer.
pub(crate) fn key(file: &Path, importer: u64) -> u64 {
    // What cannot be read is refused later, with the cause.
    let content = std::fs::read(file).unwrap_or_default();
    hash(&[&content, &importer.to_le_bytes()])
}

/// A number that differs when any of the parts does.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_for_the_same_document_and_importer_only() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "one").unwrap();
        let mut row = Row::new("a".to_owned(), key(&file, 1));
        row.outcome = "refused: no".to_owned();
        row.keep(folder.path()).unwrap();
        let kept = |importer| Row::kept(folder.path(), key(&file, importer));
        assert_eq!(kept(1).unwrap().outcome, "refused: no");
        assert!(kept(2).is_none());
        std::fs::write(&file, "another").unwrap();
        assert!(kept(1).is_none());
    }

    #[test]
    fn a_broken_document_is_compiled_again_and_a_lost_client_made_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut row = Row::new("a".to_owned(), 1);
        row.outcome = "broken: no".to_owned();
        row.keep(folder.path()).unwrap();
        assert!(Row::kept(folder.path(), 1).is_none());
        replace(&folder.path().join("src/lib.rs"), "").unwrap();
        assert_eq!(Row::kept(folder.path(), 1).unwrap().outcome, "");
    }

    #[test]
    fn the_table_is_markdown_whatever_an_error_says() {
        let mut row = Row::new("a".to_owned(), 1);
        row.outcome = "refused: a | b\nc".to_owned();
        let text = table(&[row]);
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with("| refused: a \\| b c |\n"), "{text}");
    }
}
