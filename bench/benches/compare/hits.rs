//! Cached hits of one task, measured by criterion.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use criterion::Criterion;
use perspio_bench::server::{Life, Server};
use perspio_bench::source::{Source, Tenants};
use perspio_bench::{Azure, Huskarl, Middle, Ours, Yup};
use tokio::runtime::Runtime;

use crate::report::{Compared, Row, Scenario, nanos};

const TENANTS: usize = 10_000;

/// Criterion, keeping its records in the target directory.
pub(crate) fn criterion() -> Result<Criterion> {
    Ok(Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(50)
        .nresamples(10_000)
        .output_directory(&records()?))
}

/// The program is in `release/deps` of the target directory.
fn records() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).context("no target directory")?;
    Ok(target.join("criterion"))
}

/// The tables of cached hits.
pub(crate) fn all(
    criterion: &mut Criterion,
    runtime: &Runtime,
    allocations: &BTreeMap<String, u64>,
) -> Result<Vec<Scenario>> {
    let mut figures = Figures {
        criterion,
        runtime,
        records: records()?,
        rows: <[Vec<(&str, f64)>; 4]>::default(),
    };
    figures.measure::<Ours>()?;
    figures.measure::<Azure>()?;
    figures.measure::<Huskarl>()?;
    figures.measure::<Yup>()?;
    figures.measure::<Middle>()?;
    let [one, one_of_one, one_of_many, in_turn] = figures.rows;
    let mut scenarios = vec![
        Scenario {
            title: "Cached hit",
            how: "One task asks for one tenant's token. Goal: at most 50 ns, no allocation."
                .to_owned(),
            compared: Compared::LIBRARIES,
            columns: vec!["per hit"],
            rows: rows(&one),
            notes: Vec::new(),
        },
        Scenario {
            title: "Cached hit, 10,000 tenants",
            how: "One tenant's token, the look-up of its source included. Goal: the same time \
                  with 10,000 tenants as with one. Ours are kept by `TokenSources`, which any \
                  thread may fill at any time; the other libraries have nothing for many \
                  tenants, so theirs stand in a `HashMap` that is filled beforehand and never \
                  locked."
                .to_owned(),
            compared: Compared::LIBRARIES,
            columns: vec!["of 1 tenant", "of 10,000"],
            rows: pairs(&one_of_one, &one_of_many),
            notes: Vec::new(),
        },
        Scenario {
            title: "Cached hit, 10,000 tenants in turn",
            how: "The same, but each call asks for another tenant, so that most of what it \
                  reads is not in the processor's nearer caches."
                .to_owned(),
            compared: Compared::LIBRARIES,
            columns: vec!["per hit"],
            rows: rows(&in_turn),
            notes: Vec::new(),
        },
    ];
    if let Some(first) = scenarios.first_mut() {
        first.columns.push("allocations");
        for row in &mut first.rows {
            let count = allocations.get(&row.name).context("not counted")?;
            row.cells.push(count.to_string());
        }
    }
    Ok(scenarios)
}

fn pairs(firsts: &[(&str, f64)], seconds: &[(&str, f64)]) -> Vec<Row> {
    let mut rows = rows(seconds);
    for (row, (_, first)) in rows.iter_mut().zip(firsts) {
        row.cells.insert(0, nanos(*first));
    }
    rows
}

fn rows(figures: &[(&str, f64)]) -> Vec<Row> {
    let row = |(name, figure): &(&str, f64)| Row {
        name: (*name).to_owned(),
        cells: vec![nanos(*figure)],
        figure: *figure,
    };
    figures.iter().map(row).collect()
}

type Filled<S> = (
    <S as Source>::Tenants,
    Vec<<<S as Source>::Tenants as Tenants>::Key>,
);

struct Figures<'a> {
    criterion: &'a mut Criterion,
    runtime: &'a Runtime,
    records: PathBuf,
    rows: [Vec<(&'static str, f64)>; 4],
}

impl Figures<'_> {
    fn measure<S: Source>(&mut self) -> Result<()> {
        let server = Server::start(Duration::ZERO, Life::HOUR)?;
        let source = self.runtime.block_on(S::warm(&server))?;
        let one = self.one(&source)?;
        let (tenant, key) = self.tenants::<S>(&server, 1)?;
        let one_of_one = self.of_many::<S>("one of 1", &tenant, &key)?;
        let (tenants, keys) = self.tenants::<S>(&server, TENANTS)?;
        let keys = scattered(&keys);
        let first = keys.get(..1).context("no keys")?;
        let one_of_many = self.of_many::<S>("one of 10000", &tenants, first)?;
        let in_turn = self.of_many::<S>("10000 in turn", &tenants, &keys)?;
        let figures = [one, one_of_one, one_of_many, in_turn];
        for (rows, figure) in self.rows.iter_mut().zip(figures) {
            rows.push((S::NAME, figure));
        }
        Ok(())
    }

    fn one<S: Source>(&mut self, source: &S) -> Result<f64> {
        self.sample::<S>("one", |runtime, hits| {
            runtime.block_on(async {
                let started = Instant::now();
                for _ in 0..hits {
                    black_box(source.authorization().await).ok();
                }
                started.elapsed()
            })
        })
    }

    /// Tenants that have their tokens, and their keys.
    fn tenants<S: Source>(&self, server: &Server, count: usize) -> Result<Filled<S>> {
        self.runtime.block_on(async {
            let tenants = S::tenants(server, count).await?;
            let keys = tenants.warm(count).await?;
            Ok((tenants, keys))
        })
    }

    fn of_many<S: Source>(
        &mut self,
        group: &str,
        tenants: &S::Tenants,
        keys: &[<S::Tenants as Tenants>::Key],
    ) -> Result<f64> {
        let mut keys = keys.iter().cycle();
        self.sample::<S>(group, move |runtime, hits| {
            runtime.block_on(async {
                let started = Instant::now();
                for key in keys.by_ref().zip(0..hits).map(|(key, _)| key) {
                    black_box(tenants.authorization(key).await).ok();
                }
                started.elapsed()
            })
        })
    }

    /// The median time of a hit, of which `time` makes as many as it is told.
    fn sample<S: Source>(
        &mut self,
        group: &str,
        mut time: impl FnMut(&Runtime, u64) -> Duration,
    ) -> Result<f64> {
        let mut benchmarks = self.criterion.benchmark_group(group);
        benchmarks.bench_function(S::NAME, |bencher| {
            bencher.iter_custom(|hits| time(self.runtime, hits));
        });
        benchmarks.finish();
        let folder = self.records.join(group).join(S::NAME);
        median(&folder.join("new").join("estimates.json"))
    }
}

/// The same keys, neighbours far apart: in the order in which they were made
/// they would lie in memory one behind the other.
fn scattered<K: Clone>(keys: &[K]) -> Vec<K> {
    // Without a divisor in common with their number, so that each comes once.
    const STEP: usize = 7_919;
    let places = (0..keys.len()).map(|place| place * STEP % keys.len());
    places
        .filter_map(|place| keys.get(place))
        .cloned()
        .collect()
}

/// Criterion tells its estimates by file only.
fn median(record: &Path) -> Result<f64> {
    let text = std::fs::read(record).context("criterion has left no record")?;
    let estimates: serde_json::Value = serde_json::from_slice(&text)?;
    let median = estimates.pointer("/median/point_estimate");
    median
        .and_then(serde_json::Value::as_f64)
        .context("criterion's record holds no median")
}
