//! Calls clients of this and other generators, and compares their requests with the expected ones,
//! before and after additive changes of the document.

mod expected;
mod recorder;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::generator::{GENERATORS, Generator};
use crate::corpus::cargo;
use expected::{Change, Expected, Responses, operation_of};
use perspio_codegen::files::replace;
use perspio_codegen::load;
use recorder::{Recorder, Request};

/// Makes the calls of `conformance/compare/callers/` with every generator that is installed, and
/// prints a table. A generator that fails is a row without figures.
///
/// # Errors
/// A file of `conformance/compare/` is missing or invalid.
pub(crate) fn run(root: &Path) -> Result<()> {
    let data = root.join("conformance/compare");
    let document = load::read(&data.join("requests.yaml"))?;
    let expected = load::read(&data.join("expected.yaml"))?;
    let expected: Expected =
        serde_json::from_value(expected).context("expected.yaml is invalid")?;
    let recorder = Recorder::start()?;
    let mut table = String::from(
        "| generator | correct requests | survives an additive change |\n|---|---|---|\n",
    );
    for generator in GENERATORS {
        let name = generator.name;
        if !generator.is_installed() {
            eprintln!("{name} is not installed");
            continue;
        }
        let caller = data.join("callers").join(name).with_extension("rs");
        let subject = Subject {
            root,
            generator: &generator,
            folder: root.join("target/callers").join(name),
            caller: std::fs::read_to_string(&caller)
                .with_context(|| format!("{} cannot be read", caller.display()))?,
            document: &document,
            expected: &expected,
            recorder: &recorder,
        };
        match subject.measure() {
            Ok((correct, survived)) => {
                let (operations, changes) = (expected.operations.len(), expected.changes.len());
                let _ = writeln!(
                    table,
                    "| {name} | {correct} of {operations} | {survived} of {changes} |"
                );
            }
            Err(cause) => {
                eprintln!("{name}: {cause:#}");
                let _ = writeln!(table, "| {name} | – | – |");
            }
        }
    }
    print!("{table}");
    Ok(())
}

/// A generator with its caller, and the data of all of them.
struct Subject<'a> {
    root: &'a Path,
    generator: &'a Generator,
    folder: PathBuf,
    /// The source of the program that calls the generated client.
    caller: String,
    document: &'a Value,
    expected: &'a Expected,
    recorder: &'a Recorder,
}

/// The effects of one run of the caller.
struct Calls {
    requests: Vec<Request>,
    /// A line for each call that returned an error.
    errors: String,
}

impl Calls {
    /// Returns the errors that the first calls did not return.
    fn new_errors(&self, first: &Self) -> String {
        let lines = self.errors.lines();
        let new: Vec<_> = lines
            .filter(|line| first.errors.lines().all(|known| known != *line))
            .collect();
        new.join("; ")
    }
}

impl Subject<'_> {
    /// Returns the numbers of operations with correct requests, and of changes that the caller
    /// survives.
    fn measure(&self) -> Result<(usize, usize)> {
        let rejected = self.rejected();
        let accepted =
            |document: &Value| retain(document, |id| !rejected.iter().any(|it| it == id));
        let program = self.build(&accepted(self.document), &self.caller)?;
        // The next version replaces the program.
        let first_program = self.folder.join("first");
        std::fs::copy(program, &first_program)?;
        let first = self.call(&first_program, &Responses::new())?;
        let wrong = self.expected.wrong(&first.requests);
        for wrong in &wrong {
            self.report(wrong);
        }
        if !first.errors.is_empty() {
            self.report(&first.errors);
        }
        let mut survived = 0;
        for change in &self.expected.changes {
            let changed = accepted(&change.applied(self.document)?);
            match self.check(change, &changed, &first_program, &first, &wrong) {
                Ok(()) => survived += 1,
                Err(cause) => self.report(&format!("change of {}: {cause:#}", change.name)),
            }
        }
        Ok((self.expected.operations.len() - wrong.len(), survived))
    }

    fn report(&self, message: &str) {
        eprintln!("{}: {}", self.generator.name, message.trim_end());
    }

    /// Returns the operations that alone are not generated or do not compile; none if the client of
    /// the whole document compiles.
    fn rejected(&self) -> Vec<String> {
        const NO_CALLS: &str = "fn main() {}";
        let mut rejected = Vec::new();
        if self.build(self.document, NO_CALLS).is_err() {
            for id in self.expected.operations.keys() {
                let alone = retain(self.document, |other| other == id);
                if let Err(cause) = self.build(&alone, NO_CALLS) {
                    self.report(&format!("{id} is rejected: {cause:#}"));
                    rejected.push(id.clone());
                }
            }
        }
        rejected
    }

    /// Checks that the client of the first version decodes the responses of the changed server,
    /// and that the unchanged caller compiles with the client of the changed document and has
    /// the same effects.
    fn check(
        &self,
        change: &Change,
        changed: &Value,
        first_program: &Path,
        first: &Calls,
        wrong: &[String],
    ) -> Result<()> {
        let before = self.call(first_program, &change.responses)?;
        let errors = before.new_errors(first);
        ensure!(errors.is_empty(), "the first client fails: {errors}");
        let program = self.build(changed, &self.caller)?;
        let after = self.call(&program, &change.responses)?;
        let errors = after.new_errors(first);
        ensure!(errors.is_empty(), "the new client fails: {errors}");
        let wrong_after = self.expected.wrong(&after.requests);
        ensure!(
            wrong_after == wrong,
            "the requests change: {}",
            wrong_after.join("; ")
        );
        Ok(())
    }

    /// Generates the client of `document`, compiles `caller` with it, and returns the program.
    fn build(&self, document: &Value, caller: &str) -> Result<PathBuf> {
        let client = self.generate(document)?;
        let manifest = client.join("Cargo.toml");
        let own = std::fs::read_to_string(&manifest)?;
        replace(&manifest, &format!("{own}{MANIFEST}"))?;
        replace(&client.join("src/main.rs"), caller)?;
        // Every version is compiled with the same dependencies; this project's come with a lock file.
        let (kept, lock) = (self.folder.join("Cargo.lock"), client.join("Cargo.lock"));
        if kept.exists() && !lock.exists() {
            std::fs::copy(&kept, &lock)?;
        }
        let target = self.folder.join("target");
        cargo("build", &client, &target)?;
        std::fs::copy(&lock, &kept)?;
        Ok(target.join("debug/caller"))
    }

    /// Generates the client of `document`, and returns its folder.
    fn generate(&self, document: &Value) -> Result<PathBuf> {
        let path = self.folder.join("document.json");
        replace(&path, &format!("{document:#}"))?;
        // Some generators name the crate after its folder.
        let client = self.folder.join("client");
        if client.exists() {
            std::fs::remove_dir_all(&client)?;
        }
        std::fs::create_dir_all(&client)?;
        self.generator.generate(self.root, &path, &client)?;
        Ok(client)
    }

    /// Runs a caller with a server that returns `responses`, and otherwise the first ones.
    fn call(&self, program: &Path, responses: &Responses) -> Result<Calls> {
        let mut all = self.expected.responses.clone();
        all.extend(responses.clone());
        self.recorder.reset(all);
        let output = Command::new(program)
            .arg(self.recorder.base_url())
            .env("NO_PROXY", "127.0.0.1")
            .env("RUST_BACKTRACE", "0")
            .output()
            .context("the caller cannot be started")?;
        if !output.status.success() {
            bail!(
                "the caller failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(Calls {
            requests: self.recorder.take(),
            errors: String::from_utf8_lossy(&output.stdout).into_owned(),
        })
    }
}

/// The part of the manifest that the caller needs in addition to the client.
const MANIFEST: &str = r#"
[[bin]]
name = "caller"
path = "src/main.rs"

[dependencies.tokio]
version = "1"
features = ["macros", "rt"]

[profile.dev]
debug = 0
"#;

/// Returns the document with those operations whose ids are accepted.
fn retain(document: &Value, is_accepted: impl Fn(&str) -> bool) -> Value {
    let mut document = document.clone();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        paths.retain(|path, _| operation_of(path).is_some_and(&is_accepted));
    }
    document
}
