//! Measures the generator with many documents.

mod compare;
mod corpus;
mod wire;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// An import allocates and frees millions of tokens; the allocator of the system takes a
/// sixth of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures the generator with many documents.
#[derive(Parser)]
#[command(name = "cargo conformance")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Imports, generates and compiles every document of a folder. Prints a table.
    Corpus {
        /// The folder; links and folders in it are not followed.
        folder: PathBuf,
    },
    /// Generates clients of the documents in a folder with this and other generators, and compiles
    /// them. Prints a table.
    Compare {
        /// The folder.
        folder: PathBuf,
    },
    /// Calls clients of one small document by this and other generators, before and after additive
    /// changes, and checks their requests. Prints a table.
    Callers,
    /// Calls every operation of documents with random valid values, against a third-party
    /// server of the original document. Prints a table.
    Wire {
        /// A document, or a folder of them.
        documents: PathBuf,
        /// How often each operation is called.
        #[arg(long, default_value_t = 3)]
        calls: u64,
        /// Shows every call that failed.
        #[arg(long)]
        explain: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let outcome = root
        .context("the package is not in a checkout of the project")
        .and_then(|root| match arguments.command {
            Command::Corpus { folder } => corpus::run(root, &folder),
            Command::Compare { folder } => compare::run(root, &folder),
            Command::Callers => compare::callers::run(root),
            Command::Wire {
                documents,
                calls,
                explain,
            } => wire::run(root, &documents, calls, explain),
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
