//! The report of an import: what is kept, what is left out, and what is probably wrong.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde_json::{Value, json};

use super::notes::Notes;

/// The form of the report of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For a terminal.
    #[default]
    Text,
    /// Everything, for programs.
    Json,
}

/// Prints the number of a noun: `1 warning`, `2 warnings`.
struct Count<'a>(usize, &'a str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = self;
        let plural = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {noun}{plural}")
    }
}

/// Returns the report for a terminal. Its first line is the summary; then, the parts are grouped
/// by their causes. With `explain`, it contains every change and every location.
pub(crate) fn text(notes: &Notes, explain: bool) -> String {
    let left_out = notes.operations_left_out();
    let (operations, types) = notes.kept();
    let mut text = format!(
        "{operations} of {} and {} kept, {}\n",
        Count(operations + left_out, "operation"),
        Count(types, "type"),
        Count(notes.warnings().len(), "warning"),
    );
    if notes.payloads() > 0 {
        let payloads = Count(notes.payloads(), "payload");
        let _ = writeln!(
            text,
            "{payloads} of webhooks and callbacks in the module `webhooks`"
        );
    }
    if explain {
        text += &notes.explain();
    }
    let pairs = |all: &[(String, String)]| all.to_vec();
    let all_left_out = notes.all_left_out();
    let left_out = all_left_out
        .iter()
        .map(|(location, cause)| (location.clone(), cause.clone()));
    for (label, parts) in [
        ("warning  ", pairs(notes.warnings())),
        ("lossy    ", pairs(notes.lossy())),
        ("left out ", left_out.collect()),
    ] {
        groups(&mut text, label, &parts, explain);
    }
    if !all_left_out.is_empty() {
        text += "What is left out can be called through `client.request`.\n";
    }
    text
}

/// Appends the parts, grouped by their causes; the most frequent cause is the first.
fn groups(text: &mut String, label: &str, parts: &[(String, String)], explain: bool) {
    let mut by_cause: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (location, cause) in parts {
        by_cause.entry(cause).or_default().push(location);
    }
    let mut by_cause: Vec<_> = by_cause.into_iter().collect();
    by_cause.sort_by_key(|(_, locations)| std::cmp::Reverse(locations.len()));
    for (cause, locations) in by_cause {
        let _ = match locations.as_slice() {
            [only] => writeln!(text, "{label}  {only}: {cause}"),
            [first, ..] if !explain => {
                let count = Count(locations.len(), "location");
                writeln!(text, "{label}  {cause} ({count}, such as {first})")
            }
            all => {
                let count = Count(all.len(), "location");
                let lines = all
                    .iter()
                    .map(|location| format!("\n             {location}"));
                writeln!(
                    text,
                    "{label}  {cause} ({count}){}",
                    lines.collect::<String>()
                )
            }
        };
    }
}

/// Returns the report for programs.
pub(crate) fn json(notes: &Notes, document: &str, is_written: bool, downloads: &[String]) -> Value {
    let list = |parts: &[(String, String)], member: &str| {
        let objects = parts
            .iter()
            .map(|(location, text)| json!({"location": location, member: text}));
        objects.collect::<Vec<_>>()
    };
    let left_out = notes.all_left_out().iter();
    let left_out = left_out.map(|(location, cause)| json!({"location": location, "cause": cause}));
    let changes = notes.changes().map(
        |(pass, location, change)| json!({"pass": pass, "location": location, "change": change}),
    );
    let (kept, types) = notes.kept();
    json!({
        "document": document,
        "written": is_written,
        "downloads": downloads,
        "operations": {"kept": kept, "total": kept + notes.operations_left_out()},
        "types": types,
        "payloads": notes.payloads(),
        "warnings": list(notes.warnings(), "warning"),
        "lossy": list(notes.lossy(), "change"),
        "left_out": left_out.collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> Notes {
        let mut notes = Notes::default();
        notes.begin("a pass");
        for location in ["a", "b", "c"] {
            notes.left_out(location, "no style");
        }
        notes.operation_left_out("paths./a.get", "a websocket");
        notes.warned("in", "unknown word");
        notes.lost("default", "dropped");
        notes.keep(1, 2);
        notes.keep_payloads(1);
        notes
    }

    #[test]
    fn the_report_begins_with_the_counts_and_groups_parts_by_cause() {
        let expected = "1 of 2 operations and 2 types kept, 1 warning\n\
             1 payload of webhooks and callbacks in the module `webhooks`\n\
             warning    in: unknown word\n\
             lossy      default: dropped\n\
             left out   no style (3 locations, such as a)\n\
             left out   paths./a.get: a websocket\n\
             What is left out can be called through `client.request`.\n";
        assert_eq!(text(&notes(), false), expected);
    }

    #[test]
    fn an_explanation_contains_every_change_and_location() {
        let text = text(&notes(), true);
        let expected =
            "left out   no style (3 locations)\n             a\n             b\n             c\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("a pass\n  default: dropped\n"), "{text}");
    }

    #[test]
    fn the_report_for_programs_contains_every_part() {
        let report = json(&notes(), "into.yaml", true, &[]);
        assert_eq!(report["operations"], json!({"kept": 1, "total": 2}));
        assert_eq!(report["left_out"].as_array().unwrap().len(), 4);
        assert_eq!(report["warnings"][0]["location"], "in");
        assert_eq!(report["lossy"][0]["change"], "dropped");
        assert_eq!(report["changes"][0]["pass"], "a pass");
    }
}
