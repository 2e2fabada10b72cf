//! The command `perspio`. `perspio --help` lists what it can do.

mod arguments;
mod failure;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::trivially_copy_pass_by_ref,
    clippy::semicolon_if_nothing_returned,
    clippy::wildcard_imports,
    reason = "as progenitor writes commands"
)]
mod generated;
mod login;
mod next_command;
mod output;
mod printer;
mod request;
mod sandbox;
mod session;
mod sign_ins;
mod signals;
mod variables;
mod waiting;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use perspio::{CallOptions, Client, ClientBuilder};
use perspio_sandbox::Sandbox;

use failure::Failure;
use generated::Cli;
use output::Format;
use printer::Printer;
use session::{Session, StoreFailures};
use waiting::Notices;

fn main() -> ExitCode {
    let matches = arguments::command().get_matches();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let session = Session::default();
            let outcome = runtime.block_on(session.run(run(&matches, &session)));
            // A thread may wait for a line of a terminal.
            runtime.shutdown_background();
            outcome
        }
        Err(cause) => Err(Failure::other(format!(
            "the runtime cannot be set up: {cause}"
        ))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("sandbox", matches)) => sandbox::run(matches).await,
        Some(("login", matches)) if matches.get_flag("sandbox") => Err(Failure::usage(
            "a sandbox that lives for one command cannot keep a sign-in: start one with \
             `perspio sandbox`, and sign in with the settings that it prints",
        )),
        Some(("login", matches)) if caller(matches) == Some("application") => Err(Failure::usage(
            "an application signs in by itself: `perspio login` is a user's",
        )),
        Some(("login", matches)) => login::run(matches).await,
        Some(("status", matches)) => sign_ins::status(matches).await,
        Some(("logout", _)) => sign_ins::sign_out().await,
        Some(("request", parameters)) => {
            let (client, _sandbox) = connect(matches, session).await?;
            let printer = Printer::new(Format::of(matches));
            request::run(&client, parameters, &printer).await?;
            printer.conclude(Ok(()))
        }
        Some((group, group_matches)) => match group_matches.subcommand() {
            Some((verb, verb_matches)) => call(matches, session, (group, verb), verb_matches).await,
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// Calls one operation of the API and prints the response.
async fn call(
    matches: &ArgMatches,
    session: &Session,
    (group, verb): (&str, &str),
    parameters: &ArgMatches,
) -> Result<(), Failure> {
    let Some(operation) = arguments::operation(group, verb) else {
        return Err(Failure::other(format!(
            "there is no operation {group} {verb}"
        )));
    };
    let (client, _sandbox) = connect(matches, session).await?;
    let printer = Printer::new(Format::of(matches));
    let cli = Cli::new(client, &printer);
    let outcome = cli.execute(operation, parameters).await;
    printer.conclude(outcome)
}

/// Returns the client that the options select, and its sandbox if it has one. The caller
/// holds the sandbox until the call is complete, because dropping it stops it.
async fn connect(
    matches: &ArgMatches,
    session: &Session,
) -> Result<(Client, Option<Sandbox>), Failure> {
    if matches.get_flag("sandbox") {
        let sandbox = Sandbox::start()
            .await
            .map_err(|cause| Failure::other(with_cause(&cause)))?;
        return Ok((client(&sandbox.environment())?, Some(sandbox)));
    }
    let builder = variables::client_builder();
    let builder = match caller(matches) {
        Some("application") => sign_ins::application(builder),
        caller => sign_ins::client(builder, caller == Some("user")).await?,
    };
    let builder = builder
        .observer(Arc::new(StoreFailures::default()))
        .pace_observer(Arc::new(Notices));
    let options = matches.get_one::<u64>("timeout").map(|seconds| {
        let timeout = Duration::from_secs(*seconds);
        CallOptions::new().timeout(timeout)
    });
    let builder = builder.options(options.unwrap_or_default());
    let client = builder.build()?;
    session.uses(&client);
    Ok((client, None))
}

/// Returns the identity that `--as` selects.
fn caller(matches: &ArgMatches) -> Option<&str> {
    matches.get_one::<String>("as").map(String::as_str)
}

fn client(environment: &[(&'static str, String)]) -> Result<Client, perspio::Error> {
    let value = |name: &str| environment.iter().find(|(known, _)| *known == name);
    ClientBuilder::from_variables(|name| value(name).map(|(_, value)| OsString::from(value)))
        .build()
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
