//! The compiled tests of the workspace, which run in parallel: `cargo test` runs one
//! binary after the other, and most of them wait for timers and processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// A compiled test, and the folder that it runs in.
pub(crate) struct TestBinary {
    name: String,
    program: PathBuf,
    folder: PathBuf,
}

/// A message of cargo about a compiled target.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    profile: Option<Profile>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Compiles the tests, with `arguments` of `cargo test`.
pub(crate) fn build(root: &Path, arguments: &[&str]) -> Result<Vec<TestBinary>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "test",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ])
        .args(arguments)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    if !output.status.success() {
        bail!("the tests do not compile");
    }
    let messages = String::from_utf8(output.stdout).context("cargo's messages are not UTF-8")?;
    let mut binaries = Vec::new();
    for line in messages.lines() {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        let is_test = message.profile.is_some_and(|profile| profile.test);
        if let (true, Some(program), Some(manifest), Some(target)) = (
            is_test,
            message.executable,
            message.manifest_path,
            message.target,
        ) {
            let folder = manifest.parent().context("a manifest is in a folder")?;
            binaries.push(TestBinary {
                name: format!("{} of {}", target.name, folder.display()),
                program,
                folder: folder.to_owned(),
            });
        }
    }
    Ok(binaries)
}

/// Runs the tests, with `arguments` of their programs, one program for each core at a time.
/// Prints a line for each that has tests, and the whole output of those that fail.
pub(crate) fn run(binaries: &[TestBinary], arguments: &[&str]) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores.min(binaries.len()) {
            scope.spawn(|| {
                while let Some(binary) = binaries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(cause) = binary.run(arguments) {
                        println!("{cause:#}");
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push(binary.name.as_str());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
}

impl TestBinary {
    fn run(&self, arguments: &[&str]) -> Result<()> {
        let start = Instant::now();
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            // As cargo sets it.
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .output()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{text}\n{errors}\n{} failed", self.name);
        }
        if text.lines().all(|line| !line.starts_with("test ")) {
            return Ok(());
        }
        let result = text
            .lines()
            .rev()
            .find(|line| line.starts_with("test result"));
        let seconds = start.elapsed().as_secs();
        println!(
            "{}: {} ({seconds} s)",
            self.name,
            result.unwrap_or("no result")
        );
        Ok(())
    }
}
