//! `cargo xtask fuzz`: every fuzz target for a while, from its seeds.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::succeed;
use crate::tools;

/// Runs each target for `seconds`; the first crash ends it, with its input kept
/// in fuzz/artifacts.
pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    let cargo_fuzz = tools::cargo_fuzz(root)?;
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
        succeed(
            Command::new(&cargo_fuzz)
                .args(["fuzz", "run", &target])
                .arg(&corpus)
                .arg(format!("seeds/{target}"))
                .args(["--", &format!("-max_total_time={seconds}"), "-timeout=10"])
                .current_dir(&folder)
                // The sanitizers are a matter of flags, which stable hides.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_DIR", root.join("target/fuzz")),
        )?;
    }
    Ok(())
}
