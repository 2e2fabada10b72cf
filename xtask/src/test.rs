//! `cargo xtask test`: everything that must hold, in the order in which a
//! failure is cheapest to see.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, succeed};
use crate::{clients, generate, tools};

/// Runs every step; the first that fails ends it.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("format", || cargo(root, &["fmt", "--all", "--check"]))?;
    step("generated code", || {
        generate::run(root, clients::CLIENTS, true)
    })?;
    step("lints", || {
        cargo(
            root,
            &[
                "clippy",
                "--workspace",
                "--all-features",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        )
    })?;
    let mut skipped = tests(root)?;
    step("documentation", || {
        let mut command = Command::new(env!("CARGO"));
        command.env("RUSTDOCFLAGS", "-D warnings");
        command.args([
            "doc",
            "--workspace",
            "--all-features",
            "--no-deps",
            "--locked",
        ]);
        succeed(command.current_dir(root))
    })?;
    skipped.extend(documents(root)?);
    if skipped.is_empty() {
        println!("\neverything holds");
        return Ok(());
    }
    println!(
        "\neverything else holds, but SKIPPED: {}",
        skipped.join("; ")
    );
    if cfg!(target_os = "linux") && std::env::var_os("CI").is_some_and(|value| value == "true") {
        bail!("nothing may be skipped in CI");
    }
    Ok(())
}

/// All tests. Gives what had to be skipped.
fn tests(root: &Path) -> Result<Vec<String>> {
    let mut arguments = vec!["test", "--workspace", "--all-features", "--locked"];
    let mut skipped = Vec::new();
    if let Err(cause) = tools::interop(root) {
        arguments.extend(["--", "--skip", "interop::"]);
        skipped.push(format!("tests with a foreign identity server ({cause:#})"));
    }
    step("tests", || cargo(root, &arguments))?;
    Ok(skipped)
}

/// The documents in spec/ hold before a validator that nobody here wrote.
/// Gives what had to be skipped.
fn documents(root: &Path) -> Result<Vec<String>> {
    let validator = match tools::spec_validator(root) {
        Ok(validator) => validator,
        Err(cause) => return Ok(vec![format!("validation of spec/ ({cause:#})")]),
    };
    step("validation of spec/", || {
        for client in clients::CLIENTS {
            succeed(Command::new(&validator).arg(client.spec).current_dir(root))?;
        }
        Ok(())
    })?;
    Ok(Vec::new())
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n=== {name}");
    let start = Instant::now();
    work().with_context(|| format!("{name} failed"))?;
    println!("=== {name}: {} s", start.elapsed().as_secs());
    Ok(())
}
