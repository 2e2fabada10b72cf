//! That a cached hit never touches the store.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use perspio_auth::TokenSource;
use perspio_bench::ours;
use perspio_bench::place::Place;
use perspio_bench::server::{Life, Server};
use perspio_bench::servers::StoreServer;
use tokio::runtime::Runtime;

use super::{Places, TO_MEMORY};
use crate::report::{Row, Scenario, Times, nanos};

/// A million in all.
const ROUNDS: usize = 100;
const HITS: u32 = 10_000;

pub(super) fn measure(runtime: &Runtime, places: &mut Places) -> Result<Scenario> {
    let server = Server::start(Duration::ZERO, Life::HOUR)?;
    let mut stores = Vec::new();
    for (name, place) in places.all() {
        let store = place.open(&places.key)?;
        let source = ours::builder(&ours::profile(&server.url(""))?, 0).store(store);
        stores.push((name, place, source.build()?));
    }
    let sources: Vec<_> = stores.iter().map(|(_, _, source)| source).collect();
    let mut redis = Count::begin(&places.redis)?;
    let mut memcached = Count::begin(&places.memcached)?;
    for source in &sources {
        runtime.block_on(source.authorization())?;
    }
    // A count that does not count would prove nothing.
    ensure!(
        redis.take(&places.redis)? > 0 && memcached.take(&places.memcached)? > 0,
        "a miss has not reached the servers"
    );
    let with_store = figures(runtime, &sources)?;
    let (redis, memcached) = (
        redis.take(&places.redis)?,
        memcached.take(&places.memcached)?,
    );
    places.take_away()?;
    let without = figures(runtime, &sources)?;
    let mut rows = Vec::new();
    for ((name, place, _), (figure, without)) in stores.iter().zip(with_store.iter().zip(without)) {
        let (commands, without) = match place {
            Place::Memory => (None, f64::NAN),
            Place::File(_) => (None, without),
            Place::Redis(_) => (Some(redis), without),
            Place::Memcached(_) => (Some(memcached), without),
        };
        rows.push(Row {
            name: (*name).to_owned(),
            cells: vec![
                nanos(*figure),
                commands.map_or_else(|| "–".to_owned(), |commands| commands.to_string()),
                nanos(without),
            ],
            figure: *figure,
        });
    }
    Ok(Scenario {
        title: "Cached hit with a store",
        how: "One task asks for one tenant's token, a million times with each store, the stores \
             in turn. \"Commands\" are those that the server has counted meanwhile. Then the \
             servers are killed and the file is removed with its directory, and all of it is \
             done again: \"store gone\". Goal: the same time as with memory, no command, and \
             no hit that fails."
            .to_owned(),
        compared: TO_MEMORY,
        columns: vec!["per hit", "commands", "store gone"],
        rows,
        notes: Vec::new(),
    })
}

/// The median time of a hit, by source.
fn figures(runtime: &Runtime, sources: &[&TokenSource]) -> Result<Vec<f64>> {
    let mut times = vec![Vec::new(); sources.len()];
    for _ in 0..ROUNDS {
        for (source, times) in sources.iter().zip(&mut times) {
            // A thousandfold, because a `Duration` has no parts of a nanosecond.
            times.push(runtime.block_on(hits(source))? * 1000 / HITS);
        }
    }
    let figure = |times| Times::new(times).quantile(500) / 1000.0;
    Ok(times.into_iter().map(figure).collect())
}

async fn hits(source: &TokenSource) -> Result<Duration> {
    let started = Instant::now();
    for _ in 0..HITS {
        black_box(source.authorization().await?);
    }
    Ok(started.elapsed())
}

/// Counts what others ask of a server.
struct Count {
    before: u64,
    /// What each look at the count adds to it.
    own: u64,
}

impl Count {
    fn begin(server: &StoreServer) -> Result<Self> {
        let first = server.commands()?;
        let before = server.commands()?;
        Ok(Self {
            before,
            own: before - first,
        })
    }

    /// The commands since the last look.
    fn take(&mut self, server: &StoreServer) -> Result<u64> {
        let now = server.commands()?;
        let counted = now.checked_sub(self.before + self.own);
        self.before = now;
        counted.context("the server counts backwards")
    }
}
