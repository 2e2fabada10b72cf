//! The client that the options select.

use std::sync::Arc;

use perspio::auth::FixedToken;
use perspio::{CallOptions, Client, ClientBuilder};
use perspio_sandbox::Sandbox;

use crate::arguments::{Caller, GlobalOptions};
use crate::dry_run::DryRun;
use crate::failure::{Failure, with_cause};
use crate::output::Output;
use crate::printer::Printer;
use crate::sandbox_user;
use crate::session::{Session, StoreFailures};
use crate::sign_ins;
use crate::variables::Settings;
use crate::verbose::Verbose;
use crate::waiting::Notices;

/// Runs `work` with the client that the options select; with `--dry-run` until it has a
/// request to send, which is printed.
pub(crate) async fn call(
    options: &GlobalOptions,
    session: &Session,
    work: impl AsyncFnOnce(&Client, &Printer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let printer = Printer::new(Output::new(options)?);
    // Dropping a sandbox stops it.
    let (builder, _sandbox) = connect(options).await?;
    if options.dry_run {
        let dry_run = Arc::new(DryRun::default());
        // No token is requested for it.
        let builder = builder.credential(FixedToken::new("token"));
        let client = builder.transport(dry_run.clone()).build()?;
        return dry_run.print(work(&client, &printer)).await;
    }
    let client = builder.build()?;
    session.uses(&client);
    work(&client, &printer).await
}

/// Returns the builder of the client that the options select, and its sandbox if it has one.
async fn connect(options: &GlobalOptions) -> Result<(ClientBuilder, Option<Sandbox>), Failure> {
    let (builder, sandbox) = if options.sandbox {
        let sandbox = sandbox().await?;
        let mut builder = Settings::of_sandbox(&sandbox).client_builder();
        if let Some(person) = sandbox_user::selected(options)? {
            let source = sandbox_user::sign_in(&builder, &sandbox, person).await?;
            builder = builder.token_source(source);
        }
        (builder, Some(sandbox))
    } else {
        sandbox_user::reject_without_sandbox(options)?;
        let settings = Settings::of_command(options).await?;
        let builder = match options.caller {
            _ if options.dry_run => settings.client_builder(),
            Some(Caller::Application) => sign_ins::application(&settings),
            caller => sign_ins::client(&settings, caller == Some(Caller::User)).await?,
        };
        (builder, None)
    };
    let mut calls = CallOptions::new();
    if let Some(timeout) = options.timeout() {
        calls = calls.timeout(timeout);
    }
    let mut builder = builder
        .observer(Arc::new(StoreFailures::default()))
        .pace_observer(Arc::new(Notices::new(options.verbose > 0)))
        .options(calls);
    if let Some(verbose) = Verbose::of(options.verbose) {
        let verbose = Arc::new(verbose);
        builder = builder.observer(verbose.clone()).transport(verbose);
    }
    Ok((builder, sandbox))
}

/// Starts a sandbox for this command.
pub(crate) async fn sandbox() -> Result<Sandbox, Failure> {
    let sandbox = Sandbox::start().await;
    sandbox.map_err(|cause| Failure::other(with_cause(&cause)))
}
