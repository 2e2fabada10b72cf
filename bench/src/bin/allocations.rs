//! Counts what a cached hit allocates, one line for each library: its name and
//! the number. A program of its own, because the counting makes every
//! allocation slower, and with it the libraries that allocate.

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt;
use perspio_bench::server::{Life, Server};
use perspio_bench::source::Source;
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};
use tokio::runtime::Runtime;
use tokio::task::unconstrained;

const HITS: u64 = 1000;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let server = Server::start(Duration::ZERO, Life::HOUR)?;
    count::<Ours>(&runtime, &server)?;
    count::<Azure>(&runtime, &server)?;
    count::<Huskarl>(&runtime, &server)?;
    count::<Yup>(&runtime, &server)?;
    count::<Middle>(&runtime, &server)
}

fn count<S: Source>(runtime: &Runtime, server: &Server) -> Result<()> {
    runtime.block_on(async {
        let source = S::warm(server).await?;
        let mut total = 0;
        for _ in 0..HITS {
            // Tokio makes a task that asks often pause now and then; not this one.
            let hit = pin!(unconstrained(source.authorization()));
            let mut outcome = None;
            let counted = allocation_counter::measure(|| outcome = hit.now_or_never());
            outcome.context("a hit had to wait")?.map_err(Into::into)?;
            total += counted.count_total;
        }
        println!("{} {}", S::NAME, total / HITS);
        Ok(())
    })
}
