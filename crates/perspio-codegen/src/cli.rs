//! The commands, for the standalone program and for the workspace's own commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Config;
use crate::error::Result;
use crate::new::{self, Runtime};
use crate::{diff, generate, import, print};

/// A command. Paths are relative to the current directory.
#[derive(Subcommand)]
pub enum Command {
    /// Writes the generated code of every client of the configuration.
    Generate {
        /// Writes nothing: shows what is out of date, and fails if anything is.
        #[arg(long)]
        check: bool,
    },
    /// Makes a document that the generator supports of documents of a vendor.
    Import {
        /// Documents, or folders with documents: JSON or YAML, OpenAPI 3.0 to 3.2. A document can
        /// be an https:// URL (with the feature `remote`); its URL and digest are then recorded in
        /// the folder of the result (NAME.source.yaml).
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// The file to write; by default the name of the first source in spec/, in the
        /// folder of the configuration. An overlay in the same folder (NAME.overlay.yaml) is
        /// applied.
        #[arg(long)]
        into: Option<PathBuf>,
        /// Shows every change and every part that is left out, each with its location.
        #[arg(long)]
        explain: bool,
        /// The form of the report. For programs, it always contains every change.
        #[arg(long, value_enum, default_value_t)]
        output: import::Output,
    },
    /// Creates a crate with a client of a document, in a folder of its name.
    New {
        /// The name of the crate.
        name: String,
        /// The document: JSON or YAML, OpenAPI 3.0 to 3.2; a file, or an https:// URL (with the
        /// feature `remote`).
        #[arg(long, value_name = "DOCUMENT")]
        from: PathBuf,
        /// The folder `crates` of a checkout of the repository, to use its runtime crates
        /// instead of the published ones.
        #[arg(long, value_name = "FOLDER")]
        runtime_path: Option<PathBuf>,
    },
    /// Prints the public API of the client of a document.
    Surface {
        /// The document, in the forms of `diff`.
        document: String,
    },
    /// Shows what changed between two documents, and which changes are breaking.
    ///
    /// The changes of the client are found by generating both, in memory. A document with
    /// the file name of a document of the configuration is generated with the settings of
    /// that client. A document that the generator does not support is imported in memory.
    Diff(diff::Arguments),
}

impl Command {
    /// Runs the command with a configuration file. A failure is printed.
    pub fn run(self, config: &Path) -> ExitCode {
        // As `diff` and `git diff` have it: 1 is a result, 2 a failure.
        let failure = match self {
            Self::Diff(_) => 2,
            _ => 1,
        };
        self.try_run(config).unwrap_or_else(|error| {
            print::message(format_args!("error: {error:#}"));
            ExitCode::from(failure)
        })
    }

    fn try_run(self, config: &Path) -> Result<ExitCode> {
        match self {
            Self::Generate { check } => generate::run(&Config::read(config)?, check)?,
            Self::Import {
                sources,
                into,
                explain,
                output,
            } => import::run(config, &sources, into, explain, output)?,
            Self::New {
                name,
                from,
                runtime_path,
            } => {
                let runtime = runtime_path.map_or(Runtime::Version, Runtime::Path);
                new::run(&name, &from, &runtime)?;
            }
            Self::Surface { document } => print::text(diff::surface(config, &document)?)?,
            Self::Diff(arguments) => {
                let [one, many] = arguments.failure();
                let breaking = match diff::run(config, &arguments)? {
                    0 => return Ok(ExitCode::SUCCESS),
                    1 => format!("a change {one}"),
                    count => format!("{count} changes {many}"),
                };
                print::message(format_args!(
                    "error: {breaking} programs that use the client"
                ));
                return Ok(ExitCode::from(1));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
