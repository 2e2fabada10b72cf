//! The generators, and how each of them is called.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::corpus::manifest;
use perspio_codegen::files::replace;
use perspio_codegen::generate::source_of_client;
use perspio_codegen::import;

/// A generator of clients.
pub(super) struct Generator {
    pub(super) name: &'static str,
    call: Call,
}

/// How a generator is called.
enum Call {
    /// This project's.
    Own,
    /// A program that writes a crate.
    Crate(fn(document: &str, folder: &str) -> Vec<String>),
    /// A program that writes modules and a list of dependencies into the current folder.
    Modules(fn(document: &str) -> Vec<String>),
}

pub(super) const GENERATORS: [Generator; 5] = [
    Generator {
        name: "perspio-codegen",
        call: Call::Own,
    },
    Generator {
        name: "openapi-to-rust",
        call: Call::Modules(|document| strings(&["generate", document])),
    },
    Generator {
        name: "ploidy",
        call: Call::Crate(|document, folder| {
            strings(&["generate", "rust", document, "-o", folder])
        }),
    },
    Generator {
        name: "oas3-gen",
        call: Call::Crate(|document, folder| {
            let all = [
                "generate",
                "client-mod",
                "-i",
                document,
                "-o",
                folder,
                "--workspace",
            ];
            strings(&all)
        }),
    },
    Generator {
        name: "cargo-progenitor",
        call: Call::Crate(|document, folder| {
            let all = [
                "progenitor",
                "-i",
                document,
                "-o",
                folder,
                "-n",
                "client",
                "-v",
                "0.1.0",
                "--interface",
                "builder",
                // The included client does not compile with a list in the query.
                "--include-client",
                "false",
            ];
            strings(&all)
        }),
    },
];

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

impl Generator {
    /// Returns whether its program is on the path.
    pub(super) fn is_installed(&self) -> bool {
        matches!(self.call, Call::Own) || Command::new(self.name).arg("--version").output().is_ok()
    }

    /// Generates a crate in `folder`.
    pub(super) fn generate(&self, root: &Path, document: &Path, folder: &Path) -> Result<()> {
        let text = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.with_context(|| format!("{} is not UTF-8", path.display()))
        };
        match self.call {
            Call::Own => {
                let source = import::on_a_large_stack(|| {
                    let mut notes = import::Notes::default();
                    let imported = import::document(&[document.to_owned()], None, &mut notes)?;
                    source_of_client(&imported)
                })?;
                replace(&folder.join("src/lib.rs"), &source)?;
                replace(&folder.join("Cargo.toml"), &manifest(root, "compare")?)?;
                std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
            }
            Call::Crate(arguments) => {
                self.run(folder, &arguments(&text(document)?, &text(folder)?))?;
                let path = folder.join("Cargo.toml");
                let manifest = std::fs::read_to_string(&path).context("no crate was written")?;
                if !manifest.contains("[workspace]") {
                    replace(&path, &format!("{manifest}\n[workspace]\n"))?;
                }
            }
            Call::Modules(arguments) => {
                self.run(folder, &arguments(&text(document)?))?;
                let needed = folder.join("src/generated/REQUIRED_DEPS.toml");
                let needed = std::fs::read_to_string(needed).context("no modules were written")?;
                let section = if needed.contains("[dependencies]") {
                    ""
                } else {
                    "[dependencies]\n"
                };
                replace(
                    &folder.join("Cargo.toml"),
                    &format!(
                        "[package]\nname = \"client\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                         [workspace]\n\n{section}{needed}"
                    ),
                )?;
                replace(&folder.join("src/lib.rs"), "pub mod generated;\n")?;
            }
        }
        Ok(())
    }

    fn run(&self, folder: &Path, arguments: &[String]) -> Result<()> {
        let output = Command::new(self.name)
            .args(arguments)
            .current_dir(folder)
            .output()
            .with_context(|| format!("{} cannot be started", self.name))?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let first = errors.lines().find(|line| !line.trim().is_empty());
        bail!("{}", first.unwrap_or("it failed without a message"));
    }
}
