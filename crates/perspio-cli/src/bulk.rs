//! `perspio assets get --from-list`: fetches many assets within the rate limits.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, ValueHint};
use indicatif::{ProgressBar, ProgressStyle};
use perspio::bulk::Bulk;
use perspio::{AssetId, CallOptions, Client, Priority};
use tokio::sync::Notify;

use crate::exit_code;
use crate::failure::{Failure, print_line, print_message};
use crate::output::Output;

const FROM_LIST: &str = "from-list";
const RESUME: &str = "resume";
/// The calls that are in flight together. The rate limits are the bound of the speed.
const CONCURRENCY: usize = 4;
/// The failures that are printed.
const PRINTED_FAILURES: usize = 20;

/// Adds the options of the bulk command to `perspio assets get`.
pub(crate) fn with_options(command: Command) -> Command {
    command
        .mut_arg("ID", |id| {
            id.required_unless_present_any(["id", FROM_LIST])
                .conflicts_with(FROM_LIST)
        })
        .arg(
            Arg::new(FROM_LIST)
                .long(FROM_LIST)
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help(
                    "Gets each asset of a list with one id per line (- is standard input), and \
                     prints each as one line of JSON",
                ),
        )
        .arg(
            Arg::new(RESUME)
                .long(RESUME)
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .value_parser(clap::value_parser!(PathBuf))
                .requires(FROM_LIST)
                .help(
                    "Keeps the ids of printed assets in a file, and skips those that it has \
                     already: the same command continues after an interruption",
                ),
        )
}

/// Returns the list that the arguments name.
pub(crate) fn list(parameters: &ArgMatches) -> Option<&String> {
    parameters.try_get_one(FROM_LIST).ok().flatten()
}

/// Fetches and prints the assets of `list`.
pub(crate) async fn run(
    client: &Client,
    output: &Output,
    list: &str,
    parameters: &ArgMatches,
) -> Result<(), Failure> {
    if !output.prints_lines() {
        return Err(Failure::usage(
            "the assets of a list are printed as lines of JSON while they arrive: use `--output \
             ndjson`, without --jq",
        ));
    }
    let mut ids = read(list)?;
    let journal = parameters.get_one::<PathBuf>(RESUME);
    let mut journal = journal.map(|path| Journal::open(path)).transpose()?;
    if let Some(journal) = &journal {
        ids.retain(|id| !journal.done.contains(id.as_str()));
    }
    // Rejected credentials are one failure, not one for each asset.
    if let Some(source) = client.token_source() {
        source.token().await?;
    }
    let client = client.with_options(CallOptions::new().priority(Priority::Bulk));
    let progress = Progress::of(ids.len());
    let fatal = Fatal::default();
    let journal = RefCell::new(&mut journal);
    let work = async |id: AssetId| {
        let outcome = client.assets_get().id(id.clone()).send().await;
        let outcome = outcome
            .map_err(Failure::from)
            .and_then(|asset| print(output, &id, &*asset, &mut journal.borrow_mut()));
        progress.count(&client, outcome.as_ref().err());
        outcome.map_err(|failure| fatal.check(failure))
    };
    let bulk = Bulk::new(CONCURRENCY)
        .id(|id: &AssetId| Some(id.as_str().to_owned()))
        .keep_failures(PRINTED_FAILURES);
    let report = tokio::select! {
        report = bulk.run(ids, &work) => Some(report),
        () = fatal.is_set.notified() => None,
    };
    // The last asset may have failed for a reason that concerns all.
    if let Some(failure) = fatal.failure.take() {
        return Err(failure);
    }
    let failures = report.map(|report| report.failures).unwrap_or_default();
    for failed in &failures {
        let id = failed.id.as_deref().unwrap_or_default();
        progress.print(&format!("{id}: {}", failed.error.text()));
    }
    match failures.first() {
        None => Ok(()),
        Some(first) => Err(Failure::reported(first.error.code())),
    }
}

/// Reads the ids of a list: one in each line; empty lines and comments (`#`) are skipped.
fn read(list: &str) -> Result<Vec<AssetId>, Failure> {
    let unreadable = |cause: io::Error| Failure::usage(format!("{list} cannot be read: {cause}"));
    let reader: Box<dyn BufRead> = match list {
        "-" => Box::new(io::stdin().lock()),
        path => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    };
    let mut ids = Vec::new();
    for (index, line) in reader.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        let id = line.trim();
        if id.is_empty() || id.starts_with('#') {
            continue;
        }
        if id.contains(|letter: char| letter.is_whitespace() || letter == '/' || letter == ',') {
            return Err(Failure::usage(format!(
                "{list}, line {}: `{id}` is not an id; each line has one id",
                index + 1
            )));
        }
        let Ok(id) = id.parse();
        ids.push(id);
    }
    Ok(ids)
}

/// Prints an asset, then notes it in the journal.
fn print(
    output: &Output,
    id: &AssetId,
    asset: &impl serde::Serialize,
    journal: &mut Option<Journal>,
) -> Result<(), Failure> {
    let asset = serde_json::to_value(asset).map_err(io::Error::from)?;
    let mut stdout = io::stdout().lock();
    output.line(&asset, &mut stdout)?;
    stdout.flush()?;
    match journal {
        None => Ok(()),
        Some(journal) => journal.add(id),
    }
}

/// The file with the ids of printed assets.
struct Journal {
    file: File,
    path: PathBuf,
    done: HashSet<String>,
}

impl Journal {
    fn open(path: &Path) -> Result<Self, Failure> {
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path);
        let file = opened.map_err(|cause| unusable(path, &cause))?;
        let lines: Result<Vec<_>, _> = BufReader::new(&file).lines().collect();
        let lines = lines.map_err(|cause| unusable(path, &cause))?;
        Ok(Self {
            done: lines.iter().map(|line| line.trim().to_owned()).collect(),
            path: path.to_owned(),
            file,
        })
    }

    fn add(&mut self, id: &AssetId) -> Result<(), Failure> {
        let line = format!("{}\n", id.as_str());
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|cause| unusable(&self.path, &cause))
    }
}

fn unusable(path: &Path, cause: &io::Error) -> Failure {
    Failure::usage(format!(
        "{}, the list of printed assets, cannot be used: {cause}",
        path.display()
    ))
}

/// The first failure that concerns all assets.
#[derive(Default)]
struct Fatal {
    failure: Cell<Option<Failure>>,
    is_set: Notify,
}

impl Fatal {
    /// Keeps `failure` if it concerns all assets, and returns it otherwise.
    fn check(&self, failure: Failure) -> Failure {
        let concerns_one = matches!(failure.code(), exit_code::FAILED | exit_code::NOT_FOUND);
        if !concerns_one {
            let code = failure.code();
            self.failure.set(Some(failure));
            self.is_set.notify_one();
            return Failure::reported(code);
        }
        failure
    }
}

/// The progress on standard error: a bar on a terminal, and the counts at the end, also if the
/// command is interrupted.
struct Progress {
    bar: ProgressBar,
    total: usize,
    done: Cell<usize>,
    failed: Cell<usize>,
}

impl Progress {
    fn of(total: usize) -> Self {
        let bar = ProgressBar::new(total as u64);
        let style = "{bar:24} {pos}/{len}  {per_sec:.2}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        Self {
            bar,
            total,
            done: Cell::new(0),
            failed: Cell::new(0),
        }
    }

    fn count(&self, client: &Client, failure: Option<&Failure>) {
        let counted = match failure {
            None => &self.done,
            Some(_) => &self.failed,
        };
        counted.set(counted.get() + 1);
        self.bar.inc(1);
        let budget = client.budget();
        let budgets = budget.limits.iter();
        let left = budgets.map(|limit| format!("{} of the {}", limit.left, limit.limit.name()));
        let left: Vec<_> = left.collect();
        if !left.is_empty() {
            self.bar.set_message(format!("left: {}", left.join(", ")));
        }
    }

    fn print(&self, text: &str) {
        self.bar.suspend(|| print_message("error", text));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        let (done, failed) = (self.done.get(), self.failed.get());
        let not_begun = self.total.saturating_sub(done + failed);
        let rest = match not_begun {
            0 => String::new(),
            rest => format!(", {rest} not fetched"),
        };
        print_line(&format!("{done} fetched, {failed} failed{rest}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn ids(text: &str) -> Result<Vec<String>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let read = read(file.path().to_str().unwrap());
        read.map(|ids| ids.iter().map(|id| id.as_str().to_owned()).collect())
            .map_err(|failure| failure.text().to_owned())
    }

    #[test]
    fn a_list_has_one_id_per_line_and_comments() {
        let read = ids("IN-1\r\n\n# yard 4\n  IN-2  \n");
        assert_eq!(read.unwrap(), ["IN-1", "IN-2"]);
    }

    #[test]
    fn a_line_that_is_not_an_id_is_reported_with_its_number() {
        for line in ["IN-1,IN-2", "IN-1 IN-2", "/assets"] {
            let error = ids(&format!("IN-1\n{line}\n")).unwrap_err();
            assert!(error.contains("line 2") && error.contains(line), "{error}");
        }
    }
}
