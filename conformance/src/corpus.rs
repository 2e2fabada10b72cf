//! Imports every document of a folder, generates its client and compiles it.

mod compile;
mod row;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::Value;

use compile::compile;
use perspio_codegen::document::operations;
use perspio_codegen::files::replace;
use perspio_codegen::generate::source_of_client;
use perspio_codegen::{import, load};

pub(crate) use compile::{cargo, manifest};
use row::{Row, table};

/// The limit of concurrent compilations; more of them exhaust the memory.
const MAX_WORKERS: usize = 4;

/// Prints a row for each document as soon as it is compiled, so that the rows of an
/// interrupted run are not lost. Documents that have not changed since the last run are not
/// imported again.
///
/// # Errors
/// The client of an imported document does not compile.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<()> {
    let files = load::documents(folder)?;
    let program = row::hash_of_program()?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    print!("{}", table(&[]));
    std::thread::scope(|scope| {
        for worker in 0..workers.min(MAX_WORKERS).min(files.len()) {
            let (next, rows, files) = (&next, &rows, &files);
            scope.spawn(move || {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = one(root, file, program, worker);
                    println!("{row}");
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by(|left, right| left.name.cmp(&right.name));
    let path = root.join("target/corpus/table.md");
    replace(&path, &table(&rows))?;
    println!("\n{}\n(sorted in {})", row::summary(&rows), path.display());
    let broken = rows.iter().filter(|row| row.is_broken()).count();
    if broken > 0 {
        bail!("{broken} documents were imported and do not compile");
    }
    Ok(())
}

fn one(root: &Path, file: &Path, program: u64, worker: usize) -> Row {
    let name = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let folder = root.join("target/corpus").join(&name);
    let key = row::key(file, program);
    let mut row = Row::cached(&folder, key).unwrap_or_else(|| {
        let mut row = Row::new(name, key);
        if let Err(error) = import_and_generate(file, &folder, &mut row) {
            row.outcome = format!("rejected: {error:#}");
        }
        row
    });
    if row.outcome.is_empty() {
        let started = Instant::now();
        match compile(root, &folder, &row.name, worker) {
            Ok(true) => row.compile_seconds = started.elapsed().as_secs_f32(),
            Ok(false) => {}
            Err(error) => row.outcome = format!("broken: {error:#}"),
        }
    }
    if let Err(error) = row.cache(&folder) {
        eprintln!("{}: {error:#}", row.name);
    }
    row
}

/// Imports a document and generates its client, both into `folder`.
fn import_and_generate(file: &Path, folder: &Path, row: &mut Row) -> Result<()> {
    let started = Instant::now();
    let mut notes = import::Notes::default();
    let sources = [file.to_owned()];
    let outcome: Result<String> = import::on_a_large_stack(|| {
        // A path item may be a reference. A document that refers to a missing file is rejected
        // by the import below.
        let published = import::original(file).or_else(|_| load::read(file))?;
        row.operations = count(&published);
        let document = import::document(&sources, None, &mut notes)?;
        row.imported = count(&document);
        let text = import::yaml(&document)?;
        row.import_seconds = started.elapsed().as_secs_f32();
        let imported = folder.join("document.yaml");
        replace(&imported, &text)?;
        check_idempotent(imported, &text)?;
        Ok(source_of_client(&document)?)
    });
    row.left_out = notes.all_left_out().len();
    let source = outcome?;
    replace(&folder.join("explained.txt"), &notes.explain())?;
    Ok(replace(&folder.join("src/lib.rs"), &source)?)
}

/// Checks that the import of an imported document is idempotent. Otherwise, the next version
/// of the document would show changes that the vendor did not make.
fn check_idempotent(imported: PathBuf, text: &str) -> Result<()> {
    let mut notes = import::Notes::default();
    let again = import::yaml(&import::document(&[imported], None, &mut notes)?)?;
    let mut lines = text.lines().zip(again.lines());
    match lines.find(|(before, after)| before != after) {
        Some((before, after)) => {
            bail!("a second import changes `{before}` to `{after}`")
        }
        None if text != again => bail!("a second import changes the number of lines"),
        None => Ok(()),
    }
}

/// Returns the number of operations of a document.
pub(crate) fn count(document: &Value) -> usize {
    operations(document).count()
}
