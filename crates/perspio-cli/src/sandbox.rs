//! `perspio sandbox`: runs a sandbox for other programs.

use std::ffi::OsString;
use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use perspio_sandbox::{FaultScript, Sandbox, SandboxBuilder};
use tokio::process::Command;

use crate::exit_code;
use crate::failure::{Failure, with_cause};

/// The number of requests in any window of this length.
type Limit = (u32, Duration);

/// The arguments of `perspio sandbox`.
#[derive(Args)]
pub(crate) struct SandboxArguments {
    /// The port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Rejects with 429 what exceeds the service's limits: 20 requests in 90 s, 10,000 requests
    /// and 40 MB in an hour.
    #[arg(long)]
    limits: bool,

    /// Another limit for the application, such as 20/900ms.
    #[arg(long, value_name = "REQUESTS/WINDOW", value_parser = limit)]
    rate: Option<Limit>,

    /// Another limit for the tenant, such as 10000/1h.
    #[arg(long, value_name = "REQUESTS/WINDOW", value_parser = limit)]
    quota: Option<Limit>,

    /// Queues the faults of a YAML or JSON file.
    #[arg(long, value_name = "FILE", value_parser = |file: &str| FaultScript::read(file))]
    fault_script: Option<FaultScript>,

    /// Makes another fleet, and the same ids of tokens and requests in every run.
    #[arg(long)]
    seed: Option<u64>,

    /// The number of assets of the fleet [default: 250].
    #[arg(long, value_name = "COUNT")]
    assets: Option<usize>,

    /// Delays every request by this number of milliseconds.
    #[arg(long, value_name = "MS")]
    latency: Option<u64>,

    /// Prints a line for each request to standard error.
    #[arg(long)]
    log: bool,

    /// The syntax of the printed settings.
    #[arg(long, value_name = "SYNTAX", default_value = "sh")]
    format: Syntax,

    /// A command that runs with the settings exported: the sandbox lives as long as it runs.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// The syntax in which the settings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Syntax {
    Sh,
    Fish,
    Powershell,
    Dotenv,
}

impl Syntax {
    /// Returns the line that sets a variable. No setting of a sandbox needs escaping.
    fn line(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}={value}"),
            Self::Fish => format!("set -gx {name} {value}"),
            Self::Powershell => format!("$env:{name} = '{value}'"),
            Self::Dotenv => format!("{name}={value}"),
        }
    }
}

/// Runs until this process is stopped, or until its command has ended.
pub(crate) async fn run(arguments: SandboxArguments) -> Result<(), Failure> {
    let (command, format) = (arguments.command.clone(), arguments.format);
    let sandbox = builder(arguments)
        .start()
        .await
        .map_err(|cause| Failure::other(with_cause(&cause)))?;
    if let Some((program, arguments)) = command.split_first() {
        return execute(&sandbox, program, arguments).await;
    }
    print(&sandbox, format)?;
    sandbox.wait().await;
    Ok(())
}

/// Runs a command with the settings of the sandbox. Its exit code is that of this command.
async fn execute(
    sandbox: &Sandbox,
    program: &OsString,
    arguments: &[OsString],
) -> Result<(), Failure> {
    let mut command = Command::new(program);
    command.args(arguments).envs(sandbox.environment());
    let ended = command.status().await.map_err(|cause| {
        let program = program.to_string_lossy();
        Failure::usage(format!("{program} cannot be started: {cause}"))
    })?;
    if ended.success() {
        return Ok(());
    }
    // A command that a signal has ended has no exit code.
    let code = ended.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::reported(code.unwrap_or(exit_code::FAILED)))
}

fn print(sandbox: &Sandbox, format: Syntax) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(
        stdout,
        "# A sandbox of PerspioTalk runs at {} until Ctrl-C. Open that address to watch and control \
         it. In another terminal:",
        sandbox.base_url()
    )?;
    for (name, value) in sandbox.environment() {
        writeln!(stdout, "{}", format.line(name, &value))?;
    }
    writeln!(
        stdout,
        "# perspio assets list\n# perspio login    # as an API user, who may write"
    )?;
    stdout.flush()
}

fn builder(arguments: SandboxArguments) -> SandboxBuilder {
    let mut builder = Sandbox::builder()
        .port(arguments.port)
        .print_requests(arguments.log);
    if arguments.limits {
        builder = builder.documented_limits();
    }
    if let Some((requests, window)) = arguments.rate {
        builder = builder.rate_limit(requests, window);
    }
    if let Some((requests, window)) = arguments.quota {
        builder = builder.quota(requests, window);
    }
    if let Some(script) = arguments.fault_script {
        builder = builder.fault_script(script);
    }
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    if let Some(count) = arguments.assets {
        builder = builder.assets(count);
    }
    if let Some(milliseconds) = arguments.latency {
        builder = builder.latency(Duration::from_millis(milliseconds));
    }
    builder
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
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: SandboxArguments,
    }

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
            let line = Line::try_parse_from(line).unwrap();
            let built = builder(line.arguments);
            assert_eq!(format!("{built:?}"), format!("{expected:?}"));
        }
    }

    #[test]
    fn an_invalid_fault_script_is_an_error_with_file_line_and_cause() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "- endpoint: api\n  fault: { status: 42 }\n").unwrap();
        let line = ["sandbox", "--fault-script", file.path().to_str().unwrap()];
        let Err(error) = Line::try_parse_from(line) else {
            panic!("it is accepted");
        };
        let error = error.to_string();
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
