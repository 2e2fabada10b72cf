//! One of many processes that want the same token at once. It says `ready` and
//! waits for a line; then all of its callers ask. At the end it says when they
//! began and when all of them had the token: nanoseconds since 1970, by the
//! clock that all processes share.
//!
//! It takes these variables: `COLD_START_SERVER` (the identity server's URL),
//! `COLD_START_PLACE`, `COLD_START_KEY` (the store's), `COLD_START_TENANT`,
//! `COLD_START_CALLERS`.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use futures::future::join_all;
use perspio_auth::{SecretString, TokenSource};
use perspio_bench::child::{self, Failure, variable};
use perspio_bench::ours;
use perspio_bench::place::Place;

#[tokio::main]
async fn main() -> Result<()> {
    let failure = Arc::new(Failure::default());
    let source = source(failure.clone())?;
    let callers: usize = variable("COLD_START_CALLERS")?;
    let began = child::begin()?;
    let callers = (0..callers).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { source.authorization().await })
    });
    let callers: Vec<_> = callers.collect();
    for caller in join_all(callers).await {
        caller.context("a caller ended early")??;
    }
    let ended = child::now()?;
    if let Some(error) = failure.take() {
        bail!(error);
    }
    child::end(began, ended)
}

fn source(failure: Arc<Failure>) -> Result<TokenSource> {
    let place: Place = variable("COLD_START_PLACE")?;
    let key: SecretString = variable::<String>("COLD_START_KEY")?.into();
    let profile = ours::profile(&variable::<String>("COLD_START_SERVER")?)?;
    let tenant = variable("COLD_START_TENANT")?;
    let source = ours::builder(&profile, tenant)
        .store(place.open(&key)?)
        .observer(failure);
    Ok(source.build()?)
}
