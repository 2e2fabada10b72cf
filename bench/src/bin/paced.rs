//! One of many processes that keep to one budget of requests. It fetches its
//! token, says `ready` and waits for a line; then its tasks make their calls. At
//! the end it says when they began and when the last call was answered:
//! nanoseconds since 1970, by the clock that all processes share.
//!
//! It takes the settings of a client (`PERSPIO_…`) and these variables:
//! `PACED_REDIS` (its address), `PACED_BUDGET` (its name), `PACED_MOST` requests
//! in `PACED_WINDOW` ms, `PACED_TASKS`, `PACED_CALLS` (of all tasks).

use std::io::{self, BufRead, Write};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use perspio::prelude::*;
use perspio::{Limit, Limits, PaceObserver, Pacer, Scope, SharedBudget};
use perspio_auth::SecretString;
use perspio_auth::store::Redis;
use perspio_bench::{rounds, service};

#[tokio::main]
async fn main() -> Result<()> {
    let failure = Arc::new(Failure::default());
    let variables = service::variables_of_this_process();
    let (builder, source) = service::signed_in(&variables).await?;
    let pacer = pacer(failure.clone())?;
    let client = builder.token_source(source).pacer(pacer.clone()).build()?;
    let (tasks, calls) = (variable("PACED_TASKS")?, variable("PACED_CALLS")?);
    tell("ready")?;
    io::stdin().lock().read_line(&mut String::new())?;
    let began = now()?;
    rounds::shared_out(tasks, calls, move || {
        let client = client.clone();
        async move {
            client.assets_get().id("IN-000001").send().await?;
            Ok(())
        }
    })
    .await?;
    let ended = now()?;
    pacer.flush().await;
    if let Some(reason) = failure.take() {
        // What came of it is the figure of another budget: this process's part.
        bail!("the shared budget was away: {reason}");
    }
    tell(&format!("{} {}", began.as_nanos(), ended.as_nanos()))
}

fn pacer(failure: Arc<Failure>) -> Result<Pacer> {
    let address: String = variable("PACED_REDIS")?;
    let name: String = variable("PACED_BUDGET")?;
    let window = Duration::from_millis(variable("PACED_WINDOW")?);
    let limit = Limit::requests("rate", Scope::Application, variable("PACED_MOST")?, window);
    let redis = Redis::new(&SecretString::from(format!("redis://{address}")))?;
    let budget = SharedBudget::new(redis, "bench", "tenant", &name);
    let pacer = Pacer::builder(Limits::none().with(limit)).observer(failure);
    Ok(pacer.shared_by(budget).build())
}

fn variable<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    name: &'static str,
) -> Result<T> {
    std::env::var(name).context(name)?.parse().context(name)
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

/// Why the budget was not shared.
#[derive(Default)]
struct Failure(Mutex<Option<String>>);

impl Failure {
    fn take(&self) -> Option<String> {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.take()
    }
}

impl PaceObserver for Failure {
    fn on_shared_budget_failed(&self, reason: &str) {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = Some(reason.to_owned());
    }
}
