//! Compares two documents, and reports the effects of each change on programs that use the
//! generated client.
//!
//! The changes are read from the documents; whether they are breaking is read from the code
//! that the generator makes of both, and from the limits of requests and responses (see
//! docs/decisions/diff.md). Each finding has a rule (see docs/diff-rules.md).

mod canonical;
mod day;
mod descriptions;
mod document;
mod github;
mod ignore;
mod join;
mod leaves;
mod limits;
mod lines;
mod protocol;
mod report;
mod rules;
mod rust;
mod source;
mod types;
mod version;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::import::on_a_large_stack;
use crate::print;
use rules::{Level, Rule};

/// The arguments of `diff`.
#[derive(Args)]
pub struct Arguments {
    /// The document before: a file, REVISION:PATH of git, or an https:// URL (with the feature
    /// `remote`).
    old: String,
    /// The document now, in the same forms.
    new: String,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exits with 1 if there is such a change; a document that cannot be compared is a 2.
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    /// Changes that do not fail the command: a YAML list of `rule`, `location`, `reason` and,
    /// if the entry expires, `until` (its last day, YYYY-MM-DD, UTC).
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,
    /// The version before the change.
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
    released: String,
}

impl Arguments {
    /// Returns what a change that fails the command does, and what several do.
    pub(crate) fn failure(&self) -> [&'static str; 2] {
        match self.fail_on {
            Some(FailOn::Warning) => ["may break", "may break"],
            Some(FailOn::Breaking) | None => ["breaks", "break"],
        }
    }
}

/// The format of the result.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// The entry for a changelog.
    Markdown,
    /// Everything, for programs.
    Json,
    /// Annotations of the new document, for a GitHub workflow.
    Github,
}

/// The changes that make the command fail.
#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// A change that breaks programs that use the generated client.
    Breaking,
    /// Also a change after which a call may have another result.
    Warning,
}

/// Everything that changed at one location.
#[derive(Debug, PartialEq)]
struct Change {
    /// `GET /things, parameter limit`, or `Thing.name`.
    location: String,
    /// The JSON pointer in the new document, or in the old one if it is removed; empty if
    /// only the code shows the change.
    pointer: String,
    kind: Kind,
    /// The differences of the documents.
    document: Vec<Finding>,
    /// Their effects on the values that requests and responses may contain.
    protocol: Vec<Finding>,
    /// Their effects on the generated code.
    rust: Vec<Finding>,
    /// The line in the new document, if it is known.
    line: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Added,
    Removed,
    Changed,
}

/// A difference of the documents, or an effect of one.
#[derive(Clone, Debug, PartialEq)]
struct Finding {
    rule: &'static Rule,
    kind: Kind,
    text: String,
    /// The reason for which it is ignored.
    ignored: Option<String>,
}

/// A document that was imported before the comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Imported {
    document: String,
    /// The number of its parts that the import left out.
    left_out: usize,
}

/// The result of a comparison.
#[derive(Debug, Default, PartialEq)]
struct Difference {
    changes: Vec<Change>,
    /// The number of descriptions that changed.
    descriptions: usize,
    imported: Vec<Imported>,
    /// The entries of the file of ignored changes that do not apply any more.
    expired: Vec<String>,
}

impl Finding {
    fn new(rule: &'static Rule, kind: Kind, text: String) -> Self {
        Self {
            rule,
            kind,
            text,
            ignored: None,
        }
    }

    fn is_breaking(&self) -> bool {
        self.rule.level == Level::Breaking
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 5)?;
        object.serialize_field("rule", self.rule)?;
        object.serialize_field("level", &self.rule.level)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("text", &self.text)?;
        object.serialize_field("ignored", &self.ignored)?;
        object.end()
    }
}

impl Change {
    /// Returns the findings, those of the documents first.
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.document.iter().chain(&self.protocol).chain(&self.rust)
    }

    /// Returns the effects of the differences of the documents, mutably.
    fn effects_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.protocol.iter_mut().chain(&mut self.rust)
    }

    /// Whether a call may have another result.
    fn has_warning(&self) -> bool {
        self.findings()
            .any(|finding| finding.rule.level == Level::Warning)
    }

    /// Whether it is a warning and not ignored.
    fn warns(&self) -> bool {
        self.findings()
            .any(|finding| finding.rule.level == Level::Warning && finding.ignored.is_none())
    }

    /// Whether programs that use the client may have to be changed.
    fn is_breaking(&self) -> bool {
        self.findings().any(Finding::is_breaking)
    }

    /// Whether it is breaking and not ignored.
    fn fails(&self) -> bool {
        self.findings()
            .any(|finding| finding.is_breaking() && finding.ignored.is_none())
    }

    /// Whether the change, or everything of it that is breaking, is ignored.
    fn is_ignored(&self) -> bool {
        let is_ignored = self.findings().any(|finding| finding.ignored.is_some());
        is_ignored && !self.fails()
    }
}

impl Difference {
    fn breaking(&self) -> usize {
        self.count(Change::is_breaking)
    }

    fn count(&self, matches: impl Fn(&Change) -> bool) -> usize {
        self.changes.iter().filter(|change| matches(change)).count()
    }
}

/// Prints the changes from the old to the new document. Returns the number of changes that
/// fail the command.
///
/// # Errors
/// If a document cannot be read, imported or generated, or the file of ignored changes is
/// invalid.
pub fn run(config: &Path, arguments: &Arguments) -> Result<usize> {
    let today = day::Day::today();
    let released = version::Version::parse(&arguments.released)?;
    let entries = match &arguments.ignore {
        Some(file) => ignore::read(file)?,
        None => Vec::new(),
    };
    let (mut difference, new) = on_a_large_stack(|| {
        let client = source::client_of(config, &arguments.old, &arguments.new)?;
        let old = source::read(&arguments.old, &client)?;
        let new = source::read(&arguments.new, &client)?;
        let mut difference = join::compare(&old.source, &new.source);
        difference.imported = [old.imported, new.imported.clone()]
            .into_iter()
            .flatten()
            .collect();
        lines::add(&mut difference, &new);
        Ok((difference, new.file))
    })?;
    if let Some(file) = &arguments.ignore {
        ignore::apply(&mut difference, &entries, file, today)?;
    }
    let text = report::write(&difference, released, arguments.format, &new);
    print::text(text)?;
    Ok(match arguments.fail_on {
        Some(FailOn::Breaking) => difference.count(Change::fails),
        Some(FailOn::Warning) => difference.count(|it| it.fails() || it.warns()),
        None => 0,
    })
}

/// Returns the public API of the client of a document as text, for reviewers.
///
/// # Errors
/// If the document cannot be read or generated.
pub fn surface(config: &Path, document: &str) -> Result<String> {
    on_a_large_stack(|| {
        let client = source::client_of(config, document, document)?;
        let read = source::read(document, &client)?;
        Ok(read.source.surface.text(&client.name, &read.name))
    })
}

#[cfg(test)]
mod tests;
