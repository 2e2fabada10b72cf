//! The result of one document, which is cached for the next run.

use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use perspio_codegen::files::replace;

/// The result of one document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The hash of the document and of this program.
    key: u64,
    pub(crate) name: String,
    pub(crate) operations: usize,
    pub(crate) imported: usize,
    pub(crate) left_out: usize,
    pub(crate) import_seconds: f32,
    pub(crate) compile_seconds: f32,
    /// Empty if the client compiles; else `rejected: …` or `broken: …`.
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

    /// Returns the row of an earlier run with the same key.
    pub(crate) fn cached(folder: &Path, key: u64) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join("row.json")).ok()?;
        let row: Self = serde_json::from_str(&text).ok()?;
        let is_complete = row.outcome.starts_with("rejected") || folder.join("src/lib.rs").exists();
        (row.key == key && is_complete).then(|| Self {
            // A failed compilation is repeated: it depends on more than the document.
            outcome: if row.is_broken() {
                String::new()
            } else {
                row.outcome
            },
            ..row
        })
    }

    /// Writes the row for the next run.
    pub(crate) fn cache(&self, folder: &Path) -> Result<()> {
        let row = serde_json::to_string(self)?;
        Ok(replace(&folder.join("row.json"), &row)?)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.outcome.starts_with("broken")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome.as_str() {
            "" => "compiles".to_owned(),
            outcome => outcome.replace('|', "\\|").replace('\n', " "),
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

/// Returns the rows as a Markdown table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| document | operations | kept | left out | import, s | compile, s | outcome |\n|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    text
}

/// Returns a summary in one line.
pub(crate) fn summary(rows: &[Row]) -> String {
    let imported: Vec<_> = rows
        .iter()
        .filter(|row| !row.outcome.starts_with("rejected"))
        .collect();
    let compiles = imported.iter().filter(|row| row.outcome.is_empty()).count();
    let kept: usize = imported.iter().map(|row| row.imported).sum();
    let all: usize = imported.iter().map(|row| row.operations).sum();
    format!(
        "{compiles} of {} imported documents compile, {} rejected; {kept} of {all} operations kept",
        imported.len(),
        rows.len() - imported.len()
    )
}

/// Returns the hash of this program, because another version may import differently.
pub(crate) fn hash_of_program() -> Result<u64> {
    let path = std::env::current_exe().context("the path of this program is unknown")?;
    Ok(hash(&[&std::fs::read(&path).with_context(|| {
        format!("{} cannot be read", path.display())
    })?]))
}

/// Returns the key of a document: the hash of its content and of this program.
pub(crate) fn key(file: &Path, program: u64) -> u64 {
    // The import reports a file that cannot be read.
    let content = std::fs::read(file).unwrap_or_default();
    hash(&[&content, &program.to_le_bytes()])
}

/// Returns the hash of several parts.
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
    fn a_row_is_cached_for_the_same_document_and_program_only() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "one").unwrap();
        let mut row = Row::new("a".to_owned(), key(&file, 1));
        row.outcome = "rejected: no".to_owned();
        row.cache(folder.path()).unwrap();
        let cached = |program| Row::cached(folder.path(), key(&file, program));
        assert_eq!(cached(1).unwrap().outcome, "rejected: no");
        assert!(cached(2).is_none());
        std::fs::write(&file, "another").unwrap();
        assert!(cached(1).is_none());
    }

    #[test]
    fn a_broken_row_is_compiled_again_and_a_missing_client_generated() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut row = Row::new("a".to_owned(), 1);
        row.outcome = "broken: no".to_owned();
        row.cache(folder.path()).unwrap();
        assert!(Row::cached(folder.path(), 1).is_none());
        replace(&folder.path().join("src/lib.rs"), "").unwrap();
        assert_eq!(Row::cached(folder.path(), 1).unwrap().outcome, "");
    }

    #[test]
    fn errors_are_escaped_in_the_markdown_table() {
        let mut row = Row::new("a".to_owned(), 1);
        row.outcome = "rejected: a | b\nc".to_owned();
        let text = table(&[row]);
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with("| rejected: a \\| b c |\n"), "{text}");
    }
}
