//! `cargo xtask`: the workspace's own commands.

mod bench;
mod docs;
mod fuzz;
mod process;
mod release_check;
mod test;
mod test_binaries;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use perspio_codegen::cli::Command as Codegen;
use perspio_codegen::config;

/// The workspace's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Codegen(Codegen),
    /// Compares the speed with that of other crates, and writes docs/benchmarks.md.
    Bench {
        /// Measures one part only, and writes nothing: its tables are printed.
        #[arg(long)]
        only: Option<bench::Part>,
    },
    /// Runs every fuzz target for a while, from its seeds.
    Fuzz {
        /// The time that each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Writes the generated pages of docs/ again.
    Docs,
    /// Checks what a release needs: features, licences, unused dependencies, and that each crate
    /// builds from its package. Compiles its tools the first time.
    ReleaseCheck,
    /// Runs all checks: format, generated code, lints, tests, documentation.
    Test {
        /// Installs no program: the tests that need a missing one are skipped, and listed with
        /// the command that installs it.
        #[arg(long)]
        no_install: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = root().and_then(|root| match arguments.command {
        Command::Codegen(command) => Ok(command.run(&root.join(config::FILE))),
        Command::Bench { only } => done(bench::run(&root, only)),
        Command::Fuzz { seconds } => done(fuzz::run(&root, seconds)),
        Command::Docs => done(docs::run(&root)),
        Command::ReleaseCheck => done(release_check::run(&root)),
        Command::Test { no_install } => done(test::run(&root, !no_install)),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn done(outcome: Result<()>) -> Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Returns the workspace's folder, so that the commands work from any folder below it.
fn root() -> Result<PathBuf> {
    // Cargo says at run time which checkout this is; a target folder that two checkouts
    // share may contain the program of the other.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest.parent().map(Path::to_owned);
    root.context("xtask is not in a workspace")
}
