//! Measures whether sign-ins survive killed processes and unavailable stores; see
//! `docs/decisions/never-lose-a-sign-in.md`.

mod analysis;
mod fleet;
mod gateway;
mod protocol;
mod scenarios;
#[allow(dead_code, clippy::expect_used, clippy::panic)]
#[path = "../../../it/stores/servers.rs"]
mod servers;
mod worker;

use std::process::ExitCode;

/// Any failure of this program.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

const USAGE: &str = "usage: stress SCENARIO [OPTION VALUE]...
  kill      kills random processes; fails if a sign-in is lost outside the window
  aimed     the same, and kills processes that have just sent a token request
  window    measures the time from a token response to its durable write
  stop      stops Redis (SIGSTOP) for --outage seconds
  restart   kills Redis, and starts it again after --outage seconds
  disk      fills the file system of --directory, a small one, for --outage seconds
  rollback  restores an older copy of the data of Redis
options: --store file|redis, --directory PATH, --seconds N, --runs N, --processes N,
  --callers N, --users N, --lifetime SECONDS, --outage SECONDS, --lease SECONDS,
  --at-refresh true (an outage begins when a process has sent a token request)";

/// The options of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) store: String,
    /// The directory of the file store; a temporary one by default.
    pub(crate) directory: Option<String>,
    pub(crate) seconds: u64,
    pub(crate) runs: u64,
    pub(crate) processes: usize,
    pub(crate) callers: usize,
    pub(crate) users: usize,
    pub(crate) lifetime: u64,
    pub(crate) outage: u64,
    /// The lease of a lock on a server, in seconds.
    pub(crate) lease: u64,
    pub(crate) at_refresh: bool,
}

impl Options {
    /// Parses the options after the name of the scenario.
    fn parse(scenario: &str, arguments: &[String]) -> Result<Self, Failed> {
        let is_outage = ["stop", "restart", "disk", "rollback"].contains(&scenario);
        let mut options = Self {
            store: if is_outage && scenario != "disk" {
                "redis".to_owned()
            } else {
                "file".to_owned()
            },
            directory: None,
            seconds: 60,
            runs: 5,
            processes: if is_outage { 2 } else { 8 },
            callers: if is_outage { 20 } else { 50 },
            users: 1,
            lifetime: if is_outage { 6 } else { 1 },
            outage: 4,
            lease: if is_outage { 10 } else { 1 },
            at_refresh: false,
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else {
                return Err(USAGE.into());
            };
            match &**name {
                "--store" => options.store.clone_from(value),
                "--directory" => options.directory = Some(value.clone()),
                "--seconds" => options.seconds = value.parse()?,
                "--runs" => options.runs = value.parse()?,
                "--processes" => options.processes = value.parse()?,
                "--callers" => options.callers = value.parse()?,
                "--users" => options.users = value.parse()?,
                "--lifetime" => options.lifetime = value.parse()?,
                "--outage" => options.outage = value.parse()?,
                "--lease" => options.lease = value.parse()?,
                "--at-refresh" => options.at_refresh = value.parse()?,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<ExitCode, Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (scenario, rest) = arguments.split_first().ok_or(USAGE)?;
    if scenario == "worker" {
        worker::run().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = Options::parse(scenario, rest)?;
    let is_good = match &**scenario {
        "kill" => scenarios::kill(&options, false).await?,
        "aimed" => scenarios::kill(&options, true).await?,
        "window" => scenarios::window(&options).await?,
        "stop" | "restart" | "disk" => scenarios::outage(scenario, &options).await?,
        "rollback" => scenarios::rollback(&options).await?,
        _ => return Err(USAGE.into()),
    };
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
