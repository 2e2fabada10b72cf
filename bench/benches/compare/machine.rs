//! Where the figures come from.

use std::fmt::Write;
use std::fs::read_to_string;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use perspio_bench::source::Source;
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};

use crate::stores;

const LOCK: &str = include_str!("../../Cargo.lock");

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many threads ask for tokens: at most eight, and so many that eight tasks
/// are shared out evenly.
pub(crate) fn workers() -> usize {
    1 << cores().ilog2().min(3)
}

/// Machine, compiler and versions, as a Markdown list.
pub(crate) fn describe() -> Result<String> {
    let mut text = String::new();
    let cpu = entry("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".to_owned());
    writeln!(text, "- machine: {} cores, {cpu}", cores())?;
    let system = entry("/etc/os-release", "PRETTY_NAME");
    let system = system.unwrap_or_else(|| std::env::consts::OS.to_owned());
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    writeln!(
        text,
        "- system: {}, kernel {}",
        system.trim_matches('"'),
        kernel.trim()
    )?;
    writeln!(text, "- compiler: {}", compiler())?;
    let mut versions = Vec::new();
    for name in [
        Ours::NAME,
        Azure::NAME,
        Huskarl::NAME,
        Yup::NAME,
        Middle::NAME,
        "perspio",
        "reqwest",
        "governor",
        "leaky-bucket",
    ] {
        versions.push(format!("{name} {}", version(name)?));
    }
    writeln!(text, "- libraries: {}", versions.join(", "))?;
    writeln!(text, "- servers: {}", stores::servers()?)?;
    writeln!(
        text,
        "- date: {}",
        jiff::Timestamp::now().strftime("%Y-%m-%d")
    )?;
    Ok(text)
}

/// The value behind `name` in a file of names and values.
fn entry(path: &str, name: &str) -> Option<String> {
    let text = read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start();
        rest.strip_prefix([':', '='])
    });
    value.map(|value| value.trim().to_owned())
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// The version that the lock file holds a library at; the newest, if there are more.
fn version(name: &str) -> Result<&'static str> {
    LOCK.rsplit_once(&format!("\nname = \"{name}\"\n"))
        .and_then(|(_, package)| package.lines().next()?.strip_prefix("version = "))
        .map(|version| version.trim_matches('"'))
        .with_context(|| format!("{name} is not in the lock file"))
}

/// A library that does not join its callers opens a connection for each; both
/// ends of it are in this process. Many systems allow 1024 unless asked.
#[cfg(unix)]
pub(crate) fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // If it is refused, the usual limit has to do.
    let _ = setrlimit(Resource::Nofile, raised);
}

#[cfg(not(unix))]
pub(crate) fn allow_many_connections() {}

/// How long this process's threads were ready to run and did not: Linux tells,
/// elsewhere nobody waits.
pub(crate) fn waited_for_processors() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let waited = threads.flatten().filter_map(|thread| {
        let record = read_to_string(thread.path().join("schedstat")).ok()?;
        record.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    Duration::from_nanos(waited.sum())
}
