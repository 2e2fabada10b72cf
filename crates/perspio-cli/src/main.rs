//! The command `perspio`. `perspio --help` lists what it can do.

mod arguments;
mod bulk;
mod connect;
mod doctor;
mod dry_run;
mod exit_code;
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
mod profiles;
mod redaction;
mod request;
mod sandbox;
mod sandbox_user;
mod session;
mod shell;
mod sign_ins;
mod signals;
mod status;
mod token;
mod variables;
mod verbose;
mod waiting;

use std::process::ExitCode;

use arguments::{Command, GlobalOptions, HandWritten};
use connect::call;
use failure::Failure;
use generated::Cli;
use perspio::Client;
use printer::Printer;
use session::Session;
use tracing_subscriber::EnvFilter;
use variables::Settings;

fn main() -> ExitCode {
    let (options, command) = match arguments::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => error.exit(),
    };
    options.color.apply();
    log();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let session = Session::default();
            let outcome = runtime.block_on(session.run(run(&options, command, &session)));
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

async fn run(options: &GlobalOptions, command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::HandWritten(HandWritten::Sandbox(arguments)) => sandbox::run(arguments).await,
        Command::HandWritten(HandWritten::Login(_)) if options.sandbox => {
            sandbox_user::login(options).await
        }
        Command::HandWritten(HandWritten::Logout) if options.sandbox => sandbox_user::logout(),
        Command::HandWritten(HandWritten::Login(arguments)) => {
            login::run(&arguments, options).await
        }
        Command::HandWritten(HandWritten::Profile(command)) => {
            profiles::run(&command, options).await
        }
        Command::HandWritten(HandWritten::Doctor) => doctor::run(options, session).await,
        Command::HandWritten(HandWritten::Status(arguments)) => {
            status::run(&arguments, options).await
        }
        Command::HandWritten(HandWritten::Logout) => {
            sign_ins::sign_out(&Settings::without_secrets(options)?).await
        }
        Command::HandWritten(HandWritten::Token) => {
            call(options, session, async |client, _| {
                token::print(client).await
            })
            .await
        }
        Command::HandWritten(HandWritten::Completions(arguments)) => shell::completions(&arguments),
        Command::HandWritten(HandWritten::Man(arguments)) => shell::man_pages(&arguments),
        Command::HandWritten(HandWritten::Request(arguments)) => {
            let work = async |client: &_, printer: &_| {
                request::run(client, &arguments, printer).await?;
                printer.conclude(Ok(())).await
            };
            call(options, session, work).await
        }
        Command::Operation(operation, parameters) => {
            let work = async |client: &Client, printer: &Printer| {
                if let Some(list) = bulk::list(&parameters) {
                    return bulk::run(client, printer.output(), list, &parameters).await;
                }
                let output = printer.output();
                if let Some(request) = arguments::stream_of(operation, client)
                    && output.is_streamable()
                {
                    return output.stream(request).await;
                }
                let cli = Cli::new(client.clone(), printer);
                printer
                    .conclude(cli.execute(operation, &parameters).await)
                    .await
            };
            call(options, session, work).await
        }
    }
}

/// Logs to standard error what `RUST_LOG` selects; nothing without it.
fn log() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
}

#[cfg(test)]
mod tests;
