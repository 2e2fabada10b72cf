//! The command `perspio`. `perspio --help` lists what it can do.

mod arguments;
mod connect;
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
mod request;
mod sandbox;
mod session;
mod sign_ins;
mod signals;
mod variables;
mod waiting;

use std::process::ExitCode;

use arguments::{Command, GlobalOptions, HandWritten};
use connect::connect;
use failure::Failure;
use generated::Cli;
use printer::Printer;
use session::Session;

fn main() -> ExitCode {
    let matches = arguments::definition().get_matches();
    let (options, command) = match arguments::parse(&matches) {
        Ok(parsed) => parsed,
        Err(error) => error.exit(),
    };
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
        Command::Sandbox(matches) => sandbox::run(&matches).await,
        Command::HandWritten(HandWritten::Login(arguments)) => {
            login::run(&arguments, options).await
        }
        Command::HandWritten(HandWritten::Status) => sign_ins::status(options).await,
        Command::HandWritten(HandWritten::Logout) => sign_ins::sign_out().await,
        Command::HandWritten(HandWritten::Request(arguments)) => {
            let connection = connect(options, session).await?;
            let printer = Printer::new(options.output);
            request::run(&connection.client, &arguments, &printer).await?;
            printer.conclude(Ok(()))
        }
        Command::Operation(operation, parameters) => {
            let connection = connect(options, session).await?;
            let printer = Printer::new(options.output);
            let cli = Cli::new(connection.client.clone(), &printer);
            let outcome = cli.execute(operation, &parameters).await;
            printer.conclude(outcome)
        }
    }
}

#[cfg(test)]
mod tests;
