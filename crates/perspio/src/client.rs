//! How a client is set up.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use perspio_auth::secret::SecretString;
use perspio_auth::{Application, ClientCredentials, Credential, Profile, TokenSource};
use perspio_http::{
    Access, Budget, CallOptions, Limits, PaceObserver, Pacer, Pipeline, PipelineBuilder,
};

use crate::Error;
use crate::generated::Client;
use crate::settings::Settings;

/// The settings of a [`Client`]. Each has an environment variable of the same
/// meaning, by which errors name it; see [`Client::from_env`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    /// None: the application signs in as itself.
    access: Option<Access>,
    writes_as_application: bool,
    has_own_limits: bool,
    /// What every client has: limits, clock, store, observers, middleware.
    pipeline: PipelineBuilder,
}

impl Client {
    /// A client whose settings the program gives.
    ///
    /// ```
    /// let client = perspio::Client::builder()
    ///     .client_id("00000000-0000-0000-0000-000000000000")
    ///     .client_secret("…")
    ///     .tenant_id("in-…")
    ///     .subscription_key("…")
    ///     .build();
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::from_variables(|_| None)
    }

    /// A client whose settings stand in the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `PERSPIO_CLIENT_ID` | the application's client id |
    /// | `PERSPIO_CLIENT_SECRET` | its secret |
    /// | `PERSPIO_TENANT_ID` | the Perspio tenant id, `in-…` |
    /// | `PERSPIO_SUBSCRIPTION_KEY` | the tenant's subscription key |
    /// | `PERSPIO_BASE_URL` | another address of the API (default `https://talk.perspio.io`) |
    /// | `PERSPIO_AUTHORITY` | another identity server: all that stands before `/oauth2/v2.0` |
    /// | `PERSPIO_AUTHORIZE_URL` | another address for a person's sign-in, where its path is not Entra's |
    /// | `PERSPIO_TOKEN_URL` | another token endpoint, the same |
    /// | `PERSPIO_DEVICE_CODE_URL` | another address for the device flow, the same |
    /// | `PERSPIO_ISSUER` | what such a server calls itself, if its answers say it |
    /// | `PERSPIO_SCOPES` | other scopes, separated by spaces |
    /// | `PERSPIO_CA_FILE` | a file of certificates (PEM) whose authorities are trusted too |
    ///
    /// The proxy is the one of `HTTPS_PROXY` and `NO_PROXY`.
    ///
    /// An empty variable counts as missing. The error names everything that is
    /// missing or wrong at once.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// The same client, whose calls ask for `options`: for one call, or for a
    /// part of a program. Cheap; token and connections are shared.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use perspio::CallOptions;
    ///
    /// # async fn example(client: perspio::Client) -> Result<(), perspio::Error> {
    /// let soon = CallOptions::new().timeout(Duration::from_secs(5));
    /// let asset = client.with_options(soon).assets_get().id("IN-000123").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self::from_inner(self.inner.with_options(options))
    }

    /// What is left of the limits now, and when there is more.
    pub fn budget(&self) -> Budget {
        self.inner.budget()
    }
}

impl ClientBuilder {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            access: None,
            writes_as_application: false,
            has_own_limits: false,
            pipeline: Pipeline::builder(Profile::perspiotalk()),
        }
    }

    /// The settings that stand in the environment, as [`Client::from_env`]
    /// reads them; single ones can be replaced before [`ClientBuilder::build`].
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The same from anything that holds values by the variables' names.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::new(Settings::from_variables(get))
    }

    /// The Perspio tenant id, `in-…` (`PERSPIO_TENANT_ID`).
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.settings.tenant_id = Some(tenant_id.into());
        self
    }

    /// The tenant's subscription key (`PERSPIO_SUBSCRIPTION_KEY`).
    pub fn subscription_key(mut self, subscription_key: impl Into<SecretString>) -> Self {
        self.settings.subscription_key = Some(subscription_key.into());
        self
    }

    /// Another address of the API (`PERSPIO_BASE_URL`): https, or http to this
    /// machine; it may have a path.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.settings.servers.base_url = Some(base_url.into());
        self
    }

    perspio_http::client_setters!("PERSPIO");

    /// Another way to a token than the application's own, for instance a
    /// [`StoredSignIn`](crate::auth::StoredSignIn) of a person, who may write.
    /// Client id and secret are then not asked for.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.access = Some(Access::Credential(credential.into()));
        self
    }

    /// The sign-in of a person, or any other source of tokens: it keeps its own
    /// store, clock and observers.
    ///
    /// ```no_run
    /// use perspio::auth::SignIn;
    /// # async fn example() -> Result<(), perspio::Error> {
    /// let builder = perspio::ClientBuilder::from_env();
    /// let (profile, application) = builder.profile_and_application()?;
    /// let source = SignIn::browser(application).run(&profile).await?;
    /// let client = builder.token_source(source).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.access = Some(Access::Source(source));
        self
    }

    /// Sends writing operations with an application's own token too. At Perspio
    /// such a token only reads, so by default they fail before they are sent.
    pub fn writes_as_application(mut self, sent: bool) -> Self {
        self.writes_as_application = sent;
        self
    }

    /// Other limits than PerspioTalk's documented ones ([`Limits::perspiotalk`]),
    /// which a client keeps to by default, unless it calls this machine.
    ///
    /// All who use the same application share its budget: clone one client,
    /// rather than building a second one.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.pipeline = self.pipeline.limits(limits);
        self.has_own_limits = true;
        self
    }

    /// Somebody who is told of waiting. A [`ClientBuilder::pacer`] has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.pipeline = self.pipeline.pace_observer(observer);
        self
    }

    /// A budget that other clients share, or other machines (feature `redis`).
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.pipeline = self.pipeline.pacer(pacer);
        self.has_own_limits = true;
        self
    }

    /// What looks wrong but is not known to be: for people who try for the first time.
    pub fn hints(&self) -> Vec<String> {
        self.settings.hints()
    }

    /// What a person's [`SignIn`](crate::auth::SignIn) needs of these settings.
    /// Tenant id and subscription key go with calls only, and may be missing.
    ///
    /// The error names everything that is missing or wrong.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut problems = self.settings.check();
        let application = self.settings.application(&mut problems);
        let profile = self.settings.profile(&mut problems);
        problems.finish()?;
        Ok((profile, application))
    }

    /// The client. Nothing is sent yet: the first call obtains the token.
    ///
    /// The error names everything that is missing or wrong.
    pub fn build(self) -> Result<Client, Error> {
        let settings = self.settings;
        for hint in settings.hints() {
            tracing::warn!("{hint}");
        }
        let mut problems = settings.check();
        let access = self.access.unwrap_or_else(|| {
            let application = settings.application(&mut problems);
            Access::Credential(ClientCredentials::new(application).into())
        });
        settings.require_headers(&mut problems);
        let profile = settings.profile(&mut problems);
        problems.finish()?;
        let profile = profile.with_read_only_applications(!self.writes_as_application);
        let mut pipeline = self.pipeline;
        // Over http only this machine is called: a sandbox, or a mock.
        if !self.has_own_limits && profile.base_url().url().scheme() == "https" {
            pipeline = pipeline.limits(Limits::perspiotalk());
        }
        let pipeline = pipeline.profile(profile);
        Ok(Client::from_inner(pipeline.build_for(access)?))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("settings", &self.settings)
            .field("access", &self.access)
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
