//! A nightly job: looks at every asset of the tenant and says which are low on
//! fuel. It asks at its own pace, and an asset that fails does not stop it.
//!
//! Without credentials, against a sandbox: `perspio sandbox` in one terminal, and
//! with the settings that it prints in another `cargo run -p perspio --example nightly`.

use std::process::ExitCode;

use perspio::bulk::{Bulk, Progress};
use perspio::{Error, types::Asset};

/// Percent.
const LOW: f64 = 15.0;

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    let client = perspio::Client::from_env()?;
    let bulk = Bulk::new(4).on_progress(tell);
    let report = client.for_each_asset(bulk, look_at).await?;
    println!("{report}");
    Ok(if report.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One asset's turn. The list has its description; its present state is asked for.
async fn look_at(client: perspio::Client, listed: Asset) -> Result<(), Error> {
    let Some(id) = listed.id else { return Ok(()) };
    let asset = client.assets_get().id(id.clone()).send().await?;
    let telemetry = asset.extra.get("telemetry");
    let fuel = telemetry.and_then(|values| values.get("fuelLevelPct")?.as_f64());
    if let Some(fuel) = fuel.filter(|fuel| *fuel < LOW) {
        println!("{id}: {fuel} % of fuel left");
    }
    Ok(())
}

fn tell(now: Progress) {
    let ended = now.done + now.failed;
    if ended.is_multiple_of(50) {
        match now.total {
            Some(total) => eprintln!("{ended} of {total}"),
            None => eprintln!("{ended}"),
        }
    }
}
