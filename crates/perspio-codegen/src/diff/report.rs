//! The result as a text, as the entry for a changelog, and as JSON.

use std::fmt::Write;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::rules::Level;
use super::version::{Step, Version};
use super::{Change, Difference, Finding, Format, Imported, Kind, github};

/// Returns the output. `released` is the version before the change, `file` the new document.
pub(crate) fn write(
    difference: &Difference,
    released: Version,
    format: Format,
    file: &str,
) -> String {
    match format {
        Format::Text => printable(&text(difference, released)),
        Format::Markdown => printable(&markdown(difference, released)),
        Format::Github => printable(&github::annotations(difference, file)),
        Format::Json => {
            let step = released.step(difference);
            let document = json!({
                "breaking": difference.breaking() > 0,
                "fails": difference.count(Change::fails) > 0,
                "changes": difference.changes,
                "descriptions": difference.descriptions,
                "imported": difference.imported,
                "expired": difference.expired,
                "version": {
                    "from": released.to_string(),
                    "step": step,
                    "to": released.after(step).to_string(),
                },
                "changelog": markdown(difference, released),
            });
            format!("{document:#}\n")
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Change", 8)?;
        object.serialize_field("location", &self.location)?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("breaking", &self.is_breaking())?;
        object.serialize_field("document", &self.document)?;
        object.serialize_field("protocol", &self.protocol)?;
        object.serialize_field("rust", &self.rust)?;
        object.end()
    }
}

/// Replaces control characters: names of the document may contain some that move the cursor
/// of a terminal.
fn printable(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', "�")
}

fn text(difference: &Difference, released: Version) -> String {
    let mut text = String::new();
    for notice in difference.notices() {
        let _ = writeln!(text, "{notice}");
    }
    for change in &difference.changes {
        let verdict = if change.is_ignored() {
            "ignored "
        } else if change.is_breaking() {
            "BREAKING"
        } else if change.has_warning() {
            "WARNING "
        } else {
            "        "
        };
        let kind = change.kind.word();
        let _ = writeln!(text, "{verdict}  {kind:<8}  {}", change.location);
        if !change.pointer.is_empty() {
            let _ = writeln!(text, "                      at #{}", change.pointer);
        }
        for line in change.lines() {
            let _ = writeln!(text, "                      {line}");
        }
    }
    if difference.changes.is_empty() {
        text.push_str("Nothing changed.\n");
    } else {
        let (all, breaking) = (difference.changes.len(), difference.breaking());
        let _ = write!(
            text,
            "\n{}, {breaking} of them breaking",
            many(all, "change")
        );
        let ignored = difference.count(Change::is_ignored);
        if ignored > 0 {
            let _ = write!(text, ", {ignored} ignored");
        }
        text.push_str(".\n");
    }
    if difference.descriptions > 0 {
        let locations = many(difference.descriptions, "location");
        let _ = writeln!(text, "Descriptions changed at {locations}.");
    }
    match released.step(difference) {
        Step::None => text.push_str("Version: no new one is needed.\n"),
        step => {
            let next = released.after(step);
            let _ = writeln!(text, "Version: {released} → {next} ({step}).");
        }
    }
    text
}

impl Difference {
    /// Returns what readers need to know beside the changes, a line each.
    fn notices(&self) -> Vec<String> {
        let imported = self.imported.iter().map(ToString::to_string);
        imported.chain(self.expired.iter().cloned()).collect()
    }

    /// Returns the notices as the items of a list.
    fn markdown_notices(&self) -> String {
        let imported = self.imported.iter();
        let imported = imported.map(|it| it.line(&code(&it.document)));
        let notices = imported.chain(self.expired.iter().map(|entry| code(entry)));
        notices.fold(String::new(), |mut text, notice| {
            let _ = writeln!(text, "- {notice}");
            text
        })
    }
}

impl Imported {
    /// Returns the notice, with the document as it is shown.
    fn line(&self, document: &str) -> String {
        let left_out = many(self.left_out, "part");
        format!("{document} was imported in memory; {left_out} left out")
    }
}

impl std::fmt::Display for Imported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line(&self.document))
    }
}

impl Change {
    /// Returns a line for each finding.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let document = self.document.iter().map(|finding| finding.line(""));
        let protocol = self.protocol.iter();
        let protocol = protocol.map(|finding| finding.line("Protocol: "));
        let rust = self.rust.iter().map(|finding| finding.line("Rust: "));
        document.chain(protocol).chain(rust)
    }
}

impl Finding {
    fn line(&self, prefix: &str) -> String {
        let breaks = match self.rule.level {
            Level::Breaking => " (breaks)",
            Level::Warning => " (may break)",
            Level::Info => "",
        };
        let mut line = format!("{prefix}{}{breaks} [{}]", self.text, self.rule.id);
        if let Some(reason) = &self.ignored {
            let _ = write!(line, " ignored: {reason}");
        }
        line
    }
}

fn many(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

fn markdown(difference: &Difference, released: Version) -> String {
    let step = released.step(difference);
    let notices = difference.markdown_notices();
    if step == Step::None {
        let space = if notices.is_empty() { "" } else { "\n" };
        return format!("{notices}{space}Nothing changed.\n");
    }
    let mut text = format!("## {}\n", released.after(step));
    if !notices.is_empty() {
        let _ = write!(text, "\n{notices}");
    }
    let section = |change: &Change| match (change.is_breaking(), change.kind) {
        (true, _) => "Breaking",
        (_, Kind::Added) => "Added",
        (_, Kind::Changed) => "Changed",
        (_, Kind::Removed) => "Removed",
    };
    for title in ["Breaking", "Added", "Changed", "Removed"] {
        let changes: Vec<_> = difference
            .changes
            .iter()
            .filter(|change| section(change) == title)
            .collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {title}\n\n");
        for change in changes {
            let location = code(&change.location);
            let _ = writeln!(text, "- {location} {}", change.kind.word());
            for finding in &change.document {
                let _ = writeln!(text, "  - {}", finding.markdown());
            }
            let protocol = change.protocol.iter().map(|finding| ("Protocol", finding));
            let rust = change.rust.iter().map(|finding| ("Rust", finding));
            for (of, finding) in protocol.chain(rust) {
                let breaks = match finding.rule.level {
                    Level::Breaking => " **breaks**",
                    Level::Warning => " **may break**",
                    Level::Info => "",
                };
                let _ = writeln!(text, "  - {of}:{breaks} {}", finding.markdown());
            }
        }
    }
    if difference.descriptions > 0 {
        let locations = many(difference.descriptions, "location");
        let _ = write!(text, "\nDescriptions changed at {locations}.\n");
    }
    text
}

impl Finding {
    fn markdown(&self) -> String {
        let mut text = format!("{} ({})", code(&self.text), self.rule.id);
        if let Some(reason) = &self.ignored {
            let _ = write!(text, ", ignored: {}", code(reason));
        }
        text
    }
}

/// Returns a text as code: names of the document are not markup.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}
