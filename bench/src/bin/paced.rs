//! One of many processes that keep to one budget of requests. It fetches its
//! token, says `ready` and waits for a line; then its tasks make their calls. At
//! the end it says when they began and when the last call was answered:
//! nanoseconds since 1970, by the clock that all processes share.
//!
//! It takes the settings of a client (`PERSPIO_…`) and these variables:
//! `PACED_REDIS` (its address), `PACED_BUDGET` (its name), `PACED_MOST` requests
//! in `PACED_WINDOW` ms, `PACED_TASKS`, `PACED_CALLS` (of all tasks).

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use perspio::{Limit, Limits, Pacer, Scope, SharedBudget};
use perspio_auth::SecretString;
use perspio_auth::store::Redis;
use perspio_bench::child::{self, Failure, variable};
use perspio_bench::{rounds, service};

#[tokio::main]
async fn main() -> Result<()> {
    let failure = Arc::new(Failure::default());
    let variables = service::variables_of_this_process();
    let (builder, source) = service::signed_in(&variables).await?;
    let pacer = pacer(failure.clone())?;
    let client = builder.token_source(source).pacer(pacer.clone()).build()?;
    let (tasks, calls) = (variable("PACED_TASKS")?, variable("PACED_CALLS")?);
    let began = child::begin()?;
    rounds::shared_out(tasks, calls, move || {
        let client = client.clone();
        async move {
            client.assets_get().id("IN-000001").send().await?;
            Ok(())
        }
    })
    .await?;
    let ended = child::now()?;
    pacer.flush().await;
    if let Some(reason) = failure.take() {
        bail!(reason);
    }
    child::end(began, ended)
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
