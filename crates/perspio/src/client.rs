//! The settings of a client.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use perspio_auth::secret::SecretString;
use perspio_auth::{Application, ClientCredentials, Profile, TokenSource};
use perspio_http::{ApiClient, ApiClientBuilder, Budget, CallOptions, Limits, PaceObserver, Pacer};

use crate::Error;
use crate::generated::Client;
use crate::limits::limits;
use crate::profile::profile;
use crate::settings::Settings;

/// The settings of a [`Client`]. Each has an environment variable of the same
/// meaning, by which errors name it; see [`Client::from_env`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    writes_as_application: bool,
    has_own_limits: bool,
    /// The settings that every client has: limits, clock, store, observers, middleware.
    http: ApiClientBuilder,
}

impl Client {
    /// Returns a builder of a client whose settings the program gives.
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

    /// Creates a client with the settings of the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `PERSPIO_CLIENT_ID` | the application's client id |
    /// | `PERSPIO_CLIENT_SECRET` | its secret; not needed for the [sign-in](ClientBuilder::profile_and_application) of a user to a public client |
    /// | `PERSPIO_CLIENT_CERTIFICATE` | a file with a certificate and its private key (PEM), instead of the secret |
    /// | `PERSPIO_FEDERATED_TOKEN_FILE` | a file with a client assertion, instead of the secret, such as the token of Kubernetes workload identity |
    /// | `PERSPIO_TENANT_ID` | the Perspio tenant id, `in-…` |
    /// | `PERSPIO_SUBSCRIPTION_KEY` | the tenant's subscription key |
    /// | `PERSPIO_BASE_URL` | another base URL of the API (default `https://talk.perspio.io`) |
    /// | `PERSPIO_AUTHORITY` | another identity server: its URL up to `/oauth2/v2.0` |
    /// | `PERSPIO_AUTHORIZE_URL` | another authorization endpoint, if its path is not Entra's |
    /// | `PERSPIO_TOKEN_URL` | another token endpoint, if its path is not Entra's |
    /// | `PERSPIO_DEVICE_CODE_URL` | another device authorization endpoint, if its path is not Entra's |
    /// | `PERSPIO_ISSUER` | the issuer of such a server, if its responses name it |
    /// | `PERSPIO_SCOPES` | the scopes, separated by spaces |
    /// | `PERSPIO_PROMPT` | what a user is asked for at a sign-in: `select_account`, `login`, `consent`, `none` or `unspecified` |
    /// | `PERSPIO_OFFLINE_ACCESS` | `true` or `false`: whether the scope `offline_access` is requested at a sign-in |
    /// | `PERSPIO_CA_FILE` | a file of additional trusted certificates (PEM) |
    ///
    /// The proxy is taken from `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY`.
    ///
    /// An empty variable counts as missing. An invisible character in a variable, or quotation
    /// marks around its value, are an error.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// Returns the same client with other options, for one call or for a part of a program.
    /// An option that is not set keeps its value. Cheap: token and connections are shared.
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

    /// Returns the same client with the tokens of `source`. Connections and rate limits are
    /// shared, so a web service can make one for each signed-in user and request: it costs
    /// less than a microsecond.
    pub fn with_token_source(&self, source: TokenSource) -> Self {
        Self::from_inner(self.inner.with_token_source(source))
    }

    /// Waits for background work: a token refresh in flight, and saving a sign-in that the
    /// store has not accepted yet. Call it before the program ends, so that no sign-in is
    /// lost.
    ///
    /// # Errors
    /// The sign-in could not be saved; see
    /// [`TokenSource::settle`](crate::auth::TokenSource::settle).
    pub async fn settle(&self) -> Result<(), Error> {
        self.inner.settle().await
    }

    /// Returns what is left of the rate limits, and when there is more.
    pub fn budget(&self) -> Budget {
        self.inner.budget()
    }
}

impl ClientBuilder {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            writes_as_application: false,
            has_own_limits: false,
            http: ApiClient::builder(profile()),
        }
    }

    /// Returns a builder with the settings of the environment, as [`Client::from_env`] reads
    /// them. Single ones can be replaced before [`ClientBuilder::build`].
    pub fn from_env() -> Self {
        let set = std::env::vars_os().map(|(name, _)| name);
        Self::new(Settings::from_variables(|name| std::env::var_os(name), set))
    }

    /// Returns the same from anything that has values by the names of the variables.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::new(Settings::from_variables(get, []))
    }

    /// Sets the Perspio tenant id, `in-…` (`PERSPIO_TENANT_ID`).
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.settings.tenant_id = Some(tenant_id.into());
        self
    }

    /// Sets the tenant's subscription key (`PERSPIO_SUBSCRIPTION_KEY`).
    pub fn subscription_key(mut self, subscription_key: impl Into<SecretString>) -> Self {
        self.settings.subscription_key = Some(subscription_key.into());
        self
    }

    /// Sets another base URL of the API (`PERSPIO_BASE_URL`): https, or http for this
    /// machine. It may have a path.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.settings.servers.base_url = Some(base_url.into());
        self
    }

    perspio_http::client_setters!("perspio", "PERSPIO");

    /// Sets whether writing operations are sent with an application's token. At Perspio such
    /// a token only reads, so by default they fail before they are sent.
    pub fn writes_as_application(mut self, sent: bool) -> Self {
        self.writes_as_application = sent;
        self
    }

    /// Sets the limits. By default a client keeps to the documented ones of PerspioTalk
    /// ([`limits`](crate::limits())), unless it calls this machine.
    ///
    /// All users of one application share its budget: clone one client instead of
    /// building a second one.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.http = self.http.limits(limits);
        self.has_own_limits = true;
        self
    }

    /// Adds an observer of waits for the rate limits. A [`ClientBuilder::pacer`] has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.http = self.http.pace_observer(observer);
        self
    }

    /// Sets rate limits that are shared with other clients, or with other machines (feature
    /// `redis`).
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.http = self.http.pacer(pacer);
        self.has_own_limits = true;
        self
    }

    /// Returns what looks wrong but may be right, such as a variable of the environment whose
    /// name is no setting's. [`ClientBuilder::build`] logs it as warnings.
    pub fn hints(&self) -> Vec<String> {
        self.settings.hints()
    }

    /// Returns what a person's [`SignIn`](crate::auth::SignIn) needs of these settings.
    /// Tenant id and subscription key are sent with calls only, and may be missing.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut problems = self.settings.check();
        let application = self.settings.application.application(&mut problems);
        let profile = self.settings.profile(&mut problems);
        problems.finish()?;
        Ok((profile, application))
    }

    /// Builds the client. Nothing is sent: the first call obtains the token.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn build(self) -> Result<Client, Error> {
        let settings = self.settings;
        for hint in settings.hints() {
            tracing::warn!("{hint}");
        }
        let mut problems = settings.check();
        let mut http = self.http;
        if !http.has_access() {
            let application = settings.application.confidential_application(&mut problems);
            http = http.credential(ClientCredentials::new(application));
        }
        settings.require_headers(&mut problems);
        let profile = settings.profile(&mut problems);
        problems.finish()?;
        let profile = profile.with_read_only_applications(!self.writes_as_application);
        // Only this machine is called over http: a sandbox, or a mock.
        if !self.has_own_limits && profile.base_url().url().scheme() == "https" {
            http = http.limits(limits());
        }
        Ok(Client::from_inner(http.profile(profile).build()?))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("settings", &self.settings)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
