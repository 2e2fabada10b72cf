//! A hit on one key while another key's token is on its way.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use perspio_bench::server::{Life, Server};
use perspio_bench::source::{Source, Tenants};
use perspio_bench::{Azure, Huskarl, Ours, Yup, azure, yup};
use tokio::runtime::Runtime;

use crate::report::{Compared, Row, Scenario, Times, nanos};

const DELAY: Duration = Duration::from_millis(50);
const FETCHES: usize = 10;
/// A bound for machines with very fast clocks.
const MOST_HITS: usize = 2_000_000;

pub(crate) fn measure(runtime: &Runtime) -> Result<Scenario> {
    let rows = runtime.block_on(async {
        let server = &Server::start(DELAY, Life::HOUR)?;
        let credential = azure::OneCredential::new(server)?;
        let authenticator = yup::OneAuthenticator::new(server).await?;
        anyhow::Ok(vec![
            tenants::<Ours>(server).await?,
            row("azure_identity, two scopes of one credential", credential).await?,
            tenants::<Azure>(server).await?,
            tenants::<Huskarl>(server).await?,
            row("yup-oauth2, two scopes of one authenticator", authenticator).await?,
            tenants::<Yup>(server).await?,
        ])
    })?;
    Ok(Scenario {
        title: "Cached hit while another key is fetched",
        how: format!(
            "Tenant A's token is asked for without a pause while tenant B's is fetched from a \
             server that takes 50 ms, {FETCHES} times. Each hit is timed by itself, which adds \
             two readings of the clock; \"alone\" is the same without a fetch. Goal: no \
             difference. A longest hit of 50 ms has waited for the other key's fetch; \
             microseconds are the processor, which the fetch shares."
        ),
        compared: Compared::LIBRARIES,
        columns: vec!["alone, median", "median", "mean", "longest"],
        rows,
        notes: vec![
            "The ratio is of the means: who waits asks less often, so that a median hardly sees \
             it. Left out: middle, which keeps one token and fetches it in a task of its own; it has \
             no second key that a hit could meet.",
        ],
    })
}

async fn tenants<S: Source>(server: &Server) -> Result<Row> {
    row(S::NAME, S::tenants(server, FETCHES + 1).await?).await
}

async fn row<T: Tenants>(name: &str, tenants: T) -> Result<Row> {
    let tenants = Arc::new(tenants);
    let key = tenants.key(0);
    tenants.authorization(&key).await?;
    let mut alone = Vec::new();
    let quiet = Instant::now();
    while quiet.elapsed() < DELAY && alone.len() < MOST_HITS {
        alone.push(hit(&*tenants, &key).await?);
    }
    let mut times = Vec::new();
    for other in 1..=FETCHES {
        let fetched = tenants.clone();
        let fetch = tokio::spawn(async move {
            let key = fetched.key(other);
            fetched.authorization(&key).await
        });
        while !fetch.is_finished() && times.len() < MOST_HITS {
            times.push(hit(&*tenants, &key).await?);
        }
        fetch.await.context("the fetch ended early")??;
    }
    let (alone, times) = (Times::new(alone), Times::new(times));
    Ok(Row {
        name: name.to_owned(),
        cells: [
            alone.quantile(500),
            times.quantile(500),
            times.mean(),
            times.quantile(1000),
        ]
        .map(nanos)
        .to_vec(),
        figure: times.mean(),
    })
}

async fn hit<T: Tenants>(tenants: &T, key: &T::Key) -> Result<Duration> {
    let started = Instant::now();
    black_box(tenants.authorization(key).await?);
    Ok(started.elapsed())
}
