//! As many calls as a service allows, and not one more.

mod paced;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use perspio_bench::rounds;
use perspio_bench::servers::{Program, StoreServer};
use perspio_bench::service::Service;
use perspio_sandbox::Sandbox;
use tokio::runtime::Runtime;

use crate::process::{Process, run_together};
use crate::report::{Compared, Row, Scenario, nanos};

/// The service's own 20 in 90 s, a hundred times as fast.
const MOST: u32 = 20;
const WINDOW: Duration = Duration::from_millis(900);
const CALLS: u32 = 400;
const TASKS: usize = 64;
const PROCESSES: usize = 4;
const ROUNDS: usize = 3;

pub(super) fn measure(runtime: &Runtime) -> Result<Scenario> {
    let redis = StoreServer::start(Program::Redis)?;
    let mut rows = Vec::new();
    for caller in Caller::ALL {
        let mut worst = Outcome::default();
        for round in 0..ROUNDS {
            let limits = Sandbox::builder().rate_limit(MOST, WINDOW);
            let service = Service::start(limits)?;
            let time = caller.run(runtime, &service, &redis, round)?;
            worst = worst.or(Outcome {
                time,
                refused: service.refused(),
                requests: service.requests(),
            });
        }
        rows.push(worst.row(caller.name()));
    }
    Ok(Scenario {
        title: "At the service's limit",
        how: format!(
            "A service lets {MOST} requests through in any window of 0.9 s and refuses all others \
             with 429 (PerspioTalk's own limit, a hundred times as fast; refused ones do not \
             count). {TASKS} tasks make {CALLS} calls together; in {PROCESSES} processes, each has \
             its share of both. The optimum is (⌈calls ÷ {MOST}⌉ − 1) windows: {}. Each figure is \
             the worst of {ROUNDS} rounds. Goal: at most 2 % over the optimum, 5 % with Redis, and \
             no 429.",
            nanos(optimum().as_secs_f64() * 1e9)
        ),
        compared: Compared {
            rows: "who waits for what",
            ratio: "to ours",
        },
        columns: vec!["time", "over the optimum", "429s", "requests"],
        rows,
        notes: vec![
            "The ratio is of the times. All but perspio call with reqwest and repeat what was \
             refused after its `Retry-After`, which says whole seconds. governor: a quota of one \
             request in 45 ms and a burst of 20, `until_ready` before each request. leaky-bucket: \
             at most 20, of which 20 are refilled every 0.9 s.",
        ],
    })
}

/// What the calls take where nothing but the limit holds them up.
fn optimum() -> Duration {
    WINDOW * (CALLS.div_ceil(MOST) - 1)
}

#[derive(Clone, Copy)]
enum Caller {
    Ours,
    OursOnRedis,
    Governor,
    LeakyBucket,
    Retry,
}

impl Caller {
    const ALL: [Self; 5] = [
        Self::Ours,
        Self::OursOnRedis,
        Self::Governor,
        Self::LeakyBucket,
        Self::Retry,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "perspio",
            Self::OursOnRedis => "perspio, 4 processes on one Redis",
            Self::Governor => "governor",
            Self::LeakyBucket => "leaky-bucket",
            Self::Retry => "`Retry-After` alone",
        }
    }

    /// How long all calls took, set-up and token aside.
    fn run(
        self,
        runtime: &Runtime,
        service: &Service,
        redis: &StoreServer,
        round: usize,
    ) -> Result<Duration> {
        match self {
            Self::OursOnRedis => in_processes(service, redis, round),
            Self::Ours => runtime.block_on(paced::ours(service)),
            Self::Governor => runtime.block_on(paced::governor(service)),
            Self::LeakyBucket => runtime.block_on(paced::leaky_bucket(service)),
            Self::Retry => runtime.block_on(paced::retry(service)),
        }
    }
}

fn in_processes(service: &Service, redis: &StoreServer, round: usize) -> Result<Duration> {
    let share = |of: usize| (of / PROCESSES).to_string();
    let processes = (0..PROCESSES).map(|_| {
        Process::start(
            Command::new(env!("CARGO_BIN_EXE_paced"))
                .envs(service.variables())
                .env("PACED_REDIS", redis.address().to_string())
                // Each round has a budget of its own.
                .env("PACED_BUDGET", format!("round {round}"))
                .env("PACED_MOST", MOST.to_string())
                .env("PACED_WINDOW", WINDOW.as_millis().to_string())
                .env("PACED_TASKS", share(TASKS))
                .env("PACED_CALLS", share(usize::try_from(CALLS)?)),
        )
    });
    let mut processes = processes.collect::<Result<Vec<_>>>()?;
    let spans = run_together(&mut processes)?;
    let began = spans.iter().map(|span| span.began).min();
    let ended = spans.iter().map(|span| span.ended).max();
    let (began, ended) = began.zip(ended).context("no process")?;
    Ok(ended.saturating_sub(began))
}

/// Lets the tasks make all calls together: what it took.
async fn together<F>(call: impl Fn() -> F + Clone + Send + 'static) -> Result<Duration>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    rounds::shared_out(TASKS, usize::try_from(CALLS)?, call).await
}

#[derive(Default)]
struct Outcome {
    time: Duration,
    refused: u64,
    requests: usize,
}

impl Outcome {
    fn or(self, other: Self) -> Self {
        Self {
            time: self.time.max(other.time),
            refused: self.refused.max(other.refused),
            requests: self.requests.max(other.requests),
        }
    }

    fn row(self, name: &str) -> Row {
        let over = self.time.as_secs_f64() / optimum().as_secs_f64() - 1.0;
        let time = self.time.as_secs_f64() * 1e9;
        Row {
            name: name.to_owned(),
            cells: vec![
                nanos(time),
                format!("{:+.2} %", over * 100.0),
                self.refused.to_string(),
                self.requests.to_string(),
            ],
            figure: time,
        }
    }
}
