//! Makes calls with the client that openapi-generator makes, whenever a line
//! says how: the number of tasks and that of the calls. The answer is a line of
//! nanoseconds: of each call for one task, of all together for more.
//!
//! It takes these variables: `PERSPIO_BASE_URL`, `PERSPIO_SUBSCRIPTION_KEY`
//! (sent as the tenant id too: the client knows one key), `OPENAPI_TOKEN`.

#[path = "../../src/rounds.rs"]
mod rounds;

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use perspiotalk_openapi::apis::assets_api;
use perspiotalk_openapi::apis::configuration::{ApiKey, Configuration};

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let configuration = Arc::new(configuration()?);
    let call = move || {
        let configuration = configuration.clone();
        async move {
            assets_api::assets_get(&configuration, "IN-000001").await?;
            Ok(())
        }
    };
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (tasks, calls) = line.split_once(' ').context("no numbers")?;
        let (tasks, calls) = (tasks.parse()?, calls.parse()?);
        let times = if tasks == 1 {
            runtime.block_on(rounds::one_by_one(calls, &call))?
        } else {
            vec![runtime.block_on(rounds::shared_out(tasks, calls, call.clone()))?]
        };
        tell(&times)?;
    }
    Ok(())
}

fn configuration() -> Result<Configuration> {
    let variable = |name: &'static str| std::env::var(name).context(name);
    Ok(Configuration {
        base_path: variable("PERSPIO_BASE_URL")?,
        user_agent: None,
        client: reqwest::Client::builder().no_proxy().build()?,
        oauth_access_token: Some(variable("OPENAPI_TOKEN")?),
        api_key: Some(ApiKey {
            prefix: None,
            key: variable("PERSPIO_SUBSCRIPTION_KEY")?,
        }),
        ..Configuration::default()
    })
}

/// A line of its own, at once.
fn tell(times: &[Duration]) -> Result<()> {
    let times: Vec<_> = times
        .iter()
        .map(|time| time.as_nanos().to_string())
        .collect();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", times.join(" "))?;
    Ok(stdout.flush()?)
}
