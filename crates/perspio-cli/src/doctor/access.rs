//! The checks of the token, the headers, the first call and the rate limits.

use std::sync::{Arc, Mutex, PoisonError};

use perspio::transport::{self, Transport, async_trait};
use perspio::{Client, ClientBuilder, Error, RetryPolicy};
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::{AccessToken, ClientCredentials, TokenSource};
use perspio_sandbox::Sandbox;

use super::Context;
use super::finding::{Check, Finding, Report};
use super::storage::Stored;
use crate::arguments::{Caller, GlobalOptions};
use crate::failure::Failure;
use crate::sandbox_user;
use crate::session::StoreFailures;
use crate::sign_ins::{self, Account, LoadedSignIn};
use crate::variables::Settings;

/// The identity that a command has with these options.
pub(super) enum Identity<'a> {
    Application,
    User(&'a LoadedSignIn),
    /// A user of the sandbox, or why that user cannot sign in.
    SandboxUser(Result<TokenSource, Failure>),
    /// A user who is not signed in.
    Missing,
}

impl<'a> Identity<'a> {
    /// Selects it as [`sign_ins::client`] does, without a change of what is remembered.
    pub(super) fn select(account: &Account, stored: &'a Stored, caller: Option<Caller>) -> Self {
        match (caller, stored) {
            (Some(Caller::Application), _) => Self::Application,
            (_, Stored::SignIn(sign_in)) => Self::User(sign_in),
            (Some(Caller::User | Caller::Person(_)), _) => Self::Missing,
            (None, Stored::Nothing) if sign_ins::is_signed_in(account) => Self::Missing,
            (None, _) => Self::Application,
        }
    }

    /// Signs the user of a sandbox in, if the options select one.
    pub(super) async fn of_sandbox(
        settings: &Settings,
        sandbox: &Sandbox,
        options: &GlobalOptions,
    ) -> Result<Self, Failure> {
        let Some(person) = sandbox_user::selected(options)? else {
            return Ok(Self::Application);
        };
        let source = sandbox_user::sign_in(&settings.client_builder(), sandbox, person).await;
        Ok(Self::SandboxUser(source))
    }

    /// Returns `builder` with the credential of this identity.
    pub(super) fn with_credential(&self, builder: ClientBuilder) -> ClientBuilder {
        match self {
            Self::Application | Self::Missing | Self::SandboxUser(Err(_)) => builder,
            Self::SandboxUser(Ok(source)) => builder.token_source(source.clone()),
            Self::User(sign_in) => builder.credential(sign_in.account.credential()),
        }
    }
}

/// What the checks need.
pub(super) struct Access<'a> {
    pub(super) account: &'a Account,
    pub(super) identity: &'a Identity<'a>,
    pub(super) settings: &'a Settings,
    pub(super) context: &'a Context<'a>,
}

impl Access<'_> {
    /// Requests a token and makes a call, unless something is known to prevent that.
    pub(super) async fn report(
        &self,
        report: &mut Report,
        no_token: Option<String>,
        no_call: Option<String>,
    ) -> Result<(), Failure> {
        let source = match no_token {
            Some(reason) => Err(Finding::skipped(Check::Token, reason)),
            None => self.source(),
        };
        let recorder = Arc::new(SentHeaders::default());
        let prepared = source.and_then(|source| {
            let client = self.client(source.clone(), recorder.clone());
            let client = client.map_err(|error| Finding::of_error(Check::Token, &error))?;
            Ok((source, client))
        });
        let (source, client) = match prepared {
            Ok(prepared) => prepared,
            Err(finding) => return without_token(report, finding),
        };
        self.context.session.uses(&client);
        match source.token().await {
            Ok(token) => report.add(self.token(&token))?,
            Err(error) => {
                return without_token(report, Finding::of_error(Check::Token, &error.into()));
            }
        }
        if let Some(reason) = no_call {
            return skip_calls(report, &reason);
        }
        let labels = client.locations_labels().send().await;
        report.add(recorder.finding())?;
        report.add(match &labels {
            Ok(labels) => {
                let message = format!(
                    "GET /locations/v3/labels succeeded with {} items",
                    labels.len()
                );
                Finding::ok(Check::FirstCall, message)
            }
            Err(error) => Finding::of_error(Check::FirstCall, error),
        })?;
        report.add(limits(&client))
    }

    /// Returns the source of the tokens of this identity.
    fn source(&self) -> Result<TokenSource, Finding> {
        let account = self.account;
        let builder = match self.identity {
            Identity::User(sign_in) => account.tokens(sign_in.sign_ins.store()),
            Identity::Application => {
                let credential = ClientCredentials::new(account.application.clone());
                TokenSource::builder(&account.profile, credential)
            }
            Identity::SandboxUser(Ok(source)) => return Ok(source.clone()),
            Identity::SandboxUser(Err(failure)) => {
                let help = "Select another user of the sandbox with --as.";
                let (text, code) = (failure.text(), failure.code());
                return Err(Finding::failed(Check::Token, text, help, code));
            }
            Identity::Missing => {
                let failure = sign_ins::missing_sign_in(account);
                return Err(Finding::of_failure(Check::Token, &failure));
            }
        };
        let source = builder.observer(Arc::new(StoreFailures::default())).build();
        source.map_err(|error| Finding::of_error(Check::Token, &error.into()))
    }

    fn client(&self, source: TokenSource, recorder: Arc<SentHeaders>) -> Result<Client, Error> {
        let builder = self.settings.client_builder().token_source(source);
        let builder = builder.retry(RetryPolicy::none()).transport(recorder);
        match self.context.options.timeout() {
            Some(timeout) => builder.timeout(timeout).build(),
            None => builder.build(),
        }
    }

    fn token(&self, token: &AccessToken) -> Finding {
        let grant = match self.identity {
            Identity::User(_) | Identity::SandboxUser(_) => {
                let claim = |id: &perspio_auth::IdToken| id.unverified_claim("preferred_username");
                let user = token.id_token().and_then(claim);
                format!("sign-in of {}", user.as_deref().unwrap_or("a user"))
            }
            Identity::Application | Identity::Missing => {
                let client_id = self.account.application.client_id();
                format!("client credentials of the application {client_id}")
            }
        };
        let scopes = token.scopes().join(" ");
        let minutes = token.remaining(SystemClock.now()).as_secs() / 60;
        let message = format!("{grant}; scopes {scopes}; valid for {minutes} minutes");
        Finding::ok(Check::Token, message)
    }
}

/// Reports why there is no token, and what is not checked therefore.
fn without_token(report: &mut Report, finding: Finding) -> Result<(), Failure> {
    report.add(finding)?;
    skip_calls(report, "there is no token")
}

fn skip_calls(report: &mut Report, reason: &str) -> Result<(), Failure> {
    for check in [Check::Headers, Check::FirstCall, Check::Limits] {
        report.add(Finding::skipped(check, reason))?;
    }
    Ok(())
}

fn limits(client: &Client) -> Finding {
    let budget = client.budget();
    if let Some(pause) = budget.paused_for {
        let message = format!("the service asks to wait {} s", pause.as_secs());
        let help =
            "Wait, then call again: the limits apply to all programs of the tenant together.";
        return Finding::warning(Check::Limits, message, help);
    }
    if budget.limits.is_empty() {
        let message = "none is kept to, because the server is on this machine";
        return Finding::ok(Check::Limits, message);
    }
    let limits = budget.limits.iter().map(|it| {
        let (name, most) = (it.limit.name(), it.limit.most());
        let window = it.limit.window().as_secs();
        format!("{name}: {} of {most} in {window} s left", it.left)
    });
    let limits: Vec<_> = limits.collect();
    let message = format!(
        "{}; only this command is counted, because the service does not report what other \
         programs use",
        limits.join(", ")
    );
    Finding::ok(Check::Limits, message)
}

/// Records the names of the headers of the last attempt.
#[derive(Default)]
struct SentHeaders(Mutex<Option<Vec<String>>>);

impl SentHeaders {
    fn finding(&self) -> Finding {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*names {
            Some(names) => Finding::ok(Check::Headers, format!("{} are sent", names.join(", "))),
            None => Finding::skipped(Check::Headers, "the first call was not sent"),
        }
    }
}

#[async_trait]
impl Transport for SentHeaders {
    async fn send(
        &self,
        http: &transport::Client,
        request: transport::Request,
    ) -> reqwest::Result<transport::Response> {
        let names = request.headers().keys().map(ToString::to_string).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(names);
        http.execute(request).await
    }
}
