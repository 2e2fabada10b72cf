//! `cargo xtask bench`: our figures beside those of others, in one run.

use std::path::Path;

use anyhow::Result;

use crate::process::cargo;

/// Where the tables go.
const TABLES: &str = "docs/benchmarks.md";

/// Builds the benchmark crate, which has a lock of its own, and runs it.
pub(crate) fn run(root: &Path) -> Result<()> {
    let target = root.join("target/bench");
    let target = target.to_string_lossy();
    let arguments = [
        "run",
        "--release",
        "--locked",
        "--manifest-path",
        "bench/Cargo.toml",
        "--target-dir",
    ];
    std::fs::create_dir_all(root.join("docs"))?;
    cargo(root, &[&arguments[..], &[&target, "--", TABLES]].concat())
}
