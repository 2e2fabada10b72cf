//! How a client is set up.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::Clock;
use perspio_auth::http::HeaderName;
use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::transport::Timeouts;
use perspio_auth::{
    Application, ClientCredentials, Credential, Profile, Scopes, TokenObserver, TokenStore,
};
use perspio_http::{Pipeline, PipelineBuilder, SettingsCheck};
use reqwest_middleware::Middleware;
use zeroize::Zeroizing;

use crate::Error;
use crate::generated::Client;

/// Where a person finds the values.
const ADMIN: &str = "Perspio web app, Admin → API";
const ADMIN_SECRET: &str =
    "Perspio web app, Admin → API; shown once, valid two years, can be reset there";

/// The settings of a [`Client`]. Each has an environment variable of the same
/// meaning, by which errors name it; see [`Client::from_env`].
#[derive(Clone)]
pub struct ClientBuilder {
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    tenant_id: Option<String>,
    subscription_key: Option<SecretString>,
    base_url: Option<String>,
    authority: Option<String>,
    token_url: Option<String>,
    scopes: Option<String>,
    credential: Option<Credential>,
    writes_as_application: bool,
    not_unicode: Vec<&'static str>,
    /// What every client has: time limits, clock, store, observers, middleware.
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
        ClientBuilder::new()
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
    /// | `PERSPIO_TOKEN_URL` | another token endpoint, where its path is not Entra's |
    /// | `PERSPIO_SCOPES` | other scopes, separated by spaces |
    ///
    /// An empty variable counts as missing. The error names everything that is
    /// missing or wrong at once.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            tenant_id: None,
            subscription_key: None,
            base_url: None,
            authority: None,
            token_url: None,
            scopes: None,
            credential: None,
            writes_as_application: false,
            not_unicode: Vec::new(),
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
        let mut builder = Self::new();
        let mut read = |name: &'static str| -> Option<SecretString> {
            let text = get(name)?.into_string();
            let text = text.map_err(|_| builder.not_unicode.push(name)).ok()?;
            // Wiped, as the secret that is made of it is.
            let text = Zeroizing::new(text);
            Some(SecretString::from(text.trim())).filter(|text| !text.expose_secret().is_empty())
        };
        let plain = |text: Option<SecretString>| text.map(|text| text.expose_secret().to_owned());
        let client_id = plain(read("PERSPIO_CLIENT_ID"));
        let client_secret = read("PERSPIO_CLIENT_SECRET");
        let tenant_id = plain(read("PERSPIO_TENANT_ID"));
        let subscription_key = read("PERSPIO_SUBSCRIPTION_KEY");
        let base_url = plain(read("PERSPIO_BASE_URL"));
        let authority = plain(read("PERSPIO_AUTHORITY"));
        let token_url = plain(read("PERSPIO_TOKEN_URL"));
        let scopes = plain(read("PERSPIO_SCOPES"));
        Self {
            client_id,
            client_secret,
            tenant_id,
            subscription_key,
            base_url,
            authority,
            token_url,
            scopes,
            ..builder
        }
    }

    /// The application's client id (`PERSPIO_CLIENT_ID`).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The application's client secret (`PERSPIO_CLIENT_SECRET`).
    pub fn client_secret(mut self, client_secret: impl Into<SecretString>) -> Self {
        self.client_secret = Some(client_secret.into());
        self
    }

    /// The Perspio tenant id, `in-…` (`PERSPIO_TENANT_ID`).
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// The tenant's subscription key (`PERSPIO_SUBSCRIPTION_KEY`).
    pub fn subscription_key(mut self, subscription_key: impl Into<SecretString>) -> Self {
        self.subscription_key = Some(subscription_key.into());
        self
    }

    /// Another address of the API (`PERSPIO_BASE_URL`): https, or http to this
    /// machine; it may have a path.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Another identity server (`PERSPIO_AUTHORITY`): all that stands before
    /// `/oauth2/v2.0`.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// Another token endpoint (`PERSPIO_TOKEN_URL`); it wins over the authority.
    pub fn token_url(mut self, token_url: impl Into<String>) -> Self {
        self.token_url = Some(token_url.into());
        self
    }

    /// Other scopes, separated by spaces (`PERSPIO_SCOPES`).
    pub fn scopes(mut self, scopes: impl Into<String>) -> Self {
        self.scopes = Some(scopes.into());
        self
    }

    /// Another way to a token than the application's own, for instance
    /// [`AuthorizationCode`](crate::auth::AuthorizationCode), which may write.
    /// Client id and secret are then not asked for.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// Sends writing operations with an application's own token too. At Perspio
    /// such a token only reads, so by default they fail before they are sent.
    pub fn writes_as_application(mut self, sent: bool) -> Self {
        self.writes_as_application = sent;
        self
    }

    /// Where tokens are kept; this process's memory by default.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.pipeline = self.pipeline.store(store);
        self
    }

    /// Somebody who is told what happens to the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.pipeline = self.pipeline.observer(observer);
        self
    }

    /// The longest that a call may take in all. There is no such limit unless
    /// one is set: only connecting (10 s) and a server's silence (30 s) are limited.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.pipeline = self.pipeline.timeouts(Timeouts {
            total: Some(total),
            ..Timeouts::default()
        });
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.pipeline = self.pipeline.clock(clock);
        self
    }

    /// A middleware of the caller's own, in front of signing.
    pub fn with(mut self, middleware: impl Middleware) -> Self {
        self.pipeline = self.pipeline.with(middleware);
        self
    }

    /// What looks wrong but is not known to be: for people who try for the first time.
    pub fn hints(&self) -> Vec<String> {
        let tenant_id = self.tenant_id.as_deref().unwrap_or_default();
        if is_guid(tenant_id) {
            vec![format!(
                "PERSPIO_TENANT_ID ({tenant_id}) looks like the id of an Entra directory, not like \
                 a Perspio tenant id (in-…), which is found in the {ADMIN}"
            )]
        } else {
            Vec::new()
        }
    }

    /// The client. Nothing is sent yet: the first call obtains the token.
    ///
    /// The error names everything that is missing or wrong.
    pub fn build(self) -> Result<Client, Error> {
        for hint in self.hints() {
            tracing::warn!("{hint}");
        }
        let mut problems = SettingsCheck::default();
        for name in &self.not_unicode {
            problems.add(name, "is not valid Unicode", "");
        }
        let secret = |text: &Option<String>| text.clone().map(SecretString::from);
        let credential = self.credential.unwrap_or_else(|| {
            let id = problems.header("PERSPIO_CLIENT_ID", secret(&self.client_id), ADMIN);
            let client_secret =
                problems.given("PERSPIO_CLIENT_SECRET", self.client_secret, ADMIN_SECRET);
            ClientCredentials::new(Application::confidential(id.expose_secret(), client_secret))
                .into()
        });
        let tenant_id = problems.header("PERSPIO_TENANT_ID", secret(&self.tenant_id), ADMIN);
        let key = problems.header("PERSPIO_SUBSCRIPTION_KEY", self.subscription_key, ADMIN);
        let base_url = problems.endpoint("PERSPIO_BASE_URL", self.base_url.as_deref());
        let authority = problems.endpoint("PERSPIO_AUTHORITY", self.authority.as_deref());
        let token_url = problems.endpoint("PERSPIO_TOKEN_URL", self.token_url.as_deref());
        problems.finish()?;

        let mut profile = Profile::perspiotalk()
            .with_read_only_applications(!self.writes_as_application)
            .with_header(HeaderName::from_static("tid"), &tenant_id)?
            .with_header(HeaderName::from_static("ocp-apim-subscription-key"), &key)?;
        if let Some(base_url) = base_url {
            profile = profile.with_base_url(base_url);
        }
        if let Some(authority) = authority {
            profile = profile.with_authority(&authority);
        }
        if let Some(token_url) = token_url {
            profile = profile.with_token_url(token_url);
        }
        if let Some(scopes) = self
            .scopes
            .as_deref()
            .filter(|scopes| !scopes.trim().is_empty())
        {
            profile = profile.with_scopes(Scopes::uniform(scopes.split_whitespace()));
        }
        Ok(Client::from_pipeline(
            self.pipeline.profile(profile).build(credential)?,
        ))
    }
}

/// Whether `text` has the form of an Entra directory's id.
fn is_guid(text: &str) -> bool {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .concat()
            .bytes()
            .all(|letter| letter.is_ascii_hexdigit())
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("client_id", &self.client_id)
            .field("tenant_id", &self.tenant_id)
            .field("base_url", &self.base_url)
            .field("authority", &self.authority)
            .field("token_url", &self.token_url)
            .field("scopes", &self.scopes)
            .field("credential", &self.credential)
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
