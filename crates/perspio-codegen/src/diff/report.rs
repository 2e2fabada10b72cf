//! What changed, as a text, as the entry for a changelog, and as JSON.

use std::fmt::Write;

use anyhow::Result;
use serde_json::json;

use super::version::{Step, Version};
use super::{Change, Difference, Format, Kind};

/// The whole output; `now` is the version before the change.
pub(crate) fn write(difference: &Difference, now: Version, format: Format) -> Result<String> {
    Ok(match format {
        Format::Text => printable(&text(difference, now)),
        Format::Markdown => printable(&markdown(difference, now)),
        Format::Json => {
            let step = now.step(difference);
            let document = json!({
                "breaking": difference.breaking() > 0,
                "changes": difference.changes,
                "words": difference.words,
                "version": {
                    "from": now.to_string(),
                    "step": step,
                    "to": now.after(step).to_string(),
                },
                "changelog": markdown(difference, now),
            });
            serde_json::to_string_pretty(&document)? + "\n"
        }
    })
}

/// Names of a document may hold what would move a terminal's cursor.
fn printable(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', "�")
}

fn text(difference: &Difference, now: Version) -> String {
    let mut text = String::new();
    for change in &difference.changes {
        let verdict = if change.breaking {
            "BREAKING"
        } else {
            "        "
        };
        let _ = writeln!(
            text,
            "{verdict}  {:<8}  {}",
            change.kind.word(),
            change.place
        );
        let pointer = Some(&change.pointer).filter(|pointer| !pointer.is_empty());
        let lines = pointer
            .map(|pointer| format!("at #{pointer}"))
            .into_iter()
            .chain(change.document.iter().cloned())
            .chain(change.rust.iter().map(|effect| {
                let breaks = if effect.breaking { " (breaks)" } else { "" };
                format!("Rust: {}{breaks}", effect.text)
            }));
        for line in lines {
            let _ = writeln!(text, "                      {line}");
        }
    }
    if difference.changes.is_empty() {
        text.push_str("Nothing changed.\n");
    } else {
        let (all, breaking) = (difference.changes.len(), difference.breaking());
        let _ = writeln!(
            text,
            "\n{}, {breaking} of them breaking.",
            many(all, "change")
        );
    }
    if difference.words > 0 {
        let _ = writeln!(
            text,
            "Words for people changed at {}.",
            many(difference.words, "place")
        );
    }
    match now.step(difference) {
        Step::None => text.push_str("Version: no new one is needed.\n"),
        step => {
            let next = now.after(step);
            let _ = writeln!(text, "Version: {now} → {next} ({step}).");
        }
    }
    text
}

fn many(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

fn markdown(difference: &Difference, now: Version) -> String {
    let step = now.step(difference);
    if step == Step::None {
        return "Nothing changed.\n".to_owned();
    }
    let mut text = format!("## {}\n", now.after(step));
    let section = |change: &Change| match (change.breaking, change.kind) {
        (true, _) => "Breaking",
        (_, Kind::Added) => "Added",
        (_, Kind::Changed) => "Changed",
        (_, Kind::Removed) => "Removed",
    };
    for title in ["Breaking", "Added", "Changed", "Removed"] {
        let changes: Vec<_> = difference
            .changes
            .iter()
            .filter(|one| section(one) == title)
            .collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {title}\n\n");
        for change in changes {
            let _ = writeln!(text, "- {} {}", code(&change.place), change.kind.word());
            for line in &change.document {
                let _ = writeln!(text, "  - {}", code(line));
            }
            for effect in &change.rust {
                let breaks = if effect.breaking { " **breaks**" } else { "" };
                let _ = writeln!(text, "  - Rust:{breaks} {}", code(&effect.text));
            }
        }
    }
    if difference.words > 0 {
        let _ = write!(
            text,
            "\nDescriptions changed at {}.\n",
            many(difference.words, "place")
        );
    }
    text
}

/// A text as it stands: names of the document are no markup.
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
