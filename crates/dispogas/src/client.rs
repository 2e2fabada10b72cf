//! The settings of a client.

use std::ffi::OsString;
use std::fmt;

use perspio_auth::http::Method;
use perspio_auth::secret::SecretString;
use perspio_auth::{Application, OnForbidden, Profile, TokenSource};
use perspio_http::{ApiClient, ApiClientBuilder, ApiRequest, CallOptions};

use crate::Error;
use crate::generated::Client;
use crate::profile::unconfigured;
use crate::settings::Settings;

/// The settings of a [`Client`]. Each has an environment variable of the same
/// meaning, by which errors name it; see [`Client::from_env`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    /// The settings that every client has: timeouts, clock, store, observers, middleware.
    http: ApiClientBuilder,
}

impl Client {
    /// Returns a builder of a client whose settings the program gives.
    ///
    /// ```
    /// let client = dispogas::Client::builder()
    ///     .api_url("https://gas.example/api")
    ///     .tenancy("…")
    ///     .token("…")
    ///     .build();
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::from_variables(|_| None)
    }

    /// Creates a client with the settings of the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `DISPOGAS_API_URL` | the installation's address; there is no default |
    /// | `DISPOGAS_TENANCY` | the tenancy's name, sent as `X-Tenant-ID` |
    /// | `DISPOGAS_TOKEN` | an access token, which is not renewed; not needed with a [sign-in](ClientBuilder::token_source) |
    /// | `DISPOGAS_DIRECTORY` | the Entra directory, its id or domain; needed to sign in and to renew |
    /// | `DISPOGAS_CLIENT_ID` | the application's client id; needed to sign in |
    /// | `DISPOGAS_CLIENT_SECRET` | its secret; needed to sign in, unless it is a public client |
    /// | `DISPOGAS_CLIENT_CERTIFICATE` | a file with a certificate and its private key (PEM), instead of the secret |
    /// | `DISPOGAS_FEDERATED_TOKEN_FILE` | a file with a client assertion, instead of the secret, such as the token of Kubernetes workload identity |
    /// | `DISPOGAS_REFRESH_ON_403` | `stale` (the default), `once` or `never`: [`ClientBuilder::refresh_on_403`] |
    /// | `DISPOGAS_SCOPES` | other scopes than `api://{client id}/default`, separated by spaces |
    /// | `DISPOGAS_PROMPT` | what a user is asked for at a sign-in: `select_account`, `login`, `consent`, `none` or `unspecified` |
    /// | `DISPOGAS_OFFLINE_ACCESS` | `true` or `false`: whether the scope `offline_access` is requested at a sign-in |
    /// | `DISPOGAS_AUTHORITY` | another identity server, its URL up to `/oauth2/v2.0`; instead of the directory |
    /// | `DISPOGAS_AUTHORIZE_URL` | another authorization endpoint, if its path is not Entra's |
    /// | `DISPOGAS_TOKEN_URL` | another token endpoint, if its path is not Entra's (the page prints `/oauth2/v2.0/oauth/token`) |
    /// | `DISPOGAS_DEVICE_CODE_URL` | another device authorization endpoint, if its path is not Entra's |
    /// | `DISPOGAS_ISSUER` | the issuer of such a server, if its responses name it |
    /// | `DISPOGAS_CA_FILE` | a file of additional trusted certificates (PEM) |
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
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self::from_inner(self.inner.with_options(options))
    }

    /// Returns the same client with the tokens of `source`. Connections are shared, so a web
    /// service can make one for each signed-in user and request: it costs less than a
    /// microsecond.
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

    /// Begins a request to any endpoint; the document describes only one. It goes through
    /// the same path as all calls. `path` is relative to the API's URL and sent as it is.
    ///
    /// ```no_run
    /// use dispogas::Method;
    ///
    /// # async fn example(client: dispogas::Client) -> Result<(), dispogas::Error> {
    /// let request = client.request(Method::GET, "/account/me");
    /// let account: serde_json::Value = request.fetch().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> ApiRequest {
        self.inner.request(method, path)
    }
}

impl ClientBuilder {
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

    fn new(settings: Settings) -> Self {
        Self {
            settings,
            // Replaced by `build`, once the settings are checked.
            http: ApiClient::builder(unconfigured()),
        }
    }

    /// Sets the URL of the installation (`DISPOGAS_API_URL`): https, or http for this
    /// machine. It may have a path.
    pub fn api_url(mut self, api_url: impl Into<String>) -> Self {
        self.settings.servers.base_url = Some(api_url.into());
        self
    }

    /// Sets the name of the tenancy (`DISPOGAS_TENANCY`), sent as `X-Tenant-ID`.
    pub fn tenancy(mut self, tenancy: impl Into<String>) -> Self {
        self.settings.tenancy = Some(tenancy.into());
        self
    }

    /// Sets an existing access token (`DISPOGAS_TOKEN`). It is used until it is rejected:
    /// those of dispoGas are valid for two hours.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.settings.token = Some(token.into());
        self
    }

    /// Sets the Entra directory, its id or domain (`DISPOGAS_DIRECTORY`).
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.settings.directory = Some(directory.into());
        self
    }

    /// Sets when a 403 refreshes the token and sends the request once more
    /// (`DISPOGAS_REFRESH_ON_403`): if the token is stale, by default.
    pub fn refresh_on_403(mut self, when: OnForbidden) -> Self {
        self.settings.refresh_on_403 = Some(when);
        self
    }

    perspio_http::client_setters!("dispogas", "DISPOGAS");

    /// Returns what looks wrong but may be right, such as a variable of the environment whose
    /// name is no setting's. [`ClientBuilder::build`] logs it as warnings.
    pub fn hints(&self) -> Vec<String> {
        self.settings.hints()
    }

    /// Returns what a person's [`SignIn`](crate::auth::SignIn) needs of these settings.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut problems = self.settings.check();
        let application = self.settings.application.application(&mut problems);
        let profile = self.settings.profile(true, problems)?;
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
        // A token source has its own identity server.
        let asks_for_tokens = self.http.has_credential();
        let mut http = self.http;
        if !http.has_access() {
            http = http.credential(settings.fixed_token(&mut problems));
        }
        let profile = settings.profile(asks_for_tokens, problems)?;
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
