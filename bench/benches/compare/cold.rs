//! Many callers, and no tokens yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::join_all;
use perspio_bench::server::{Life, Server};
use perspio_bench::source::{Source, Tenants};
use perspio_bench::{Azure, Huskarl, Ours, Yup};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::report::{Compared, Row, Scenario, nanos};

const CALLERS: usize = 1000;
const KEYS: usize = 100;
const DELAY: Duration = Duration::from_millis(50);

pub(crate) fn measure(runtime: &Runtime) -> Result<Scenario> {
    Ok(Scenario {
        title: "Cold callers",
        how: format!(
            "{CALLERS} tasks begin at once and ask for the tokens of {KEYS} tenants each, one \
             after the other, every task beginning at another tenant. No token is there; the \
             server takes 50 ms. Goal: {KEYS} token requests."
        ),
        compared: Compared::LIBRARIES,
        columns: vec!["token requests", "until all were served"],
        rows: runtime.block_on(async {
            anyhow::Ok(vec![
                row::<Ours>().await?,
                row::<Azure>().await?,
                row::<Huskarl>().await?,
                row::<Yup>().await?,
            ])
        })?,
        notes: vec![
            "The ratio is of the requests. Left out: middle, which is set up with a request of \
             its own, so that no caller ever finds it without a token.",
        ],
    })
}

async fn row<S: Source>() -> Result<Row> {
    let server = Server::start(DELAY, Life::HOUR)?;
    let tenants = Arc::new(S::tenants(&server, KEYS).await?);
    let started = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let tenants = tenants.clone();
        tokio::spawn(async move {
            for tenant in 0..KEYS {
                let key = tenants.key((caller + tenant) % KEYS);
                tenants.authorization(&key).await?;
            }
            anyhow::Ok(())
        })
    });
    for caller in join_all(callers).await {
        caller.context("a caller ended early")??;
    }
    let time = started.elapsed().as_secs_f64() * 1e9;
    let requests = server.requests();
    Ok(Row {
        name: S::NAME.to_owned(),
        cells: vec![requests.to_string(), nanos(time)],
        figure: f64::from(u32::try_from(requests)?),
    })
}
