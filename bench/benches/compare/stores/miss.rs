//! What a store adds where a process has no token.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use perspio_auth::{TokenSource, TokenStore};
use perspio_bench::ours;
use perspio_bench::place::Place;
use perspio_bench::server::{Life, Server};
use tokio::runtime::Runtime;

use super::{Places, TO_MEMORY};
use crate::report::{Row, Scenario, Times, nanos};

const MISSES: usize = 200;

pub(super) fn measure(runtime: &Runtime, places: &Places) -> Result<Scenario> {
    let server = Server::start(Duration::ZERO, Life::HOUR)?;
    let stores = places
        .all()
        .map(|(name, place)| Store::new(name, &place, places, &server));
    let mut stores = stores.into_iter().collect::<Result<Vec<_>>>()?;
    for round in 0..=MISSES {
        for store in &mut stores {
            let (fetched, found) = runtime.block_on(store.misses())?;
            // The first opens the connections.
            if round > 0 {
                store.fetched.push(fetched);
                store.found.push(found);
            }
        }
    }
    let requests = stores.len() * (1 + MISSES);
    ensure!(
        server.requests() == requests,
        "{} token requests instead of {requests}",
        server.requests()
    );
    let figures = stores.into_iter().map(Figures::of).collect();
    Ok(Scenario {
        title: "A miss with a store",
        how: format!(
            "One caller, one tenant, connections open, an identity server without a delay. \
             \"Fetched\": nobody has the token; the caller's process locks it, looks into the \
             store, asks the identity server, puts the answer into the store and unlocks. Of \
             that, \"store\" is what is more than with memory. \"Found\": another process has \
             fetched it; lock, look, unlock. Medians of {MISSES} each, the stores in turn. The \
             file is written through to the disk; Redis and Memcached run on the same machine \
             and in memory only."
        ),
        compared: TO_MEMORY,
        columns: vec!["fetched", "store", "found"],
        rows: rows(figures),
        notes: vec!["The ratio is of a token fetched."],
    })
}

struct Store {
    name: &'static str,
    fetching: TokenSource,
    /// As in another process: with nothing in common but the store.
    finding: TokenSource,
    fetched: Vec<Duration>,
    found: Vec<Duration>,
}

impl Store {
    fn new(name: &'static str, place: &Place, places: &Places, server: &Server) -> Result<Self> {
        let profile = ours::profile(&server.url(""))?;
        let source = |store: Arc<dyn TokenStore>| ours::builder(&profile, 0).store(store).build();
        let store = place.open(&places.key)?;
        let others = match place {
            // Two processes never share it; here it is the base of comparison.
            Place::Memory => store.clone(),
            _ => place.open(&places.key)?,
        };
        Ok(Self {
            name,
            fetching: source(store)?,
            finding: source(others)?,
            fetched: Vec::new(),
            found: Vec::new(),
        })
    }

    /// How long it took to fetch a token, and to find it.
    async fn misses(&self) -> Result<(Duration, Duration)> {
        // An application's sign-out leaves its processes and the store without a token.
        self.finding.sign_out().await?;
        self.fetching.sign_out().await?;
        Ok((time(&self.fetching).await?, time(&self.finding).await?))
    }
}

async fn time(source: &TokenSource) -> Result<Duration> {
    let started = Instant::now();
    black_box(source.authorization().await?);
    Ok(started.elapsed())
}

struct Figures {
    name: &'static str,
    fetched: f64,
    found: f64,
}

impl Figures {
    fn of(store: Store) -> Self {
        Self {
            name: store.name,
            fetched: Times::new(store.fetched).quantile(500),
            found: Times::new(store.found).quantile(500),
        }
    }
}

fn rows(figures: Vec<Figures>) -> Vec<Row> {
    let memory = figures.first().map_or(f64::NAN, |figures| figures.fetched);
    let row = |(place, figures): (usize, Figures)| {
        // The first is memory itself.
        let added = if place == 0 {
            f64::NAN
        } else {
            figures.fetched - memory
        };
        Row {
            name: figures.name.to_owned(),
            cells: [figures.fetched, added, figures.found].map(nanos).to_vec(),
            figure: figures.fetched,
        }
    };
    figures.into_iter().enumerate().map(row).collect()
}
