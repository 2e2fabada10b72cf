//! What became of the calls, as a table and a list of causes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use perspio_wire::drive::Outcome;

use super::scratch::Outcomes;

/// What became of one document.
#[derive(Default)]
pub(super) struct Row {
    name: String,
    pub(super) operations: usize,
    /// The operations of which a call has no valid values, and why.
    pub(super) without_values: BTreeMap<String, String>,
    /// Credentials that the document asks for and no client of ours sends.
    pub(super) foreign: Vec<String>,
    pub(super) outcomes: Outcomes,
    /// Why nothing could be called.
    pub(super) failure: Option<String>,
    pub(super) seconds: f32,
}

/// What each kind of failure is called, in the table's order.
const KINDS: [&str; 7] = [
    "not said",
    "not sent",
    "unanswered",
    "refused",
    "contradicted",
    "not decoded",
    "lost",
];

fn kind(outcome: &Outcome) -> Option<(&'static str, &str)> {
    let [
        not_said,
        not_sent,
        unanswered,
        refused,
        contradicted,
        not_decoded,
        lost,
    ] = KINDS;
    match outcome {
        Outcome::Good => None,
        Outcome::NotRepresentable(cause) => Some((not_said, cause)),
        Outcome::NotSent(cause) => Some((not_sent, cause)),
        Outcome::TimedOut => Some((unanswered, "the server is busy with an answer")),
        Outcome::Rejected(cause) => Some((refused, cause)),
        Outcome::Contradicted(cause) => Some((contradicted, cause)),
        Outcome::NotDecoded(cause) => Some((not_decoded, cause)),
        Outcome::Lost(cause) => Some((lost, cause)),
    }
}

impl Row {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn untried(&self) -> Option<String> {
        let cause = self.failure.as_ref()?;
        Some(format!("{} ({cause})", self.name))
    }

    /// How many operations had good calls only.
    fn good(&self) -> usize {
        let good = |calls: &&Vec<Outcome>| calls.iter().all(|call| *call == Outcome::Good);
        self.outcomes.values().filter(good).count()
    }

    /// How many operations failed in this way at least once.
    fn failed(&self, wanted: &str) -> usize {
        let fails = |call: &Outcome| kind(call).is_some_and(|(name, _)| name == wanted);
        let calls = self.outcomes.values();
        calls.filter(|calls| calls.iter().any(fails)).count()
    }

    /// Its line of the table.
    pub(super) fn line(&self) -> String {
        if let Some(cause) = &self.failure {
            return format!(
                "| {} | {} | not tried: {cause} |",
                self.name, self.operations
            );
        }
        let calls: usize = self.outcomes.values().map(Vec::len).sum();
        let failed: Vec<_> = KINDS
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
        KINDS.join(" | "),
        "---|".repeat(KINDS.len() + 7)
    );
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
    }
    let good: usize = rows.iter().map(Row::good).sum();
    let called: usize = rows.iter().map(|row| row.outcomes.len()).sum();
    let _ = writeln!(
        text,
        "\n{good} of {called} called operations are accepted and decoded without loss."
    );
    for row in rows.iter().filter(|row| !row.foreign.is_empty()) {
        let foreign = row.foreign.join(", ");
        let _ = writeln!(
            text,
            "{}: served without its credentials {foreign}, which no client of ours sends.",
            row.name
        );
    }
    text
}

/// The causes, of each document and kind the most common first; with `all`,
/// every one of its places.
pub(super) fn causes(rows: &[Row], all: bool) -> String {
    let mut text = String::new();
    for row in rows {
        let mut found: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
        for (operation, calls) in &row.outcomes {
            for (kind, cause) in calls.iter().filter_map(kind) {
                let told = format!("{operation}: {cause}");
                found.entry((kind, shape(cause))).or_default().push(told);
            }
        }
        for (operation, cause) in &row.without_values {
            let told = format!("{operation}: {cause}");
            found
                .entry(("without values", shape(cause)))
                .or_default()
                .push(told);
        }
        let mut sorted: Vec<_> = found.into_iter().collect();
        sorted.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
        if !sorted.is_empty() {
            let _ = writeln!(text, "\n{}", row.name);
        }
        for ((kind, _), places) in sorted {
            let shown = if all { places.len() } else { 1 };
            let _ = writeln!(text, "  {} × {kind}", places.len());
            for place in places.iter().take(shown) {
                let short: String = place.chars().take(600).collect();
                let _ = writeln!(text, "      {short}");
            }
        }
    }
    text
}

/// A cause without what differs from call to call: numbers and quoted texts.
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
