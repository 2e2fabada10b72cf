//! `perspio doctor`: checks what a call depends on, in order, and says what to do about each
//! failure.

mod access;
mod connections;
mod finding;
mod probe;
mod settings;
mod storage;

use std::time::Duration;

use perspio_sandbox::Sandbox;

use crate::arguments::GlobalOptions;
use crate::connect;
use crate::failure::Failure;
use crate::output::Output;
use crate::sandbox_user;
use crate::session::Session;
use crate::variables::Settings;

use access::{Access, Identity};
use connections::Connections;
use finding::{Check, Finding, Report};

/// The time limit of a probe, unless `--timeout` sets another one.
const PROBE_TIMEOUT: Duration = Duration::from_secs(15);

/// Runs all checks.
pub(crate) async fn run(options: &GlobalOptions, session: &Session) -> Result<(), Failure> {
    if options.dry_run {
        return Err(Failure::usage(
            "`perspio doctor` sends requests, and --dry-run sends nothing: `perspio status` shows \
             the identity without a request",
        ));
    }
    let mut report = Report::new(Output::new(options)?);
    let sandbox = if options.sandbox {
        Some(connect::sandbox().await?)
    } else {
        sandbox_user::reject_without_sandbox(options)?;
        None
    };
    let settings = match &sandbox {
        Some(sandbox) => Ok(Settings::of_sandbox(sandbox)),
        None => Settings::load(options).await,
    };
    let context = Context {
        options,
        session,
        sandbox: sandbox.as_ref(),
    };
    match settings {
        Ok(settings) => check(&mut report, &settings, &context).await?,
        Err(failure) => report.add(Finding::of_failure(Check::Settings, &failure))?,
    }
    report.skip_rest("the settings cannot be used")?;
    report.conclude()
}

/// What the command was started with.
struct Context<'a> {
    options: &'a GlobalOptions,
    session: &'a Session,
    sandbox: Option<&'a Sandbox>,
}

async fn check(
    report: &mut Report,
    settings: &Settings,
    context: &Context<'_>,
) -> Result<(), Failure> {
    let account = match settings.account() {
        Ok(account) => account,
        Err(error) => {
            // The error of the client names all that is missing.
            let error = settings.client_builder().build().err().unwrap_or(error);
            return report.add(settings::failed(&error));
        }
    };
    let stored = storage::find(&account, context.options).await;
    let identity = match context.sandbox {
        Some(sandbox) => Identity::of_sandbox(settings, sandbox, context.options).await?,
        None => Identity::select(&account, &stored, context.options.caller),
    };
    let is_complete = settings::check(report, settings, &identity)?;

    let timeout = context.options.timeout().unwrap_or(PROBE_TIMEOUT);
    let connections = Connections::probe(&account.profile, timeout).await;
    connections.report(report, &account.profile)?;

    let access = Access {
        account: &account,
        identity: &identity,
        settings,
        context,
    };
    let blocked = if is_complete {
        connections.why_no_token()
    } else {
        Some("the settings are incomplete".to_owned())
    };
    access
        .report(report, blocked, connections.why_no_call())
        .await?;
    storage::report(report, &account, &stored).await
}
