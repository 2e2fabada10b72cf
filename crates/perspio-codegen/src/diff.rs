//! What changed between two documents, and what that does
//! to programs that use the generated client.
//!
//! What changed is read from the documents; whether it breaks is read from the
//! code that the generator makes of both (see docs/decisions/diff.md).

mod document;
mod join;
mod leaves;
mod report;
mod rust;
mod source;
mod version;

use std::fmt;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::import::on_a_large_stack;

/// How the outcome is written.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// The entry for a changelog.
    Markdown,
    /// Everything, for programs.
    Json,
}

/// What makes the command fail.
#[derive(Clone, Copy, ValueEnum)]
pub enum FailOn {
    /// A change that breaks programs which use the generated client.
    Breaking,
}

/// One thing that changed.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    /// For people: `GET /things, parameter limit`, or `Thing.name`.
    place: String,
    /// Where it stands in the new document, or stood in the old one; empty if
    /// only the code shows it.
    pointer: String,
    kind: Kind,
    /// Whether programs that use the client may have to be changed.
    breaking: bool,
    /// What the documents say differently.
    document: Vec<String>,
    /// What that does to the generated code; empty if nothing.
    rust: Vec<Effect>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Added,
    Removed,
    Changed,
}

/// A difference of the generated code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Effect {
    kind: Kind,
    breaking: bool,
    text: String,
}

/// All that changed.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Difference {
    changes: Vec<Change>,
    /// At how many places only words for people changed.
    words: usize,
}

impl Difference {
    fn breaking(&self) -> usize {
        self.changes.iter().filter(|change| change.breaking).count()
    }
}

/// Prints what changed from `old` to `new`: files, or `REVISION:PATH`. The version before
/// the change is `released`.
///
/// # Errors
/// If a document cannot be read or generated; [`Breaks`] if a change fails the command.
pub fn run(
    config: &Path,
    [old, new]: [&str; 2],
    format: Format,
    fail_on: Option<FailOn>,
    released: &str,
) -> Result<()> {
    let now = version::Version::parse(released)?;
    let difference = on_a_large_stack(|| {
        let client = source::client_of(config, old, new)?;
        let old = source::read(old, &client)?;
        let new = source::read(new, &client)?;
        Ok(join::compare(&old, &new))
    })?;
    print!("{}", report::write(&difference, now, format)?);
    match (fail_on, difference.breaking()) {
        (Some(FailOn::Breaking), many) if many > 0 => Err(Breaks(many).into()),
        _ => Ok(()),
    }
}

/// Returns the public API of the client of a document as text, for reviewers.
///
/// # Errors
/// If the document cannot be read or generated.
pub fn surface(config: &Path, document: &str) -> Result<String> {
    on_a_large_stack(|| {
        let client = source::client_of(config, document, document)?;
        let source = source::read(document, &client)?;
        Ok(source.surface.text(&client.name, document))
    })
}

/// The outcome that was asked to be a failure, with how many changes break.
#[derive(Debug)]
pub struct Breaks(usize);

impl fmt::Display for Breaks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => formatter.write_str("a change breaks programs that use the client"),
            many => write!(
                formatter,
                "{many} changes break programs that use the client"
            ),
        }
    }
}

impl std::error::Error for Breaks {}

#[cfg(test)]
mod tests;
