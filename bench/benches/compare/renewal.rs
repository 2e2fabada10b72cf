//! Hits while the token falls due and is renewed.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::join_all;
use perspio_bench::server::Server;
use perspio_bench::source::Source;
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};
use tokio::runtime::Runtime;
use tokio::time::{MissedTickBehavior, interval};

use crate::report::{Compared, Row, Scenario, Times, nanos};

const DELAY: Duration = Duration::from_millis(200);
/// Long enough for two renewals, each a second after the token came.
const ROUNDS: u32 = 2800;
const ROUND: Duration = Duration::from_millis(1);
const CALLERS: u32 = 2;
/// More than a busy processor keeps a call waiting, less than the server does.
const WAITED: Duration = Duration::from_millis(20);

pub(crate) fn measure(runtime: &Runtime) -> Result<Scenario> {
    Ok(Scenario {
        title: "Hits across a renewal",
        how: format!(
            "{CALLERS} calls begin every millisecond, whether or not those before have ended, \
             while the token is renewed at a server that takes 200 ms. The answer's `expires_in` \
             (for ours 6 s, with a `refresh_in` of 1 s) makes each library renew a second after \
             the token came. Goal: no call waits; one counts as waiting above 20 ms."
        ),
        compared: Compared::LIBRARIES,
        columns: vec!["calls", "p50", "p99.9", "max", "waited", "token requests"],
        rows: vec![
            row::<Ours>(runtime)?,
            row::<Azure>(runtime)?,
            row::<Huskarl>(runtime)?,
            row::<Yup>(runtime)?,
            row::<Middle>(runtime)?,
        ],
        notes: vec![
            "The ratio is of the maxima. Token requests count the first one too. huskarl is told \
             to renew 5 s before the end, which leaves the token valid meanwhile; then one \
             caller waits at each renewal. middle renews by a timer, asked or not.",
        ],
    })
}

fn row<S: Source>(runtime: &Runtime) -> Result<Row> {
    let server = Server::start(DELAY, S::DUE_AFTER_A_SECOND)?;
    let times = runtime.block_on(calls(Arc::new(runtime.block_on(S::warm(&server))?)))?;
    let max = times.quantile(1000);
    Ok(Row {
        name: S::NAME.to_owned(),
        cells: vec![
            times.len().to_string(),
            nanos(times.quantile(500)),
            nanos(times.quantile(999)),
            nanos(max),
            times.over(WAITED).to_string(),
            server.requests().to_string(),
        ],
        figure: max,
    })
}

async fn calls<S: Source>(source: Arc<S>) -> Result<Times> {
    let mut clock = interval(ROUND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = Vec::new();
    for _ in 0..ROUNDS {
        clock.tick().await;
        for _ in 0..CALLERS {
            let source = source.clone();
            calls.push(tokio::spawn(async move {
                let started = Instant::now();
                black_box(source.authorization().await.map_err(Into::into)?);
                anyhow::Ok(started.elapsed())
            }));
        }
    }
    let ended = join_all(calls).await.into_iter();
    let times = ended.map(|call| call.context("a call ended early")?);
    Ok(Times::new(times.collect::<Result<_>>()?))
}
