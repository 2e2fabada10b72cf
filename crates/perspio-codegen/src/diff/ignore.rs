//! The file of ignored changes: changes that are known and do not fail the command.
//!
//! ```yaml
//! - rule: property-removed
//!   location: User.mail
//!   until: 2027-01-31
//!   reason: No program reads it.
//! ```

use std::path::Path;

use serde::Deserialize;

use super::day::Day;
use super::{Change, Difference, Finding, rules};
use crate::error::{DocumentPath, Error, Result, Step};
use crate::{document, load};

/// An entry of the file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: String,
    location: String,
    until: Option<String>,
    reason: String,
}

/// An ignored change.
#[derive(Debug)]
pub(crate) struct Entry {
    rule: &'static rules::Rule,
    location: String,
    /// The last day on which it applies, with its text.
    until: Option<(Day, String)>,
    reason: String,
}

/// Reads a file.
///
/// # Errors
/// If it cannot be read, or an entry has an unknown rule or member, no reason, or an invalid
/// date.
pub(crate) fn read(file: &Path) -> Result<Vec<Entry>> {
    let parsed = load::read(file).and_then(|value| {
        let written: Vec<Written> = document::typed(&value, &DocumentPath::default())?;
        let entries = written.into_iter().enumerate();
        entries.map(|(at, entry)| entry.checked(at)).collect()
    });
    parsed.map_err(|cause| cause.in_file(file))
}

impl Written {
    /// Checks the members of the entry at an index.
    fn checked(self, at: usize) -> Result<Entry> {
        let invalid = |member: &str, message: String| {
            let steps = [Step::Index(at), Step::name(member)];
            Error::new(message).at(DocumentPath(steps.into()))
        };
        let Some(rule) = rules::by_id(&self.rule) else {
            let error = invalid("rule", format!("there is no rule {}", self.rule));
            return Err(error.with_help("docs/diff-rules.md lists all rules"));
        };
        if self.reason.trim().is_empty() {
            let message = "is empty; say why the change is ignored";
            return Err(invalid("reason", message.to_owned()));
        }
        let date = |text: String| match Day::parse(&text) {
            Some(day) => Ok((day, text)),
            None => Err(invalid(
                "until",
                format!("{text} is not a date; write YYYY-MM-DD"),
            )),
        };
        Ok(Entry {
            rule,
            location: self.location,
            until: self.until.map(date).transpose()?,
            reason: self.reason,
        })
    }
}

/// Marks the findings that entries of `file` ignore, and lists the expired entries.
///
/// # Errors
/// If an entry that has not expired matches no finding.
pub(crate) fn apply(
    difference: &mut Difference,
    entries: &[Entry],
    file: &Path,
    today: Day,
) -> Result<()> {
    for (at, entry) in entries.iter().enumerate() {
        let Entry { rule, location, .. } = entry;
        if let Some((_, until)) = entry.until.as_ref().filter(|(day, _)| *day < today) {
            difference.expired.push(format!(
                "{}: [{at}]: {} at {location} expired on {until} and is not ignored",
                file.display(),
                rule.id,
            ));
            continue;
        }
        let mut has_matched = false;
        for change in &mut difference.changes {
            if change.location == *location {
                has_matched |= mark(change, entry);
            }
        }
        if !has_matched {
            let error = Error::new(format_args!(
                "no change has the rule {} at {location}",
                rule.id
            ))
            .at(DocumentPath(vec![Step::Index(at)]))
            .in_file(file);
            let help = "remove the entry, or copy rule and location from the output of `diff`";
            return Err(error.with_help(help));
        }
    }
    difference.changes.iter_mut().for_each(mark_effects);
    Ok(())
}

/// Marks the findings of an entry; whether there are any.
fn mark(change: &mut Change, entry: &Entry) -> bool {
    let mut has_matched = false;
    let Change {
        document,
        protocol,
        rust,
        ..
    } = change;
    let findings = document.iter_mut().chain(protocol).chain(rust);
    for finding in findings.filter(|finding| *finding.rule == *entry.rule) {
        finding.ignored.get_or_insert_with(|| entry.reason.clone());
        has_matched = true;
    }
    has_matched
}

/// Marks the effects if all their causes in the document are ignored.
fn mark_effects(change: &mut Change) {
    let document = &change.document;
    let Some(reason) = document.iter().find_map(|cause| cause.ignored.clone()) else {
        return;
    };
    if document.iter().all(|cause| cause.ignored.is_some()) {
        let effects = change
            .effects_mut()
            .filter(|effect| effect.ignored.is_none());
        effects.for_each(|effect: &mut Finding| effect.ignored = Some(reason.clone()));
    }
}
