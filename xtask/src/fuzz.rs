//! `cargo xtask fuzz`: every fuzz target for a while, from its seeds.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::succeed;
use crate::tools::{self, Tool};

/// Seeds that stand elsewhere, from the folder fuzz/.
const MORE_SEEDS: [(&str, &str); 2] = [
    (
        "import",
        "../crates/perspio-codegen/src/import/tests/inputs",
    ),
    ("import", "../tests/fixtures"),
];

/// Runs each target for `seconds`; the first crash ends it, with its input kept
/// in fuzz/artifacts.
pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    tools::require(root, &[Tool::CargoFuzz])?;
    let cargo_fuzz = tools::CARGO_FUZZ.program(root);
    let folder = root.join("fuzz");
    let mut targets: Vec<_> = std::fs::read_dir(folder.join("seeds"))
        .context("fuzz/seeds cannot be read")?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    targets.sort();
    for target in targets {
        println!("\n=== {target}, {seconds} s");
        let corpus = folder.join("corpus").join(&target);
        std::fs::create_dir_all(&corpus)?;
        // What is found goes into the corpus, which is not committed.
        let mut command = Command::new(&cargo_fuzz);
        command
            .args(["fuzz", "run", &target])
            .arg(&corpus)
            .arg(format!("seeds/{target}"))
            .args(
                MORE_SEEDS
                    .iter()
                    .filter_map(|(of, more)| (*of == target).then_some(more)),
            )
            .args(["--", &format!("-max_total_time={seconds}"), "-timeout=30"])
            .current_dir(&folder)
            // The sanitizers are a matter of flags, which stable hides.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", root.join("target/fuzz"));
        let dictionary = format!("dictionaries/{target}");
        if folder.join(&dictionary).exists() {
            command.arg(format!("-dict={dictionary}"));
        }
        succeed(&mut command)?;
    }
    Ok(())
}
