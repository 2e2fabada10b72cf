//! The workspace's own commands. `cargo xtask help` lists them.

mod bench;
mod clients;
mod corpus;
mod diff;
mod fuzz;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod generate;
mod import;
mod process;
mod surface;
mod test;
mod tools;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workspace's own commands.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the generated code of every client from its document in spec/.
    Generate {
        /// Writes nothing: shows what is out of date, and fails if anything is.
        #[arg(long)]
        check: bool,
    },
    /// Makes a document that the generator takes of what a vendor publishes.
    Import {
        /// Documents, or folders with documents: JSON or YAML, OpenAPI 3.0 to 3.2.
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// What is written; spec/ and the first file's name if not given. An
        /// overlay beside it (NAME.overlay.yaml) is applied.
        #[arg(long)]
        into: Option<PathBuf>,
        /// Shows every change with its place.
        #[arg(long)]
        explain: bool,
    },
    /// Shows what changed between two documents, and what breaks by it.
    ///
    /// The change of the clients is found by generating both, in memory. A
    /// document that is called as one of spec/ is generated with that client's
    /// settings.
    Diff {
        /// The document before: a file, or REVISION:PATH of git.
        old: String,
        /// The document now, in the same forms.
        new: String,
        /// As what the outcome is written.
        #[arg(long, value_enum, default_value_t)]
        format: diff::Format,
        /// Exits with 1 if there is such a change; what cannot be compared is a 2.
        #[arg(long, value_enum)]
        fail_on: Option<diff::FailOn>,
        /// The version before the change; the workspace's if not given.
        #[arg(long)]
        released: Option<String>,
    },
    /// Imports, generates and compiles every document of a folder: a table.
    Corpus {
        /// The folder; links and folders in it are not followed.
        folder: PathBuf,
    },
    /// Calls every operation of documents with random valid values, against a
    /// foreign server of the original document: a table.
    Wire {
        /// A document, or a folder of them.
        documents: PathBuf,
        /// How often each operation is called.
        #[arg(long, default_value_t = 3)]
        calls: u64,
        /// Shows every call that is not good.
        #[arg(long)]
        explain: bool,
    },
    /// Measures beside other crates, and writes docs/benchmarks.md.
    Bench {
        /// Measures one part only, and writes nothing: its tables are printed.
        #[arg(long)]
        only: Option<bench::Part>,
    },
    /// Runs every fuzz target for a while, from its seeds.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Everything that must hold: format, lints, generated code, tests, documentation.
    Test,
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_diff = matches!(arguments.command, Command::Diff { .. });
    let outcome = root().and_then(|root| match arguments.command {
        Command::Generate { check } => generate::run(&root, clients::CLIENTS, check),
        Command::Import {
            sources,
            into,
            explain,
        } => import::run(&root, &sources, into.as_deref(), explain),
        Command::Diff {
            old,
            new,
            format,
            fail_on,
            released,
        } => diff::run(&root, [&old, &new], format, fail_on, released.as_deref()),
        Command::Corpus { folder } => corpus::run(&root, &folder),
        Command::Wire {
            documents,
            calls,
            explain,
        } => wire::run(&root, &documents, calls, explain),
        Command::Bench { only } => bench::run(&root, only),
        Command::Fuzz { seconds } => fuzz::run(&root, seconds),
        Command::Test => test::run(&root),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            // As `diff` and `git diff` have it: 1 is an outcome, 2 is trouble.
            if is_diff && !error.is::<diff::Breaks>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// The workspace's folder: the commands work from any folder below it.
fn root() -> Result<PathBuf> {
    // Cargo says at run time which checkout this is; a target folder that two
    // checkouts share may hold the other one's build.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest.parent().context("xtask stands in the workspace")?;
    Ok(root.to_owned())
}
