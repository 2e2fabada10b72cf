//! Imports every document of a folder, generates its
//! client and compiles it, to see what the import is worth.

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

/// More at once need more memory than they save time.
const AT_ONCE: usize = 4;

/// Prints a row for each document as it is done, so that an interrupted run has
/// told what it found; the next one repeats only what has changed. Fails if a
/// document that could be imported does not compile.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<()> {
    let files = load::documents(folder)?;
    let importer = row::importer()?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    print!("{}", table(&[]));
    std::thread::scope(|scope| {
        for worker in 0..workers.min(AT_ONCE).min(files.len()) {
            let (next, rows, files) = (&next, &rows, &files);
            scope.spawn(move || {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = one(root, file, importer, worker);
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
    println!("\n{}\n(sorted in {})", row::sum(&rows), path.display());
    let broken = rows.iter().filter(|row| row.is_broken()).count();
    if broken > 0 {
        bail!("{broken} documents were imported and do not compile");
    }
    Ok(())
}

fn one(root: &Path, file: &Path, importer: u64, worker: usize) -> Row {
    let name = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let folder = root.join("target/corpus").join(&name);
    let key = row::key(file, importer);
    let mut row = Row::kept(&folder, key).unwrap_or_else(|| {
        let mut row = Row::new(name, key);
        if let Err(error) = make(file, &folder, &mut row) {
            row.outcome = format!("refused: {error:#}");
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
    if let Err(error) = row.keep(&folder) {
        eprintln!("{}: {error:#}", row.name);
    }
    row
}

/// Imports a document and generates its client, both into `folder`.
fn make(file: &Path, folder: &Path, row: &mut Row) -> Result<()> {
    let started = Instant::now();
    let mut notes = import::Notes::default();
    let sources = [file.to_owned()];
    let outcome = import::on_a_large_stack(|| {
        // A path may be a reference. What refers to a missing file is refused below.
        let published = import::original(file).or_else(|_| load::read(file))?;
        row.operations = count(&published);
        let document = import::document(&sources, None, &mut notes)?;
        row.imported = count(&document);
        let text = import::yaml(&document)?;
        row.import_seconds = started.elapsed().as_secs_f32();
        let kept = folder.join("document.yaml");
        replace(&kept, &text)?;
        stays(kept, &text)?;
        source_of_client(&document)
    });
    row.left_out = notes.all_left_out().len();
    let source = outcome?;
    replace(&folder.join("explained.txt"), &notes.explain())?;
    replace(&folder.join("src/lib.rs"), &source)
}

/// An import of what an import has given must be the same, or every one of the
/// vendor's next documents would show changes that are none.
fn stays(kept: PathBuf, text: &str) -> Result<()> {
    let mut notes = import::Notes::default();
    let again = import::yaml(&import::document(&[kept], None, &mut notes)?)?;
    let mut lines = text.lines().zip(again.lines());
    match lines.find(|(before, after)| before != after) {
        Some((before, after)) => {
            bail!("imported again it changes: `{before}` becomes `{after}`")
        }
        None if text != again => bail!("imported again it has more or fewer lines"),
        None => Ok(()),
    }
}

/// How many operations a document has.
pub(crate) fn count(document: &Value) -> usize {
    operations(document).count()
}
