//! `cargo xtask bench`: our figures beside those of others, in one run.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::succeed;
use crate::tools;

/// Where the tables go.
const TABLES: &str = "docs/benchmarks.md";

/// Builds the benchmark crate, which has a lock of its own, and runs it.
pub(crate) fn run(root: &Path) -> Result<()> {
    tools::redis(root)?;
    tools::memcached(root)?;
    std::fs::create_dir_all(root.join("docs"))?;
    // From its own folder, whose settings keep its builds apart.
    succeed(
        Command::new(env!("CARGO"))
            .args(["bench", "--locked", "--", TABLES])
            .current_dir(root.join("bench")),
    )
}
