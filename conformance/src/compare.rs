//! Compares generators of Rust clients with the same documents.

pub(crate) mod callers;
mod generator;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::corpus::cargo;
use generator::{GENERATORS, Generator};
use perspio_codegen::document::{operations, text};
use perspio_codegen::{import, load};

/// Generates a client of every document in `folder` with every generator that is installed,
/// compiles it, and prints a table.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<()> {
    let documents = load::documents(folder)?;
    let mut table = String::from(
        "| generator | generates | compiles | operations kept | lines | `cargo check`, s |\n|---|---|---|---|---|---|\n",
    );
    for generator in GENERATORS {
        if !generator.is_installed() {
            eprintln!("{} is not installed", generator.name);
            continue;
        }
        let mut total = Total::default();
        for document in &documents {
            let outcome = one(root, &generator, document);
            eprintln!("{} {}: {outcome}", generator.name, document.display());
            total.add(&outcome);
        }
        let _ = writeln!(
            table,
            "| {} | {} of {} | {} | {} of {} | {} | {:.0} |",
            generator.name,
            total.generated,
            documents.len(),
            total.compiled,
            total.kept,
            total.operations,
            total.lines,
            total.seconds,
        );
    }
    print!("{table}");
    println!(
        "\nKept: the operations with an operationId for which the client has a function of that \
         name. Lines and seconds: of the clients that compile; the dependencies are compiled \
         before."
    );
    Ok(())
}

/// What a generator makes of one document.
#[derive(Default)]
struct Outcome {
    /// The ids of the document's operations.
    operations: usize,
    kept: usize,
    lines: usize,
    is_generated: bool,
    /// How long the client alone compiles, if it does.
    seconds: Option<f32>,
    /// Why it is not generated or does not compile.
    cause: Option<String>,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kept,
            operations,
            lines,
            ..
        } = self;
        match (&self.cause, self.seconds) {
            (Some(cause), _) if self.is_generated => write!(f, "does not compile: {cause}"),
            (Some(cause), _) => write!(f, "not generated: {cause}"),
            (None, seconds) => write!(
                f,
                "{kept} of {operations} operations, {lines} lines, {:.1} s",
                seconds.unwrap_or_default()
            ),
        }
    }
}

/// The sums of the outcomes of one generator.
#[derive(Default)]
struct Total {
    generated: usize,
    compiled: usize,
    operations: usize,
    kept: usize,
    lines: usize,
    seconds: f32,
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        self.operations += outcome.operations;
        self.generated += usize::from(outcome.is_generated);
        if let Some(seconds) = outcome.seconds {
            self.compiled += 1;
            self.kept += outcome.kept;
            self.lines += outcome.lines;
            self.seconds += seconds;
        }
    }
}

fn one(root: &Path, generator: &Generator, document: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(cause) = measure(root, generator, document, &mut outcome) {
        outcome.cause = Some(format!("{cause:#}"));
    }
    outcome
}

fn measure(
    root: &Path,
    generator: &Generator,
    document: &Path,
    outcome: &mut Outcome,
) -> Result<()> {
    let ids = ids(document)?;
    outcome.operations = ids.len();
    // Some generators name the crate after its folder.
    let stem = document.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let all = root.join("target/compare").join(generator.name);
    let folder = all.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    generator.generate(root, &document.canonicalize()?, &folder)?;
    outcome.is_generated = true;
    let sources = sources(&folder.join("src"))?;
    outcome.lines = sources.iter().map(|source| source.lines().count()).sum();
    let functions: BTreeSet<String> = sources.iter().flat_map(|it| functions(it)).collect();
    outcome.kept = ids.iter().filter(|id| functions.contains(*id)).count();
    let target = all.join("target");
    // The first run compiles the dependencies, too.
    cargo("check", &folder, &target)?;
    let root_file = folder.join("src/lib.rs");
    let source = std::fs::read(&root_file).context("src/lib.rs cannot be read")?;
    std::fs::write(&root_file, source)?;
    let started = Instant::now();
    cargo("check", &folder, &target)?;
    outcome.seconds = Some(started.elapsed().as_secs_f32());
    Ok(())
}

/// Returns the ids of the operations of a document, as `plain` writes them.
fn ids(document: &Path) -> Result<BTreeSet<String>> {
    let published = import::original(document).or_else(|_| load::read(document))?;
    let ids = operations(&published).map(|operation| plain(text(operation.own, "operationId")));
    Ok(ids.filter(|id| !id.is_empty()).collect())
}

/// Returns the names of the functions in a source, as `plain` writes them.
fn functions(source: &str) -> impl Iterator<Item = String> {
    source.split("fn ").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        plain(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default())
    })
}

/// Returns a name without what generators write differently: case and punctuation.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.collect::<String>().to_lowercase()
}

/// Returns the Rust files below a folder.
fn sources(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(std::fs::read_to_string(&path)?);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_the_name_of_an_operation_in_any_case() {
        let found: Vec<_> =
            functions("pub async fn list_things_v2(&self) {} fn a<T>() {}").collect();
        assert_eq!(found, ["listthingsv2", "a"]);
        assert_eq!(plain("listThings-V2"), "listthingsv2");
    }
}
