//! What the program `allocations` counts.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// How often a cached hit allocates, by library.
pub(crate) fn count() -> Result<BTreeMap<String, u64>> {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).output()?;
    ensure!(
        output.status.success(),
        "the program allocations failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = |line: &str| {
        let (name, count) = line.split_once(' ').context("no count")?;
        Ok((name.to_owned(), count.parse()?))
    };
    String::from_utf8(output.stdout)?
        .lines()
        .map(line)
        .collect()
}
