//! Many processes that want the same token at once, and none has it.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use perspio_auth::secret::ExposeSecret;
use perspio_bench::place::Place;
use perspio_bench::server::{Life, Server};

use super::Places;
use crate::process::{Process, run_together};
use crate::report::{Compared, Row, Scenario, Times, nanos};

const PROCESSES: usize = 8;
/// In each process.
const CALLERS: usize = 125;
const DELAY: Duration = Duration::from_millis(50);
const RUNS: usize = 20;

pub(super) fn measure(places: &Places) -> Result<Scenario> {
    let mut stores = places.all().map(|(name, place)| Store {
        name: match place {
            Place::Memory => "none, each process's own memory",
            _ => name,
        },
        place,
        requests: 0,
        first: Vec::new(),
        all: Vec::new(),
    });
    for run in 0..RUNS {
        for store in &mut stores {
            store.run(places, run)?;
        }
    }
    Ok(Scenario {
        title: "Cold start with a shared store",
        how: format!(
            "{} callers in {PROCESSES} processes ask for the same token at once. Nobody has it, \
             no connection is open yet, and the identity server takes 50 ms. {RUNS} runs, the \
             stores in turn; the processes have started before. Token requests: the most of any \
             run. The times are from the moment when the first process began until all callers \
             of the first process, or of all, had the token. Goal: one token request in all.",
            PROCESSES * CALLERS
        ),
        compared: Compared {
            rows: "shared store",
            ratio: "to none",
        },
        columns: vec![
            "token requests",
            "first process served",
            "all served, median",
            "worst",
        ],
        rows: stores.map(Store::row).into(),
        notes: vec![
            "The ratio is of the medians until all were served. A store's first lock or record \
             needs a random number, and the first of a process takes some 20 ms of a processor, \
             because AWS-LC seeds itself then; a first TLS handshake would do the same, but this \
             identity server speaks plain http.",
        ],
    })
}

struct Store {
    name: &'static str,
    place: Place,
    /// The most of any run.
    requests: usize,
    /// Until the first process had the token, of each run.
    first: Vec<Duration>,
    /// Until all had it.
    all: Vec<Duration>,
}

impl Store {
    fn run(&mut self, places: &Places, run: usize) -> Result<()> {
        let server = Server::start(DELAY, Life::HOUR)?;
        let processes = (0..PROCESSES).map(|_| {
            // Each run is of another tenant, whose token nobody has.
            Process::start(
                Command::new(env!("CARGO_BIN_EXE_cold_start"))
                    .env("COLD_START_SERVER", server.url(""))
                    .env("COLD_START_PLACE", self.place.to_string())
                    .env("COLD_START_KEY", places.key.expose_secret())
                    .env("COLD_START_TENANT", run.to_string())
                    .env("COLD_START_CALLERS", CALLERS.to_string()),
            )
        });
        let mut processes = processes.collect::<Result<Vec<_>>>()?;
        let spans = run_together(&mut processes)?;
        let began = spans.iter().map(|span| span.began).min();
        let began = began.context("no process")?;
        let ends: Vec<_> = spans.iter().map(|span| span.ended).collect();
        let until = |end: Option<&Duration>| {
            let end = end.context("no process")?;
            anyhow::Ok(end.saturating_sub(began))
        };
        self.first.push(until(ends.iter().min())?);
        self.all.push(until(ends.iter().max())?);
        self.requests = self.requests.max(server.requests());
        Ok(())
    }

    fn row(self) -> Row {
        let (first, all) = (Times::new(self.first), Times::new(self.all));
        let median = all.quantile(500);
        Row {
            name: self.name.to_owned(),
            cells: vec![
                self.requests.to_string(),
                nanos(first.quantile(500)),
                nanos(median),
                nanos(all.quantile(1000)),
            ],
            figure: median,
        }
    }
}
