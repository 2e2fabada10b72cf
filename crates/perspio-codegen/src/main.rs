//! `cargo perspio-codegen`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use perspio_codegen::cli::Command;
use perspio_codegen::config;

/// An import allocates and frees millions of tokens; the allocator of the system takes a
/// sixth of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Makes typed Rust clients of `OpenAPI` documents, and compares them.
#[derive(Parser)]
#[command(name = "cargo perspio-codegen", version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, default_value = config::FILE)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // As a command of cargo, the program gets its own name as the first argument.
    let arguments = std::env::args_os().enumerate();
    let own = arguments.filter(|(at, argument)| *at != 1 || argument != "perspio-codegen");
    let arguments = Arguments::parse_from(own.map(|(_, argument)| argument));
    arguments.command.run(&arguments.config)
}
