//! How a client is set up.

use std::ffi::OsString;
use std::fmt;

use perspio_auth::http::Method;
use perspio_auth::secret::SecretString;
use perspio_auth::{Application, Credential, OnForbidden, Profile, TokenSource};
use perspio_http::{Access, ApiRequest, CallOptions, Pipeline, PipelineBuilder};

use crate::Error;
use crate::generated::Client;
use crate::settings::Settings;

/// The settings of a [`Client`]. Each has an environment variable of the same
/// meaning, by which errors name it; see [`Client::from_env`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    /// None: the fixed token of the settings.
    access: Option<Access>,
    /// What every client has: time limits, clock, store, observers, middleware.
    pipeline: PipelineBuilder,
}

impl Client {
    /// A client whose settings the program gives.
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

    /// A client whose settings stand in the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `DISPOGAS_API_URL` | the installation's address; there is no default |
    /// | `DISPOGAS_TENANCY` | the tenancy's name, sent as `X-Tenant-ID` |
    /// | `DISPOGAS_TOKEN` | an access token, which is not renewed; not needed with a [sign-in](ClientBuilder::token_source) |
    /// | `DISPOGAS_DIRECTORY` | the Entra directory, its id or domain; needed to sign in and to renew |
    /// | `DISPOGAS_CLIENT_ID` | the application's client id; needed to sign in |
    /// | `DISPOGAS_CLIENT_SECRET` | its secret; needed to sign in |
    /// | `DISPOGAS_REFRESH_ON_403` | `stale` (the default), `once` or `never`: [`ClientBuilder::refresh_on_403`] |
    /// | `DISPOGAS_SCOPES` | other scopes than `api://{client id}/default`, separated by spaces |
    /// | `DISPOGAS_AUTHORITY` | another identity server: all that stands before `/oauth2/v2.0`; in place of the directory |
    /// | `DISPOGAS_AUTHORIZE_URL` | another address for a person's sign-in, where its path is not Entra's |
    /// | `DISPOGAS_TOKEN_URL` | another token endpoint, the same (the page prints `/oauth2/v2.0/oauth/token`) |
    /// | `DISPOGAS_DEVICE_CODE_URL` | another address for the device flow, the same |
    /// | `DISPOGAS_ISSUER` | what such a server calls itself, if its answers say it |
    /// | `DISPOGAS_CA_FILE` | a file of certificates (PEM) whose authorities are trusted too |
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
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self::from_inner(self.inner.with_options(options))
    }

    /// A request to any endpoint; the document knows one only. It goes the way of
    /// all calls; `path` comes after the API's address and is sent as it is given.
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
    /// The settings that stand in the environment, as [`Client::from_env`]
    /// reads them; single ones can be replaced before [`ClientBuilder::build`].
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The same from anything that holds values by the variables' names.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            settings: Settings::from_variables(get),
            access: None,
            // Only until the settings are checked: see `build`.
            pipeline: Pipeline::builder(Profile::perspiotalk()),
        }
    }

    /// The installation's address (`DISPOGAS_API_URL`): https, or http to this
    /// machine; it may have a path.
    pub fn api_url(mut self, api_url: impl Into<String>) -> Self {
        self.settings.servers.base_url = Some(api_url.into());
        self
    }

    /// The tenancy's name (`DISPOGAS_TENANCY`), sent as `X-Tenant-ID`.
    pub fn tenancy(mut self, tenancy: impl Into<String>) -> Self {
        self.settings.tenancy = Some(tenancy.into());
        self
    }

    /// An access token that comes from elsewhere (`DISPOGAS_TOKEN`). It is used
    /// until it is refused: dispoGas' live for two hours.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.settings.token = Some(token.into());
        self
    }

    /// The Entra directory, its id or domain (`DISPOGAS_DIRECTORY`).
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.settings.directory = Some(directory.into());
        self
    }

    /// Whether a 403 renews the token, and sends the request once more
    /// (`DISPOGAS_REFRESH_ON_403`): if the token is stale, by default.
    pub fn refresh_on_403(mut self, when: OnForbidden) -> Self {
        self.settings.refresh_on_403 = Some(when);
        self
    }

    perspio_http::client_setters!("DISPOGAS");

    /// A way to a person's token, for instance a
    /// [`StoredSignIn`](crate::auth::StoredSignIn) with a
    /// [store](ClientBuilder::store) that keeps the sign-in between runs.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.access = Some(Access::Credential(credential.into()));
        self
    }

    /// The sign-in of a person, or any other source of tokens: it keeps its own
    /// store, clock and observers.
    ///
    /// ```no_run
    /// use dispogas::auth::SignIn;
    /// # async fn example() -> Result<(), dispogas::Error> {
    /// let builder = dispogas::ClientBuilder::from_env();
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

    /// What a person's [`SignIn`](crate::auth::SignIn) needs of these settings.
    ///
    /// The error names everything that is missing or wrong.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut problems = self.settings.check();
        let application = self.settings.application(&mut problems);
        let profile = self.settings.profile(true, problems)?;
        Ok((profile, application))
    }

    /// The client. Nothing is sent yet: the first call obtains the token.
    ///
    /// The error names everything that is missing or wrong.
    pub fn build(self) -> Result<Client, Error> {
        let settings = self.settings;
        let mut problems = settings.check();
        // Whoever brings tokens along needs no identity server.
        let asks_for_tokens = matches!(self.access, Some(Access::Credential(_)));
        let access = self
            .access
            .unwrap_or_else(|| Access::Credential(settings.fixed_token(&mut problems).into()));
        let profile = settings.profile(asks_for_tokens, problems)?;
        let pipeline = self.pipeline.profile(profile).build_for(access)?;
        Ok(Client::from_inner(pipeline))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("settings", &self.settings)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
