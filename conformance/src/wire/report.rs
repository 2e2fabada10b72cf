//! The outcomes of the calls, as a table and a list of causes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use perspio_wire::drive::Outcome;

use super::scratch::Outcomes;

/// The result of one document.
#[derive(Default)]
pub(super) struct Row {
    name: String,
    pub(super) operations: usize,
    /// The operations for which no valid values were found, and why.
    pub(super) without_values: BTreeMap<String, String>,
    /// The security schemes of the document that the calls do not support.
    pub(super) unsupported_schemes: Vec<String>,
    pub(super) outcomes: Outcomes,
    /// Why no operation could be called.
    pub(super) failure: Option<String>,
    pub(super) seconds: f32,
}

/// The names of outcomes other than [`Outcome::Good`], in the order of the table.
const FAILURES: [&str; 8] = [
    "not representable",
    "not sent",
    "timed out",
    "rejected",
    "contradicted",
    "not decoded",
    "lost",
    "skipped",
];

/// Returns the name and the cause of a failure.
fn failure(outcome: &Outcome) -> Option<(&'static str, &str)> {
    let [
        not_representable,
        not_sent,
        timed_out,
        rejected,
        contradicted,
        not_decoded,
        lost,
        skipped,
    ] = FAILURES;
    match outcome {
        Outcome::Good => None,
        Outcome::NotRepresentable(cause) => Some((not_representable, cause)),
        Outcome::NotSent(cause) => Some((not_sent, cause)),
        Outcome::TimedOut => Some((timed_out, "the server did not respond in time")),
        Outcome::Rejected(cause) => Some((rejected, cause)),
        Outcome::Contradicted(cause) => Some((contradicted, cause)),
        Outcome::NotDecoded(cause) => Some((not_decoded, cause)),
        Outcome::Lost(cause) => Some((lost, cause)),
        Outcome::Skipped(cause) => Some((skipped, cause)),
    }
}

/// The verdict on an operation, which is that of its worst call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Good,
    /// The calls show nothing about the client.
    Skipped,
    /// The document contradicts itself.
    Contradicted,
    Failed,
}

impl Verdict {
    fn of(calls: &[Outcome]) -> Self {
        let of_call = |outcome: &Outcome| match outcome {
            Outcome::Good => Self::Good,
            Outcome::Skipped(_) => Self::Skipped,
            Outcome::Contradicted(_) => Self::Contradicted,
            _ => Self::Failed,
        };
        calls.iter().map(of_call).max().unwrap_or(Self::Skipped)
    }
}

impl Row {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the document and why no operation of it could be called.
    pub(super) fn not_called(&self) -> Option<String> {
        let cause = self.failure.as_ref()?;
        Some(format!("{} ({cause})", self.name))
    }

    /// Returns the number of operations of which every call succeeded.
    fn good(&self) -> usize {
        self.with_verdict(Verdict::Good)
    }

    fn with_verdict(&self, verdict: Verdict) -> usize {
        let calls = self.outcomes.values();
        calls.filter(|calls| Verdict::of(calls) == verdict).count()
    }

    /// Returns the number of operations with at least one such failure.
    fn failed(&self, name: &str) -> usize {
        let fails = |call: &Outcome| failure(call).is_some_and(|(failed, _)| failed == name);
        let calls = self.outcomes.values();
        calls.filter(|calls| calls.iter().any(fails)).count()
    }

    /// Returns its line of the table.
    pub(super) fn line(&self) -> String {
        if let Some(cause) = &self.failure {
            return format!(
                "| {} | {} | not called: {cause} |",
                self.name, self.operations
            );
        }
        let calls: usize = self.outcomes.values().map(Vec::len).sum();
        let failed: Vec<_> = FAILURES
            .iter()
            .map(|name| self.failed(name).to_string())
            .collect();
        format!(
            "| {} | {} | {} | {calls} | {} | {} | {} | {:.0} |",
            self.name,
            self.operations,
            self.outcomes.len(),
            self.good(),
            failed.join(" | "),
            self.without_values.len(),
            self.seconds
        )
    }
}

pub(super) fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "| document | operations | called | calls | accepted and decoded without loss | {} | without values | seconds |\n|{}\n",
        FAILURES.join(" | "),
        "---|".repeat(FAILURES.len() + 7)
    );
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
    }
    for row in rows
        .iter()
        .filter(|row| !row.unsupported_schemes.is_empty())
    {
        let schemes = row.unsupported_schemes.join(", ");
        let _ = writeln!(
            text,
            "{}: served without the security schemes {schemes}, which the calls do not support.",
            row.name
        );
    }
    text
}

/// Returns how many operations there are of each verdict.
pub(super) fn summary(rows: &[Row]) -> String {
    let count = |verdict| -> usize { rows.iter().map(|row| row.with_verdict(verdict)).sum() };
    let called: usize = rows.iter().map(|row| row.outcomes.len()).sum();
    format!(
        "{} of {called} called operations are accepted and decoded without loss; {} failed. Apart from these, the documents of {} contradict themselves, and {} were skipped.",
        count(Verdict::Good),
        count(Verdict::Failed),
        count(Verdict::Contradicted),
        count(Verdict::Skipped),
    )
}

/// Returns the causes of failures, grouped by document and failure, the most frequent first.
/// Each group has one example, or with `all` every call.
pub(super) fn causes(rows: &[Row], all: bool) -> String {
    let mut text = String::new();
    for row in rows {
        let mut found: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
        for (operation, calls) in &row.outcomes {
            for (name, cause) in calls.iter().filter_map(failure) {
                let example = format!("{operation}: {cause}");
                found.entry((name, shape(cause))).or_default().push(example);
            }
        }
        for (operation, cause) in &row.without_values {
            let example = format!("{operation}: {cause}");
            found
                .entry(("without values", shape(cause)))
                .or_default()
                .push(example);
        }
        let mut sorted: Vec<_> = found.into_iter().collect();
        sorted.sort_by_key(|(_, examples)| std::cmp::Reverse(examples.len()));
        if !sorted.is_empty() {
            let _ = writeln!(text, "\n{}", row.name);
        }
        for ((name, _), examples) in sorted {
            let shown = if all { examples.len() } else { 1 };
            let _ = writeln!(text, "  {} × {name}", examples.len());
            for example in examples.iter().take(shown) {
                let short: String = example.chars().take(600).collect();
                let _ = writeln!(text, "      {short}");
            }
        }
    }
    text
}

/// Returns a cause without numbers and quoted strings, which differ between calls.
fn shape(cause: &str) -> String {
    let head = cause.split(" (GET ").next().unwrap_or(cause);
    let mut shape = String::new();
    let mut quoted = false;
    for letter in head.chars().take(250) {
        match letter {
            '"' | '`' => quoted = !quoted,
            _ if quoted || letter.is_ascii_digit() => {}
            _ => shape.push(letter),
        }
    }
    shape
}
