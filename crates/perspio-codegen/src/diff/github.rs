//! The result as annotations of a GitHub workflow.
//!
//! A [workflow command] is one line, `::error file=…,line=…,title=…::message`.
//!
//! [workflow command]: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands

use std::fmt::Write;

use super::rules::Level;
use super::{Change, Difference, Finding};

/// Returns an annotation of `file`, the new document, for each change. A breaking change is an
/// error, one after which a call may have another result a warning, any other a notice.
pub(crate) fn annotations(difference: &Difference, file: &str) -> String {
    let mut text = String::new();
    for imported in &difference.imported {
        let command = if imported.left_out > 0 {
            "warning"
        } else {
            "notice"
        };
        let message = data(&imported.to_string());
        let _ = writeln!(text, "::{command} title=imported::{message}");
    }
    for entry in &difference.expired {
        let _ = writeln!(text, "::warning title=expired::{}", data(entry));
    }
    for change in &difference.changes {
        let _ = writeln!(text, "{}", annotation(change, file));
    }
    text
}

fn annotation(change: &Change, file: &str) -> String {
    let command = if change.fails() {
        "error"
    } else if change.warns() {
        "warning"
    } else {
        "notice"
    };
    let mut annotation = format!("::{command} file={}", property(file));
    if let Some(line) = change.line {
        let _ = write!(annotation, ",line={line}");
    }
    let rule = most_severe(change).map_or("", |finding| finding.rule.id);
    let ignored = if change.is_ignored() {
        " (ignored)"
    } else {
        ""
    };
    let _ = write!(annotation, ",title={rule}{ignored}");
    let mut message = format!("{} {}", change.location, change.kind.word());
    for line in change.lines() {
        let _ = write!(message, "\n{line}");
    }
    let _ = write!(annotation, "::{}", data(&message));
    annotation
}

/// Returns the first finding that fails the command, or else that is breaking, or a warning;
/// else the first.
fn most_severe(change: &Change) -> Option<&Finding> {
    let is_failing = |finding: &&Finding| finding.is_breaking() && finding.ignored.is_none();
    let failing = change.findings().find(is_failing);
    let breaking = || change.findings().find(|finding| finding.is_breaking());
    failing
        .or_else(breaking)
        .or_else(|| {
            let mut findings = change.findings();
            findings.find(|finding| finding.rule.level == Level::Warning)
        })
        .or_else(|| change.findings().next())
}

/// Escapes the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::annotations;
    use crate::diff::{Change, Difference, Finding, Kind, rules};

    #[test]
    fn properties_and_messages_are_escaped() {
        let text = "100 %, a: b\r\n::error::injected".to_owned();
        let finding = Finding::new(&rules::RUST_FIELD_REMOVED, Kind::Removed, text);
        let change = Change {
            location: "A.b\n".to_owned(),
            pointer: String::new(),
            kind: Kind::Removed,
            document: Vec::new(),
            protocol: Vec::new(),
            rust: vec![finding],
            line: Some(7),
        };
        let difference = Difference {
            changes: vec![change],
            ..Difference::default()
        };
        assert_eq!(
            annotations(&difference, "a,b:100%\n.yaml"),
            "::error file=a%2Cb%3A100%25%0A.yaml,line=7,title=rust-field-removed::A.b%0A removed%0A\
             Rust: 100 %25, a: b%0D%0A::error::injected (breaks) [rust-field-removed]\n"
        );
    }
}
