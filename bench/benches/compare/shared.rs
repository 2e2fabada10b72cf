//! Hits of many tasks on one key. Not measured by criterion: it times one
//! library after the other, while here all depends on whether the threads truly
//! run at once. So the libraries take turns, and only those rounds count in
//! which no thread had to wait for a processor.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::join_all;
use perspio_bench::server::{Life, Server};
use perspio_bench::source::Source;
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};
use tokio::runtime::Runtime;

use crate::machine::waited_for_processors;
use crate::report::{Compared, Row, Scenario, Times, nanos};

const TASKS: u32 = 8;
/// Of one task in one round: some milliseconds, so that starting the tasks does not count.
const HITS: u32 = 10_000;
/// So many rounds of each library are to count.
const ROUNDS: usize = 30;
/// With fewer there is no figure.
const FEWEST_ROUNDS: usize = 3;
/// No round begins later, and what has no figure by then has none.
const LONGEST: Duration = Duration::from_secs(40);
/// The part of its threads' time that a round may wait for processors.
const DISTURBANCE: f64 = 0.05;

pub(crate) fn measure(runtime: &Runtime, workers: usize) -> Result<Scenario> {
    let workers = u32::try_from(workers)?;
    let server = Server::start(Duration::ZERO, Life::HOUR)?;
    let mut libraries = [
        Library::new::<Ours>(runtime, &server)?,
        Library::new::<Azure>(runtime, &server)?,
        Library::new::<Huskarl>(runtime, &server)?,
        Library::new::<Yup>(runtime, &server)?,
        Library::new::<Middle>(runtime, &server)?,
    ];
    let started = Instant::now();
    while started.elapsed() < LONGEST && libraries.iter().any(|it| it.times.len() < ROUNDS) {
        for library in &mut libraries {
            library.round(runtime, workers);
        }
    }
    Ok(Scenario {
        title: "Cached hit, 8 tasks on one key",
        how: format!(
            "{TASKS} tasks on {workers} threads ask for the same token. The figure is what a hit \
             takes of its thread's time: wall time × threads ÷ hits. The libraries take turns; \
             only those rounds count in which no thread waited for a processor that another \
             program had, because tasks that run one after the other do not disturb each \
             other. Goal: at most 150 ns."
        ),
        compared: Compared::LIBRARIES,
        columns: vec!["per hit", "rounds"],
        rows: libraries.map(Library::row).into(),
        notes: vec![
            "A dash: the machine was too busy with other programs for a figure; repeat the run \
             when it is quiet.",
        ],
    })
}

struct Library {
    name: &'static str,
    hits: Box<dyn Fn(&Runtime)>,
    /// Of a hit, from each round that counts.
    times: Vec<Duration>,
}

impl Library {
    fn new<S: Source>(runtime: &Runtime, server: &Server) -> Result<Self> {
        let source = Arc::new(runtime.block_on(S::warm(server))?);
        Ok(Self {
            name: S::NAME,
            hits: Box::new(move |runtime| hits(runtime, &source)),
            times: Vec::new(),
        })
    }

    fn round(&mut self, runtime: &Runtime, workers: u32) {
        let (began, waited) = (Instant::now(), waited_for_processors());
        (self.hits)(runtime);
        let (time, waited) = (
            began.elapsed(),
            waited_for_processors().saturating_sub(waited),
        );
        if waited <= (time * workers).mul_f64(DISTURBANCE) {
            // A thousandfold, because a `Duration` has no parts of a nanosecond.
            self.times.push(time * 1000 * workers / (TASKS * HITS));
        }
    }

    fn row(self) -> Row {
        let rounds = self.times.len();
        let figure = if rounds < FEWEST_ROUNDS {
            f64::NAN
        } else {
            Times::new(self.times).quantile(500) / 1000.0
        };
        Row {
            name: self.name.to_owned(),
            cells: vec![nanos(figure), rounds.to_string()],
            figure,
        }
    }
}

fn hits<S: Source>(runtime: &Runtime, source: &Arc<S>) {
    let tasks = (0..TASKS).map(|_| {
        let source = source.clone();
        runtime.spawn(async move {
            for _ in 0..HITS {
                black_box(source.authorization().await).ok();
            }
        })
    });
    // Collected first: a task begins as soon as it is spawned.
    let tasks: Vec<_> = tasks.collect();
    runtime.block_on(join_all(tasks));
}
