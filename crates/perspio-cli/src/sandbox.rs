//! `perspio sandbox`: runs a sandbox for other programs.

use std::io::Write;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::SignedDuration;
use perspio_sandbox::{FaultScript, Sandbox, SandboxBuilder};

use crate::failure::{Failure, with_cause};

/// The number of requests in any window of this length.
type Limit = (u32, Duration);

/// The arguments of the command.
pub(crate) fn command() -> Command {
    let limit = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("REQUESTS/WINDOW")
            .value_parser(limit)
    };
    Command::new("sandbox")
        .about("Keeps a sandbox running for other programs and prints the settings to export")
        .arg(
            Arg::new("port")
                .long("port")
                .value_parser(clap::value_parser!(u16))
                .default_value("0")
                .help("The port on this machine; 0 takes a free one"),
        )
        .arg(
            Arg::new("limits")
                .long("limits")
                .action(ArgAction::SetTrue)
                .help(
                    "Refuses with 429 what goes beyond the service's limits: 20 requests in 90 s, \
                     10,000 requests and 40 MB in an hour",
                ),
        )
        .arg(limit("rate").help("Another limit for the application, such as 20/900ms"))
        .arg(limit("quota").help("Another limit for the tenant, such as 10000/1h"))
        .arg(
            Arg::new("fault-script")
                .long("fault-script")
                .value_name("FILE")
                .value_parser(|file: &str| FaultScript::read(file))
                .help("Queues the faults of a YAML or JSON file"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_parser(clap::value_parser!(u64))
                .help("Makes another fleet, and the same ids of tokens and requests in every run"),
        )
        .arg(
            Arg::new("assets")
                .long("assets")
                .value_name("COUNT")
                .value_parser(clap::value_parser!(usize))
                .help("The number of assets of the fleet [default: 250]"),
        )
        .arg(
            Arg::new("latency")
                .long("latency")
                .value_name("MS")
                .value_parser(clap::value_parser!(u64))
                .help("Delays every request by this number of milliseconds"),
        )
        .arg(
            Arg::new("log")
                .long("log")
                .action(ArgAction::SetTrue)
                .help("Prints a line for each request to standard error"),
        )
}

/// Runs until this process is stopped.
pub(crate) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let sandbox = builder(matches)
        .start()
        .await
        .map_err(|cause| Failure::other(with_cause(&cause)))?;
    let mut stdout = std::io::stdout().lock();
    writeln!(
        stdout,
        "# A sandbox of PerspioTalk runs at {} until Ctrl-C. Open that address to watch and control \
         it. In another terminal:",
        sandbox.base_url()
    )?;
    for (name, value) in sandbox.environment() {
        writeln!(stdout, "export {name}={value}")?;
    }
    writeln!(
        stdout,
        "perspio assets list\nperspio login    # as an API user, who may write"
    )?;
    stdout.flush()?;
    drop(stdout);
    sandbox.wait().await;
    Ok(())
}

fn builder(matches: &ArgMatches) -> SandboxBuilder {
    let port = matches.get_one::<u16>("port").copied().unwrap_or_default();
    let mut builder = Sandbox::builder().port(port);
    if matches.get_flag("limits") {
        builder = builder.documented_limits();
    }
    if let Some(&(requests, window)) = matches.get_one::<Limit>("rate") {
        builder = builder.rate_limit(requests, window);
    }
    if let Some(&(requests, window)) = matches.get_one::<Limit>("quota") {
        builder = builder.quota(requests, window);
    }
    if let Some(script) = matches.get_one::<FaultScript>("fault-script") {
        builder = builder.fault_script(script.clone());
    }
    if let Some(&seed) = matches.get_one("seed") {
        builder = builder.seed(seed);
    }
    if let Some(&count) = matches.get_one("assets") {
        builder = builder.assets(count);
    }
    if let Some(&milliseconds) = matches.get_one("latency") {
        builder = builder.latency(Duration::from_millis(milliseconds));
    }
    builder.print_requests(matches.get_flag("log"))
}

fn limit(text: &str) -> Result<Limit, &'static str> {
    let limit = || {
        let (requests, window) = text.split_once('/')?;
        let window: SignedDuration = window.parse().ok()?;
        let window = Duration::try_from(window).ok()?;
        Some((requests.parse().ok()?, window)).filter(|_| !window.is_zero())
    };
    limit().ok_or("a limit is a number of requests and a time, such as 20/90s or 10000/1h")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_a_time_in_any_common_unit() {
        for (text, requests, milliseconds) in [
            ("20/90s", 20, 90_000),
            ("20/900ms", 20, 900),
            ("20/0.9s", 20, 900),
            ("10000/1h", 10_000, 3_600_000),
            ("0/1m30s", 0, 90_000),
        ] {
            let expected = (requests, Duration::from_millis(milliseconds));
            assert_eq!(limit(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_option_is_a_setting_of_the_builder() {
        let hour = Duration::from_secs(3600);
        let rate = Duration::from_millis(900);
        let plain = Sandbox::builder();
        let documented = plain.clone().documented_limits();
        for (arguments, expected) in [
            (vec![], plain.clone()),
            (vec!["--limits"], documented.clone()),
            (vec!["--rate=2/900ms"], plain.clone().rate_limit(2, rate)),
            (
                vec!["--seed=7", "--assets=3", "--latency=20", "--log"],
                plain
                    .clone()
                    .seed(7)
                    .assets(3)
                    .latency(Duration::from_millis(20))
                    .print_requests(true),
            ),
            (
                vec!["--quota=3/1h", "--port=7"],
                plain.quota(3, hour).port(7),
            ),
            (vec!["--quota=3/1h", "--limits"], documented.quota(3, hour)),
        ] {
            let line = ["sandbox"].into_iter().chain(arguments);
            let matches = command().try_get_matches_from(line).unwrap();
            assert_eq!(format!("{:?}", builder(&matches)), format!("{expected:?}"));
        }
    }

    #[test]
    fn an_invalid_fault_script_is_an_error_with_file_line_and_cause() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "- endpoint: api\n  fault: { status: 42 }\n").unwrap();
        let line = ["sandbox", "--fault-script", file.path().to_str().unwrap()];
        let error = command()
            .try_get_matches_from(line)
            .unwrap_err()
            .to_string();
        let place = format!("{}, line 2", file.path().display());
        assert!(
            error.contains(&place) && error.contains("42 is no status"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in [
            "", "20", "20/", "/90s", "20/90", "-1/90s", "20/-90s", "20/0s", "a/b",
        ] {
            assert!(limit(text).is_err(), "{text}");
        }
    }
}
