//! Calls every operation of a document through the generated client, with random values that
//! are valid according to the published document. A third-party server validates each request
//! against that document, and its response must decode without loss.

mod driver;
mod original;
mod plan;
mod report;
mod scratch;
mod served;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use perspio_wire::drive::Plan;

use original::Original;
use perspio_codegen::files::replace;
use perspio_codegen::generate::source_of_client;
use perspio_codegen::{import, load};
use report::Row;

/// Calls each operation of `documents`, a file or the files of a folder, and prints a table.
///
/// # Errors
/// No operation of a document could be called.
pub(crate) fn run(root: &Path, documents: &Path, calls: u64, explain: bool) -> Result<()> {
    ensure!(
        root.join("tests/prism/node_modules").exists(),
        "Prism is not installed: run `npm ci` in tests/prism"
    );
    let files = if documents.is_dir() {
        load::documents(documents)?
    } else {
        vec![documents.to_owned()]
    };
    let mut rows = Vec::new();
    for file in &files {
        let started = Instant::now();
        let mut row = one(root, file, calls);
        row.seconds = started.elapsed().as_secs_f32();
        eprintln!("{}", row.line());
        rows.push(row);
    }
    print!("{}", report::table(&rows));
    print!("{}", report::causes(&rows, explain));
    println!("\n{}", report::summary(&rows));
    let not_called: Vec<_> = rows.iter().filter_map(Row::not_called).collect();
    if not_called.is_empty() {
        return Ok(());
    }
    bail!("not called: {}", not_called.join("; "))
}

/// The inputs for the calls of one document.
struct Prepared {
    source: String,
    plan: Plan,
    /// The path of the document that the server serves.
    served: PathBuf,
}

fn one(root: &Path, file: &Path, calls: u64) -> Row {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut row = Row::new(&name);
    let folder = root.join("target/wire").join(&*name);
    let prepared = import::on_a_large_stack(|| prepare(file, &folder, calls, &mut row));
    let outcomes = prepared.and_then(
        |Prepared {
             source,
             plan,
             served,
         }| { scratch::run(root, &folder, &served, &source, &plan) },
    );
    match outcomes {
        Ok(outcomes) => row.outcomes = outcomes,
        Err(cause) => row.failure = Some(format!("{cause:#}")),
    }
    row
}

fn prepare(file: &Path, folder: &Path, calls: u64, row: &mut Row) -> Result<Prepared> {
    let mut published = load::read(file)?;
    let original = Original::new(&import::original(file)?);
    let mut notes = import::Notes::default();
    let mut imported = import::document(&[file.to_owned()], None, &mut notes)?;
    // Every operation is called at the address of the server.
    served::remove_servers(&mut imported);
    let (plan, without) = plan::plan(&original, &imported, calls);
    row.operations = crate::corpus::count(&imported);
    row.without_values = without;
    row.unsupported_schemes = served::remove_unsupported_schemes(&mut published);
    let is_external = served::remove_external_extensions(&mut published);
    let served = if row.unsupported_schemes.is_empty() && !is_external {
        file.canonicalize()?
    } else {
        let served = folder.join("served.json");
        replace(&served, &published.to_string())?;
        served
    };
    Ok(Prepared {
        source: source_of_client(&imported)?,
        plan,
        served,
    })
}
