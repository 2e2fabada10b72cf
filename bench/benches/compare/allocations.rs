//! What the programs that count allocations report.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// How often a cached hit allocates, by library.
pub(crate) fn count() -> Result<BTreeMap<String, u64>> {
    lines(env!("CARGO_BIN_EXE_allocations"), ' ')
}

/// How often a call allocates, by contestant.
pub(crate) fn of_calls() -> Result<BTreeMap<String, u64>> {
    lines(env!("CARGO_BIN_EXE_call_allocations"), '\t')
}

fn lines(program: &str, separator: char) -> Result<BTreeMap<String, u64>> {
    let output = Command::new(program).output()?;
    ensure!(
        output.status.success(),
        "the program {program} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = |line: &str| {
        let (name, count) = line.split_once(separator).context("no count")?;
        Ok((name.to_owned(), count.parse()?))
    };
    String::from_utf8(output.stdout)?
        .lines()
        .map(line)
        .collect()
}
