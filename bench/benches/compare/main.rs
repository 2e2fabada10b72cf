//! Measures all libraries in one run and writes what it found as Markdown:
//!
//! ```console
//! $ cargo bench -- docs/benchmarks.md
//! ```
//!
//! A relative path counts from the repository's root. Without a path the tables
//! are printed only. With `--stores` only our own stores are measured, with `--calls`
//! only calls of the API, with `--overhead` of them only what a call costs beside a
//! bare one.

mod allocations;
mod calls;
mod cold;
mod hits;
mod machine;
mod process;
mod renewal;
mod report;
mod shared;
mod stores;
mod while_fetching;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use report::{Report, Scenario};

fn main() -> Result<()> {
    machine::allow_many_connections();
    let started = Instant::now();
    let workers = machine::workers();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    let machine = machine::describe()?;
    let is_given = |option: &str| std::env::args().any(|it| it == option);
    let scenarios = if is_given("--stores") {
        stores::all(&runtime)?
    } else if is_given("--calls") {
        calls::all(&runtime)?
    } else if is_given("--overhead") {
        vec![calls::overhead::measure()?]
    } else {
        scenarios(&runtime, workers)?
    };
    let report = Report { machine, scenarios };
    let text = report.to_string();
    println!("{text}");
    eprintln!("took {} s", started.elapsed().as_secs());
    // Cargo adds an option of its own to the arguments of a benchmark.
    if let Some(path) = std::env::args().skip(1).find(|it| !it.starts_with("--")) {
        let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").context("run by cargo")?);
        let path = root.join("..").join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn scenarios(runtime: &Runtime, workers: usize) -> Result<Vec<Scenario>> {
    let allocations = allocations::count()?;
    let mut criterion = hits::criterion()?;
    let mut scenarios = hits::all(&mut criterion, runtime, &allocations)?;
    scenarios.insert(1, shared::measure(runtime, workers)?);
    scenarios.push(while_fetching::measure(runtime)?);
    scenarios.push(renewal::measure(runtime)?);
    scenarios.push(cold::measure(runtime)?);
    scenarios.extend(stores::all(runtime)?);
    scenarios.extend(calls::all(runtime)?);
    Ok(scenarios)
}
