//! The scenarios. Each prints one line per run, and returns whether no sign-in was lost
//! that must not be lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::analysis::{Loss, losses, summary, windows};
use crate::fleet::Fleet;
use crate::protocol::{Event, What};
use crate::servers::Server;
use crate::{Failed, Options};

/// The store of one run, which is removed when this is dropped.
struct Location {
    argument: String,
    directory: Option<TempDir>,
    redis: Option<Server>,
}

impl Location {
    fn new(options: &Options, redis_options: &[&str]) -> Result<Self, Failed> {
        if options.store == "redis" {
            let more = || redis_options.iter().copied().map(str::to_owned).collect();
            let server = Server::redis(|_| more());
            return Ok(Self {
                argument: format!("redis redis://{}", server.address()),
                directory: None,
                redis: Some(server),
            });
        }
        let directory = match &options.directory {
            Some(directory) => tempfile::tempdir_in(directory)?,
            None => tempfile::tempdir()?,
        };
        let path = directory.path().join("state").join("tokens");
        Ok(Self {
            argument: format!("file {}", path.display()),
            directory: Some(directory),
            redis: None,
        })
    }

    fn path(&self) -> Result<&Path, Failed> {
        let directory = self.directory.as_ref().ok_or("the store is no file")?;
        Ok(directory.path())
    }

    fn redis(&mut self) -> Result<&mut Server, Failed> {
        self.redis.as_mut().ok_or("the store is not Redis".into())
    }
}

/// Kills processes at random times; if `is_aimed`, also soon after they have begun to spend
/// a refresh token.
pub(crate) async fn kill(options: &Options, is_aimed: bool) -> Result<bool, Failed> {
    let mut is_good = true;
    for run in 1..=options.runs {
        let location = Location::new(options, &[])?;
        let mut fleet = Fleet::new(location.argument.clone(), options).await?;
        fleet.sign_in_all().await?;
        fleet.start_workers()?;
        let vanished = kill_for(&mut fleet, options, is_aimed).await?;
        fleet.stop();
        let (exchanges, events) = (fleet.gateway.exchanges(), fleet.events());
        let lost = losses(&exchanges, &events, &fleet.kills);
        let is_outside = |loss: &&Loss| matches!(loss, Loss::Outside(_));
        let outside = lost.iter().filter(is_outside).count() + vanished;
        is_good &= outside == 0;
        let rotated = |it: &&crate::gateway::Exchange| it.spent.is_some() && it.status == 200;
        println!(
            "{} {}, run {run}: {} kills, {} refreshes, {} calls, {} lost in the window, \
             {outside} lost outside the window",
            if is_aimed { "aimed" } else { "kill" },
            options.store,
            fleet.kills.len(),
            exchanges.iter().filter(rotated).count(),
            calls(&events).0,
            lost.len() + vanished - outside,
        );
        for loss in &lost {
            println!("  {loss}");
        }
        if vanished > 0 {
            println!("  OUTSIDE THE WINDOW: {vanished} sign-ins vanished from the store");
        }
        print_windows(&exchanges, &events);
        print_failures(&events);
    }
    Ok(is_good)
}

/// Kills and replaces processes, and signs in again after a loss. Returns the number of
/// sign-ins that vanished from the store without a rejected refresh token.
async fn kill_for(fleet: &mut Fleet, options: &Options, is_aimed: bool) -> Result<usize, Failed> {
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let (mut rejected, mut vanished) = (0, 0);
    while Instant::now() < end {
        let pause = Duration::from_millis(fastrand::u64(20..250));
        tokio::select! {
            () = sleep(pause) => fleet.replace_worker(None)?,
            Some(process) = fleet.spenders.recv(), if is_aimed => {
                if fastrand::bool() {
                    sleep(Duration::from_micros(fastrand::u64(..20_000))).await;
                    fleet.replace_worker(Some(process))?;
                }
            }
        }
        let exchanges = fleet.gateway.exchanges();
        let is_rejected = exchanges.iter().skip(rejected).any(|it| it.status >= 400);
        if is_rejected || !fleet.has_sign_ins().await? {
            // The process that was rejected deletes the record.
            sleep(Duration::from_millis(100)).await;
            let exchanges = fleet.gateway.exchanges();
            vanished += usize::from(!exchanges.iter().skip(rejected).any(|it| it.status >= 400));
            fleet.sign_in_all().await?;
            rejected = fleet.gateway.exchanges().len();
        }
    }
    Ok(vanished)
}

/// Measures the window without kills.
pub(crate) async fn window(options: &Options) -> Result<bool, Failed> {
    let location = Location::new(options, &[])?;
    let mut fleet = Fleet::new(location.argument.clone(), options).await?;
    fleet.sign_in_all().await?;
    fleet.start_workers()?;
    sleep(Duration::from_secs(options.seconds)).await;
    fleet.stop();
    let (exchanges, events) = (fleet.gateway.exchanges(), fleet.events());
    println!(
        "window {}: {} processes, {} callers, {} users",
        options.store, options.processes, options.callers, options.users
    );
    print_windows(&exchanges, &events);
    print_failures(&events);
    Ok(losses(&exchanges, &events, &fleet.kills).is_empty())
}

/// Makes the store unavailable, once per run: at another age of the token each time, or
/// shortly after a process has begun to spend a refresh token.
pub(crate) async fn outage(scenario: &str, options: &Options) -> Result<bool, Failed> {
    let persistent = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut location = Location::new(options, &persistent)?;
    let mut fleet = Fleet::new(location.argument.clone(), options).await?;
    fleet.sign_in_all().await?;
    fleet.start_workers()?;
    let outage = Duration::from_secs(options.outage);
    let process = match &location.redis {
        Some(redis) => process_of(redis).await?,
        None => String::new(),
    };
    let lifetime = Duration::from_secs(options.lifetime);
    let start = Instant::now();
    for run in 0..options.runs {
        if options.at_refresh {
            fleet.next_spender().await;
            sleep(Duration::from_micros(fastrand::u64(..8000))).await;
        } else {
            // From a refresh on, so that the outages begin at all ages of the token.
            next_refresh(&fleet, lifetime * 2).await;
            let part = u32::try_from(run).unwrap_or_default();
            let parts = u32::try_from(options.runs).unwrap_or(1).max(1);
            sleep(lifetime * 5 / 6 * part / parts).await;
        }
        match scenario {
            "disk" => {
                let filling = fill(location.path()?)?;
                sleep(outage).await;
                std::fs::remove_file(filling)?;
            }
            "restart" => {
                location.redis()?.kill();
                sleep(outage).await;
                location.redis()?.start_again();
            }
            _ => {
                signal("-STOP", &process)?;
                sleep(outage).await;
                signal("-CONT", &process)?;
            }
        }
        sleep(lifetime).await;
        if !fleet.has_sign_ins().await? {
            fleet.sign_in_all().await?;
        }
    }
    let elapsed = start.elapsed();
    fleet.stop();
    let (exchanges, events) = (fleet.gateway.exchanges(), fleet.events());
    let lost = losses(&exchanges, &events, &fleet.kills);
    let (made, failed) = calls(&events);
    println!(
        "{scenario} {}{}: {} outages of {} s in {:.0} s, {} refreshes ({:.0} if each token is \
         replaced when it is due), {} saved late, {made} calls, {failed} failed, {} sign-ins lost",
        options.store,
        if options.at_refresh {
            ", during a refresh"
        } else {
            ""
        },
        options.runs,
        options.outage,
        elapsed.as_secs_f64(),
        exchanges.iter().filter(|it| it.spent.is_some()).count(),
        elapsed.as_secs_f64() / (lifetime.as_secs_f64() * 5.0 / 6.0),
        saved_late(&events),
        lost.len(),
    );
    for loss in &lost {
        println!("  {loss}");
    }
    print_failures(&events);
    Ok(lost.is_empty())
}

/// Restores an older copy of the data of Redis while processes run.
pub(crate) async fn rollback(options: &Options) -> Result<bool, Failed> {
    let mut lost_in_all = 0;
    for run in 1..=options.runs {
        let mut location = Location::new(options, &[])?;
        let mut fleet = Fleet::new(location.argument.clone(), options).await?;
        fleet.sign_in_all().await?;
        fleet.start_workers()?;
        let lifetime = Duration::from_secs(options.lifetime);
        next_refresh(&fleet, lifetime * 2).await;
        sleep(Duration::from_millis(300)).await;
        save(location.redis()?).await?;
        let old = std::fs::read(location.redis()?.directory().join("dump.rdb"))?;
        next_refresh(&fleet, lifetime * 2).await;
        // The refresh is among what is lost, and other processes may have read it or not.
        let after = Duration::from_millis(fastrand::u64(..1000));
        sleep(after).await;
        let redis = location.redis()?;
        redis.kill();
        std::fs::write(redis.directory().join("dump.rdb"), &old)?;
        redis.start_again();
        sleep(lifetime * 3).await;
        fleet.stop();
        let (exchanges, events) = (fleet.gateway.exchanges(), fleet.events());
        let lost = losses(&exchanges, &events, &fleet.kills);
        let (made, failed) = calls(&events);
        println!(
            "rollback, run {run}: restored {:.0} ms after a refresh, {} refreshes, {made} calls, \
             {failed} failed, {} sign-ins lost",
            after.as_secs_f64() * 1000.0,
            exchanges.iter().filter(|it| it.spent.is_some()).count(),
            lost.len()
        );
        print_failures(&events);
        lost_in_all += lost.len();
    }
    Ok(lost_in_all == 0)
}

/// Waits for the response to the next refresh, but not longer than `longest`.
async fn next_refresh(fleet: &Fleet, longest: Duration) {
    let responded = || {
        let exchanges = fleet.gateway.exchanges();
        exchanges.iter().filter(|it| it.responded > 0).count()
    };
    let (before, start) = (responded(), Instant::now());
    while responded() == before && start.elapsed() < longest {
        sleep(Duration::from_millis(2)).await;
    }
}

/// Returns the calls of all processes, and how many got an error.
fn calls(events: &[Event]) -> (u64, u64) {
    let counts = events.iter().filter_map(|event| match event.what {
        What::Calls { made, failed } => Some((made, failed)),
        _ => None,
    });
    counts.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

/// Returns the number of records that the store did not accept at the first attempt.
fn saved_late(events: &[Event]) -> usize {
    let failed = events.iter().filter_map(|event| match &event.what {
        What::Replaced {
            token,
            is_saved: false,
            ..
        } => token.as_deref(),
        _ => None,
    });
    failed.collect::<BTreeSet<_>>().len()
}

fn print_windows(exchanges: &[crate::gateway::Exchange], events: &[Event]) {
    let (windows, replacements) = windows(exchanges, events);
    println!("  response to acknowledged write: {}", summary(windows));
    println!(
        "  of it, the replacement:         {}",
        summary(replacements)
    );
}

/// Prints the errors of all fetches with their numbers.
fn print_failures(events: &[Event]) {
    let mut failures: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        if let What::Failed { error, .. } = &event.what {
            let short: String = error.chars().take(160).collect();
            *failures.entry(short).or_default() += 1;
        }
    }
    for (error, count) in failures {
        println!("  {count} × {error}");
    }
}

/// Fills the file system of `directory`.
fn fill(directory: &Path) -> Result<PathBuf, Failed> {
    use std::io::Write;
    let path = directory.join("filling");
    let mut file = std::fs::File::create(&path)?;
    // Until nothing fits; a large file system is not filled.
    for _ in 0..16 * 1024 {
        if file.write_all(&[b'.'; 1024]).is_err() {
            return Ok(path);
        }
    }
    std::fs::remove_file(path)?;
    Err("--directory is in a file system of more than 16 MiB: mount a small one".into())
}

async fn connection(redis: &Server) -> Result<redis::aio::MultiplexedConnection, Failed> {
    let client = redis::Client::open(format!("redis://{}", redis.address()))?;
    Ok(client.get_multiplexed_async_connection().await?)
}

async fn process_of(redis: &Server) -> Result<String, Failed> {
    let mut connection = connection(redis).await?;
    let mut command = redis::cmd("INFO");
    let info: String = command.arg("server").query_async(&mut connection).await?;
    let line = info.lines().find_map(|it| it.strip_prefix("process_id:"));
    Ok(line.ok_or("Redis reports no process id")?.trim().to_owned())
}

async fn save(redis: &Server) -> Result<(), Failed> {
    let mut connection = connection(redis).await?;
    redis::cmd("SAVE").exec_async(&mut connection).await?;
    Ok(())
}

fn signal(signal: &str, process: &str) -> Result<(), Failed> {
    let status = Command::new("kill").args([signal, process]).status()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("kill {signal} {process} failed").into())
}
