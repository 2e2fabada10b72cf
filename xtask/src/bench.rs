//! `cargo xtask bench`: our figures beside those of others, in one run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::process::{cargo, succeed};
use crate::tools::{self, Tool};

/// Where the tables go.
const TABLES: &str = "docs/benchmarks.md";
/// Where the other generator's client goes; `bench/openapi` depends on it there.
const OPENAPI_CLIENT: &str = "target/openapi-client";

/// Builds the benchmark crate, which has a lock of its own, and runs it; with
/// `only`, that part is printed and no table is written.
pub(crate) fn run(root: &Path, only: Option<Part>) -> Result<()> {
    tools::require(root, &[Tool::Redis, Tool::Memcached])?;
    let mut bench = Command::new(env!("CARGO"));
    bench.args(["bench", "--locked", "--"]);
    if only != Some(Part::Stores) {
        bench.env("OPENAPI_CLIENT", openapi_client(root)?);
    }
    match only {
        None => bench.arg(TABLES),
        Some(Part::Stores) => bench.arg("--stores"),
        Some(Part::Calls) => bench.arg("--calls"),
    };
    // From its own folder, whose settings keep its builds apart.
    succeed(bench.current_dir(root.join("bench")))
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Our own stores.
    Stores,
    /// Calls of the API.
    Calls,
}

/// The program that makes calls with the client of another generator.
fn openapi_client(root: &Path) -> Result<PathBuf> {
    tools::require(root, &[Tool::OpenapiGenerator])?;
    succeed(
        Command::new(tools::OPENAPI_GENERATOR.program(root))
            .args(["generate", "--generator-name", "rust"])
            .args(["--package-name", "perspiotalk_openapi"])
            .arg("--input-spec")
            .arg(root.join("spec/perspiotalk.yaml"))
            .arg("--output")
            .arg(root.join(OPENAPI_CLIENT))
            // A line for each file; what goes wrong is said on the other stream.
            .stdout(Stdio::null()),
    )?;
    // It uses bench's settings, so the build is there.
    let folder = root.join("bench/openapi");
    cargo(&folder, &["build", "--release", "--locked"])?;
    let name = format!("perspio-bench-openapi{}", std::env::consts::EXE_SUFFIX);
    Ok(root.join("target/bench/release").join(name))
}
