//! One of many processes that a benchmark starts: what it is told, and what it
//! tells.

use std::io::{self, BufRead, Write};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Error, Result};
use perspio::PaceObserver;
use perspio_auth::store::StoreError;
use perspio_auth::{TokenKey, TokenObserver};

/// What an environment variable says.
///
/// # Errors
/// It is not set, or says something else than a `T`.
pub fn variable<T: FromStr<Err: Into<Error>>>(name: &'static str) -> Result<T> {
    let told = std::env::var(name).context(name)?;
    told.parse::<T>().map_err(Into::into).context(name)
}

/// Says `ready`, waits for a line, and gives the time at which it came.
///
/// # Errors
/// Nobody listens, or the clock stands before 1970.
pub fn begin() -> Result<Duration> {
    tell("ready")?;
    io::stdin().lock().read_line(&mut String::new())?;
    now()
}

/// The time since 1970, by the clock that all processes share.
///
/// # Errors
/// It stands before 1970.
pub fn now() -> Result<Duration> {
    Ok(SystemTime::UNIX_EPOCH.elapsed()?)
}

/// Says when it began and when it ended, in nanoseconds.
///
/// # Errors
/// Nobody listens.
pub fn end(began: Duration, ended: Duration) -> Result<()> {
    tell(&format!("{} {}", began.as_nanos(), ended.as_nanos()))
}

/// A line of its own, at once.
fn tell(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

/// What the server that all processes share did not do. The figure of a process
/// that went on without it would be another one.
#[derive(Default)]
pub struct Failure(Mutex<Option<String>>);

impl Failure {
    /// The last one since it was asked for.
    pub fn take(&self) -> Option<String> {
        self.last().take()
    }

    fn last(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenObserver for Failure {
    fn on_store_failed(&self, _: &TokenKey, error: &StoreError) {
        *self.last() = Some(error.to_string());
    }
}

impl PaceObserver for Failure {
    fn on_shared_budget_failed(&self, reason: &str) {
        *self.last() = Some(format!("the shared budget was away: {reason}"));
    }
}
