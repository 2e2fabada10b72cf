//! One of many processes that want the same token at once. It says `ready` and
//! waits for a line; then all of its callers ask. At the end it says when they
//! began and when all of them had the token: nanoseconds since 1970, by the
//! clock that all processes share.
//!
//! It takes these variables: `COLD_START_SERVER` (the identity server's URL),
//! `COLD_START_PLACE`, `COLD_START_KEY` (the store's), `COLD_START_TENANT`,
//! `COLD_START_CALLERS`.

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use futures::future::join_all;
use perspio_auth::store::StoreError;
use perspio_auth::{SecretString, TokenKey, TokenObserver, TokenSource};
use perspio_bench::ours;
use perspio_bench::place::Place;

#[tokio::main]
async fn main() -> Result<()> {
    let failure = Arc::new(Failure::default());
    let source = source(failure.clone())?;
    let callers: usize = variable("COLD_START_CALLERS")?.parse()?;
    tell("ready")?;
    io::stdin().lock().read_line(&mut String::new())?;
    let began = now()?;
    let callers = (0..callers).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { source.authorization().await })
    });
    let callers: Vec<_> = callers.collect();
    for caller in join_all(callers).await {
        caller.context("a caller ended early")??;
    }
    let ended = now()?;
    if let Some(error) = failure.take() {
        // What came of it is the figure of another store: this process's memory.
        bail!(error);
    }
    tell(&format!("{} {}", began.as_nanos(), ended.as_nanos()))
}

fn source(failure: Arc<Failure>) -> Result<TokenSource> {
    let place: Place = variable("COLD_START_PLACE")?.parse()?;
    let key = SecretString::from(variable("COLD_START_KEY")?);
    let profile = ours::profile(&variable("COLD_START_SERVER")?)?;
    let tenant = variable("COLD_START_TENANT")?.parse()?;
    let source = ours::builder(&profile, tenant)
        .store(place.open(&key)?)
        .observer(failure);
    Ok(source.build()?)
}

fn variable(name: &'static str) -> Result<String> {
    std::env::var(name).context(name)
}

fn now() -> Result<Duration> {
    Ok(SystemTime::UNIX_EPOCH.elapsed()?)
}

/// A line of its own, at once.
fn tell(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

/// What the store did not do.
#[derive(Default)]
struct Failure(Mutex<Option<StoreError>>);

impl Failure {
    fn take(&self) -> Option<StoreError> {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.take()
    }
}

impl TokenObserver for Failure {
    fn on_store_failed(&self, _: &TokenKey, error: &StoreError) {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = Some(error.clone());
    }
}
