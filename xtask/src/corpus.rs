//! `cargo xtask corpus`: imports every document of a folder, generates its
//! client and compiles it, to see what the import is worth.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::generate::{METHODS, replace, source_of_client};
use crate::import;

/// What became of one document.
struct Row {
    name: String,
    operations: usize,
    imported: usize,
    left_out: usize,
    outcome: String,
    seconds: f32,
}

/// Prints the table; fails if a document that could be imported did not compile.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|path| import::is_document(path));
    files.sort();
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    // Two at once: one compiles while another is imported.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = one(root, file);
                    eprintln!("{}: {}", row.name, row.outcome);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by(|left, right| left.name.cmp(&right.name));
    println!(
        "| document | operations | imported | left out | outcome | seconds |\n|---|---|---|---|---|---|"
    );
    for row in &rows {
        let Row {
            name,
            operations,
            imported,
            left_out,
            outcome,
            seconds,
        } = row;
        println!("| {name} | {operations} | {imported} | {left_out} | {outcome} | {seconds:.1} |");
    }
    let broken = rows
        .iter()
        .filter(|row| row.outcome.starts_with("broken"))
        .count();
    if broken > 0 {
        bail!("{broken} documents were imported and do not compile");
    }
    Ok(())
}

fn one(root: &Path, file: &Path) -> Row {
    let started = Instant::now();
    let name = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut row = Row {
        name,
        operations: 0,
        imported: 0,
        left_out: 0,
        outcome: String::new(),
        seconds: 0.0,
    };
    let mut notes = import::Notes::default();
    let sources = [file.to_owned()];
    let outcome = import::on_a_large_stack(|| {
        row.operations = count(&import::read(file)?);
        let document = import::document(&sources, None, &mut notes)?;
        row.imported = count(&document);
        let text = import::yaml(&document)?;
        let source = source_of_client(&document)?;
        Ok((text, source))
    });
    row.left_out = notes.all_left_out().len();
    row.outcome = match outcome {
        Err(error) => format!("refused: {error:#}"),
        Ok((text, source)) => match compile(root, &row.name, &text, &source) {
            Ok(()) => "compiles".to_owned(),
            Err(error) => format!("broken: {error:#}"),
        },
    };
    row.seconds = started.elapsed().as_secs_f32();
    row
}

/// How many operations a document has.
fn count(document: &Value) -> usize {
    let items = document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    items
        .filter_map(|(_, item)| item.as_object())
        .flat_map(|item| item.keys())
        .filter(|name| METHODS.contains(&name.as_str()))
        .count()
}

/// Compiles a client in a crate of its own; one that compiled already with
/// the same source is not compiled again.
fn compile(root: &Path, name: &str, text: &str, source: &str) -> Result<()> {
    let folder = root.join("target/corpus").join(name);
    let passed = folder.join("compiled.rs");
    replace(&folder.join("document.yaml"), text)?;
    if std::fs::read_to_string(&passed).is_ok_and(|before| before == source) {
        return Ok(());
    }
    replace(&folder.join("src/lib.rs"), source)?;
    replace(&folder.join("Cargo.toml"), &manifest(root, name)?)?;
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--color=never"])
        .env("CARGO_TARGET_DIR", root.join("target/corpus/target"))
        .env("RUSTFLAGS", "-Awarnings")
        .current_dir(&folder)
        .output()
        .context("cargo cannot be started")?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        replace(&folder.join("errors.txt"), &told)?;
        let first = told
            .lines()
            .find(|line| line.starts_with("error"))
            .unwrap_or("error");
        bail!("{first} (all in {})", folder.join("errors.txt").display());
    }
    replace(&passed, source)
}

/// A crate with what generated clients need, as crates/perspio has it.
fn manifest(root: &Path, name: &str) -> Result<String> {
    let crates = root.join("crates/perspio-http");
    let crates = crates
        .to_str()
        .context("the workspace's path is not UTF-8")?;
    Ok(format!(
        r#"[package]
name = "corpus-{name}"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
chrono = {{ version = "0.4", default-features = false, features = ["serde", "std"] }}
futures = "0.3"
perspio-http = {{ path = {crates:?} }}
progenitor-client = "0.15"
regress = "0.12"
reqwest = {{ version = "0.13", default-features = false }}
schemars = {{ version = "1.2", features = ["chrono04", "uuid1"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
uuid = {{ version = "1", features = ["serde"] }}
"#
    ))
}
