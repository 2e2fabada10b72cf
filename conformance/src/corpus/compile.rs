//! Compiles a client in its own crate.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::row::hash;
use perspio_codegen::files::replace;

/// Compiles the client in `folder`, unless the same source has compiled already. Returns
/// whether it was compiled. Each worker has its own target folder, so that cargo's lock does
/// not serialize them.
pub(crate) fn compile(root: &Path, folder: &Path, name: &str, worker: usize) -> Result<bool> {
    let compiled = folder.join("compiled");
    let lock = std::fs::read(root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let source = std::fs::read(folder.join("src/lib.rs")).context("src/lib.rs cannot be read")?;
    let manifest = manifest(root, name)?;
    let key = hash(&[&source, &lock, manifest.as_bytes()]).to_string();
    if std::fs::read_to_string(&compiled).is_ok_and(|before| before == key) {
        return Ok(false);
    }
    replace(&folder.join("Cargo.toml"), &manifest)?;
    std::fs::write(folder.join("Cargo.lock"), lock)?;
    let target = root.join(format!("target/corpus/target-{worker}"));
    cargo("check", folder, &target)?;
    replace(&compiled, &key)?;
    Ok(true)
}

/// Runs cargo for the crate `folder`; an error contains the first of the compiler's errors.
pub(crate) fn cargo(command: &str, folder: &Path, target: &Path) -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args([command, "--quiet", "--color=never"])
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", "-Awarnings")
        .current_dir(folder)
        .output()
        .context("cargo cannot be started")?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let all = folder.join("errors.txt");
    replace(&all, &errors)?;
    let first = errors.lines().find(|line| line.starts_with("error"));
    bail!("{} (all in {})", first.unwrap_or("error"), all.display());
}

/// Returns a manifest with the dependencies of generated clients.
pub(crate) fn manifest(root: &Path, name: &str) -> Result<String> {
    // The name of a document may contain any character.
    let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let http = root.join("crates/perspio-http");
    let http = http.to_str().context("the workspace's path is not UTF-8")?;
    Ok(format!(
        r#"[package]
name = "corpus-{name}"
version = "0.0.0"
edition = "2024"

[workspace]

[features]
default = ["schemars"]
schemars = []

[dependencies]
chrono = {{ version = "0.4", default-features = false, features = ["serde", "std"] }}
futures = "0.3"
perspio-http = {{ path = {http:?}, features = ["schemars"] }}
regress = "0.12"
reqwest = {{ version = "0.13", default-features = false }}
schemars = {{ version = "1.2", features = ["chrono04", "uuid1"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
uuid = {{ version = "1", features = ["serde"] }}
"#
    ))
}
