//! Measures the most memory that the call of a large list has at any moment: a
//! line each of a name, a tab and the bytes; the first is the body itself. A
//! program of its own, because the counting makes every allocation slower. It
//! counts this thread, on which the calls run; the service has another one.

use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use perspio::Client;
use perspio::types::Asset;
use perspio_bench::service::{self, Bare, Service};
use perspio_sandbox::Sandbox;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

const ASSETS: usize = 100_000;
const LIST: &str = "/assets/v3/";

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let service = Service::start(Sandbox::builder().assets(ASSETS))?;
    let variables = service.variables();
    let (builder, source) = runtime.block_on(service::signed_in(&variables))?;
    let client = builder.token_source(source).build()?;
    let bare = runtime.block_on(Bare::new(&variables))?;
    // The service writes its list when it is first asked for it. Connections
    // and what a client makes once are not a list's memory either.
    let body = runtime.block_on(body(&bare))?.len();
    runtime.block_on(client.sites_list().send())?;
    println!("body\t{body}");
    peak(&runtime, "perspio", typed(&client))?;
    peak(&runtime, "perspio, item by item", streamed(&client))?;
    peak(&runtime, "reqwest, `Vec<Asset>`", read::<Asset>(&bare))?;
    peak(
        &runtime,
        "reqwest, `Vec<Map>`",
        read::<Map<String, Value>>(&bare),
    )
}

/// Tells the most that `call` has allocated; it gives the number of assets.
fn peak(runtime: &Runtime, name: &str, call: impl Future<Output = Result<usize>>) -> Result<()> {
    let mut outcome = None;
    let counted = allocation_counter::measure(|| outcome = Some(runtime.block_on(call)));
    let assets = outcome.context("no outcome")??;
    ensure!(assets == ASSETS, "{name}: {assets} assets");
    println!("{name}\t{}", counted.bytes_max);
    Ok(())
}

async fn typed(client: &Client) -> Result<usize> {
    let assets = client.assets_list().send().await?;
    Ok(black_box(assets).len())
}

async fn streamed(client: &Client) -> Result<usize> {
    let mut assets = client.assets_stream().await?;
    let mut count = 0;
    while let Some(asset) = assets.try_next().await? {
        black_box(asset);
        count += 1;
    }
    Ok(count)
}

async fn read<T: DeserializeOwned>(bare: &Bare) -> Result<usize> {
    let body = body(bare).await?;
    let assets: Vec<T> = serde_json::from_slice(&body)?;
    Ok(black_box(assets).len())
}

async fn body(bare: &Bare) -> Result<bytes::Bytes> {
    let answer = bare.get(LIST).await?.error_for_status()?;
    Ok(answer.bytes().await?)
}
