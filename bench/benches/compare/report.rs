//! The tables.

use std::fmt;
use std::time::Duration;

pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) scenarios: Vec<Scenario>,
}

/// One table and what is to be known about it.
pub(crate) struct Scenario {
    pub(crate) title: &'static str,
    /// How it was measured.
    pub(crate) how: String,
    pub(crate) compared: Compared,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    /// What is missing from the table, and why.
    pub(crate) notes: Vec<&'static str>,
}

/// What stands against what; the titles of the first column and of the last.
pub(crate) struct Compared {
    pub(crate) rows: &'static str,
    /// What the ratio is to: the first row.
    pub(crate) ratio: &'static str,
}

impl Compared {
    pub(crate) const LIBRARIES: Self = Self {
        rows: "library",
        ratio: "to ours",
    };
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<String>,
    /// What the ratio is taken of.
    pub(crate) figure: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Benchmarks\n")?;
        writeln!(
            f,
            "`perspio` and `perspio-auth` beside other libraries, measured in one run; \
             `cargo xtask bench` repeats it and writes this file.\n"
        )?;
        writeln!(f, "{}", self.machine)?;
        writeln!(
            f,
            "All tokens are 1500 characters long and come from one identity server on the \
             same machine. Every call ends with the value of the `Authorization` header: a \
             clone of it, or built from the token where a library gives a text only."
        )?;
        self.scenarios
            .iter()
            .try_for_each(|scenario| write!(f, "\n{scenario}"))
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.how)?;
        write!(f, "| {} |", self.compared.rows)?;
        for column in &self.columns {
            write!(f, " {column} |")?;
        }
        writeln!(f, " {} |", self.compared.ratio)?;
        write!(f, "|---|")?;
        for _ in &self.columns {
            write!(f, "---:|")?;
        }
        writeln!(f, "---:|")?;
        let first = self.rows.first().map_or(1.0, |row| row.figure);
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} |",
                row.name,
                row.cells.join(" | "),
                ratio(row.figure / first)
            )?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

fn ratio(ratio: f64) -> String {
    if ratio.is_nan() {
        "–".to_owned()
    } else if ratio < 100.0 {
        format!("{ratio:.1}×")
    } else {
        format!("{ratio:.0}×")
    }
}

/// A time with its unit, to three digits; a dash where there is none.
pub(crate) fn nanos(nanos: f64) -> String {
    if nanos.is_nan() {
        return "–".to_owned();
    }
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "µs"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    match value {
        ..10.0 => format!("{value:.2} {unit}"),
        ..100.0 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// Times of single calls.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `per_mille` of 1000 calls stay within, in nanoseconds.
    pub(crate) fn quantile(&self, per_mille: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let time = self.0.get(last * per_mille / 1000).copied();
        time.unwrap_or_default().as_secs_f64() * 1e9
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        let calls = u32::try_from(self.0.len()).unwrap_or(u32::MAX).max(1);
        self.0.iter().sum::<Duration>().as_secs_f64() * 1e9 / f64::from(calls)
    }

    /// How many took longer than `limit`.
    pub(crate) fn over(&self, limit: Duration) -> usize {
        self.0.len() - self.0.partition_point(|time| *time <= limit)
    }
}
