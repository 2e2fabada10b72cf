//! Counts what a cached hit allocates, one line for each library: its name and
//! the number. A program of its own, because the counting makes every
//! allocation slower, and with it the libraries that allocate.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use perspio_bench::server::{Life, Server};
use perspio_bench::source::Source;
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};
use tokio::runtime::Runtime;

const HITS: u32 = 1000;

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
        let before = allocation_counter::AllocationInfo::default();
        let mut total = before;
        for _ in 0..HITS {
            let mut hit = Box::pin(source.authorization());
            total += allocation_counter::measure(|| {
                // A hit is ready at once: nothing else runs in between.
                black_box(futures::FutureExt::now_or_never(hit.as_mut()));
            });
        }
        println!("{} {}", S::NAME, total.count_total / u64::from(HITS));
        Ok(())
    })
}
