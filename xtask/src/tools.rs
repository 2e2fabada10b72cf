//! Programs that tests and fuzzing need beside Rust: installed here where that is
//! possible, below target/ where a package manager of the language can do it,
//! by apt where only that can.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, succeed};

/// The release that the documents are checked with.
const SPEC_VALIDATOR: &str = "openapi-spec-validator==0.9.0";

/// The release of the fuzzer's driver.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// An OpenAPI validator that nobody here wrote, in a Python environment of its own.
pub(crate) fn spec_validator(root: &Path) -> Result<PathBuf> {
    let environment = root
        .join("target/tools")
        .join(SPEC_VALIDATOR.replace("==", "-"));
    let program = environment.join("bin/openapi-spec-validator");
    if program.exists() {
        return Ok(program);
    }
    println!("\n=== installing {SPEC_VALIDATOR}");
    let create = || {
        succeed(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        )
    };
    create().or_else(|_| {
        apt_install(&["python3", "python3-venv"])?;
        create()
    })?;
    succeed(Command::new(environment.join("bin/pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        SPEC_VALIDATOR,
    ]))?;
    Ok(program)
}

/// The fuzzer's driver, built below target/.
pub(crate) fn cargo_fuzz(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/tools").join(CARGO_FUZZ.replace('@', "-"));
    let program = folder.join("bin/cargo-fuzz");
    if !program.exists() {
        println!("\n=== installing {CARGO_FUZZ}");
        let folder = folder.to_string_lossy();
        cargo(
            root,
            &[
                "install", "--quiet", "--locked", "--root", &folder, CARGO_FUZZ,
            ],
        )?;
    }
    Ok(program)
}

/// Installs Debian packages; works as root on Debian and its kin only.
fn apt_install(packages: &[&str]) -> Result<()> {
    succeed(Command::new("apt-get").args(["update", "--quiet"]))?;
    succeed(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
