//! Counts the allocations of one call, a line for each contestant: its name, a tab, and
//! the number. A program of its own, because counting slows every allocation down.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use perspio_bench::fixed::{ASSET, Fixed};
use perspio_bench::server::{Life, Server};
use perspio_bench::service::{self, Bare};
use perspio_bench::{ours, variants};
use tokio::runtime::Runtime;

const CALLS: u64 = 200;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let runtime = Rc::new(runtime);
    let identity = Server::start(Duration::ZERO, Life::HOUR)?;
    let fixed = Fixed::start(ASSET)?;
    let variables = service::variables(&fixed.base_url());
    let profile = ours::profile(&identity.url(""))?;
    let source = ours::builder(&profile, 0).build()?;
    let authorization = runtime.block_on(source.authorization())?;
    let bare = Bare::with(&variables, authorization)?;
    count("reqwest", &runtime, || variants::bare_call(&bare))?;
    for variant in variants::all(&variables, &source)? {
        let subscriber = variant.is_traced.then(perspio_bench::subscriber);
        let _active = subscriber.map(tracing::subscriber::set_default);
        count(variant.name, &runtime, || variants::call(&variant.client))?;
    }
    Ok(())
}

fn count<F: Future<Output = Result<()>>>(
    name: &str,
    runtime: &Runtime,
    call: impl Fn() -> F,
) -> Result<()> {
    let calls = || {
        runtime.block_on(async {
            for _ in 0..CALLS {
                call().await?;
            }
            Ok(())
        })
    };
    // Opens the connection.
    calls()?;
    let mut outcome = Ok(());
    let counted = allocation_counter::measure(|| outcome = calls());
    outcome.map(|()| println!("{name}\t{}", counted.count_total / CALLS))
}
