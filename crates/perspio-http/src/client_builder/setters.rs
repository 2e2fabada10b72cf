//! The setters of a client's settings.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::Clock;
use perspio_auth::secret::SecretString;
use perspio_auth::{Credential, Network, Profile, Prompt, TokenObserver, TokenSource, TokenStore};

use super::ClientBuilder;
use super::credentials::{PASSWORD, TOKEN, USER};
use crate::api::Api;
use crate::limits::{Limits, PaceObserver, Pacer};
use crate::middleware::Middleware;
use crate::options::CallOptions;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

impl<C: Api> ClientBuilder<C> {
    /// Sets the address of the API (`BASE_URL`): https, or http for this machine. It may have
    /// a path.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.servers.base_url = Some(base_url.into());
        self
    }

    /// Sets the address of another server of the API ([`Api::SERVERS`]): https, or http for this
    /// machine. Its variable is named after the server: `UPLOAD_URL` of `upload`. By default it
    /// is the URL of the document, unless the base URL has another origin than the document
    /// says: another installation has other servers.
    ///
    /// ```
    /// use perspio_http::{Api, ClientBuilder};
    ///
    /// fn in_staging<C: Api>(builder: ClientBuilder<C>) -> ClientBuilder<C> {
    ///     let builder = builder.base_url("https://api.staging.example");
    ///     builder.server("upload", "https://upload.staging.example")
    /// }
    /// ```
    pub fn server(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.addresses.urls.insert(name.into(), url.into());
        self
    }

    /// Sets the value of a variable in the URLs of the API (`TENANT` of `tenant`). It is not
    /// needed where the URL is set.
    pub fn server_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.addresses.variables.insert(name.into(), value.into());
        self
    }

    /// Sets a setting that only this API has, such as a key, by the name of its environment
    /// variable without the prefix.
    ///
    /// ```
    /// use perspio_http::{Api, ClientBuilder};
    ///
    /// fn with_key<C: Api>(builder: ClientBuilder<C>) -> ClientBuilder<C> {
    ///     builder.setting("API_KEY", "…")
    /// }
    /// ```
    pub fn setting(mut self, setting: &'static str, value: impl Into<SecretString>) -> Self {
        self.values.insert(setting, value.into());
        self
    }

    /// Sets an existing access token (`TOKEN`), for an API whose tokens are obtained elsewhere.
    /// It is used until it is rejected.
    pub fn token(self, token: impl Into<SecretString>) -> Self {
        self.setting(TOKEN, token)
    }

    /// Sets the name and the password of a user of the API (`USER`, `PASSWORD`).
    pub fn basic_auth(self, user: &str, password: impl Into<SecretString>) -> Self {
        self.setting(USER, user).setting(PASSWORD, password)
    }

    /// Sets the application's client id (`CLIENT_ID`).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.application.client_id = Some(client_id.into());
        self
    }

    /// Sets the application's client secret (`CLIENT_SECRET`).
    /// A public client, which only signs in users, has none.
    pub fn client_secret(mut self, client_secret: impl Into<SecretString>) -> Self {
        self.application.client_secret = Some(client_secret.into());
        self
    }

    /// Sets a file with a certificate and its private key (PEM), instead of a secret (`CLIENT_CERTIFICATE`).
    pub fn client_certificate(mut self, path: impl Into<String>) -> Self {
        self.application.client_certificate = Some(path.into());
        self
    }

    /// Sets a file with a client assertion, instead of a secret (`FEDERATED_TOKEN_FILE`):
    /// the token that Kubernetes workload identity mounts. It is read for each token request.
    pub fn federated_token_file(mut self, path: impl Into<String>) -> Self {
        self.application.federated_token_file = Some(path.into());
        self
    }

    /// Sets another identity server (`AUTHORITY`): its URL up to
    /// `/oauth2/v2.0`, exclusive.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.servers.authority = Some(authority.into());
        self
    }

    /// Sets another token endpoint (`TOKEN_URL`), which overrides the authority.
    pub fn token_url(mut self, token_url: impl Into<String>) -> Self {
        self.servers.token_url = Some(token_url.into());
        self
    }

    /// Sets another authorization endpoint (`AUTHORIZE_URL`), which overrides
    /// the authority.
    pub fn authorize_url(mut self, authorize_url: impl Into<String>) -> Self {
        self.servers.authorize_url = Some(authorize_url.into());
        self
    }

    /// Sets another device authorization endpoint (`DEVICE_CODE_URL`), which
    /// overrides the authority.
    pub fn device_code_url(mut self, device_code_url: impl Into<String>) -> Self {
        self.servers.device_code_url = Some(device_code_url.into());
        self
    }

    /// Sets the issuer of an identity server other than Entra (`ISSUER`),
    /// if its responses to a sign-in name it.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.servers.issuer = Some(issuer.into());
        self
    }

    /// Sets the scopes, separated by spaces (`SCOPES`).
    pub fn scopes(mut self, scopes: impl Into<String>) -> Self {
        self.servers.scopes = Some(scopes.into());
        self
    }

    /// Sets what a user is asked for in addition to signing in (`PROMPT`:
    /// `select_account`, `login`, `consent`, `none` or `unspecified`). By default the choice of
    /// an account, unless there is another authorization endpoint: not every server offers it.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.servers.prompt = Some(prompt);
        self
    }

    /// Sets whether the scope `offline_access` is requested at a sign-in (`OFFLINE_ACCESS`:
    /// `true` or `false`). Entra returns a refresh token only with it; some other servers reject
    /// it as an unknown scope.
    pub fn offline_access(mut self, requested: bool) -> Self {
        self.servers.offline_access = Some(requested);
        self
    }

    /// Sets how connections leave this machine: through a proxy, or with additional
    /// trusted certificates.
    pub fn network(mut self, network: Network) -> Self {
        self.servers.network = network;
        self
    }

    /// Sets the credential that tokens are obtained with, for instance a
    /// [`StoredSignIn`](perspio_auth::StoredSignIn) of a person. Client id and secret are
    /// then not required.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.http = self.http.credential(credential);
        self
    }

    /// Sets the sign-in of a person, or any other source of tokens, which keeps its own
    /// store, clock and observers.
    ///
    /// ```no_run
    /// use perspio_http::auth::SignIn;
    /// use perspio_http::{Api, ClientBuilder, Error};
    ///
    /// async fn signed_in<C: Api>() -> Result<C, Error> {
    ///     let builder = ClientBuilder::<C>::from_env();
    ///     let (profile, application) = builder.profile_and_application()?;
    ///     let source = SignIn::browser(application).run(&profile).await?;
    ///     builder.token_source(source).build()
    /// }
    /// ```
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.http = self.http.token_source(source);
        self
    }

    /// Sets the store of tokens. The memory of this process by default.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.http = self.http.store(store);
        self
    }

    /// Sets the user id under which tokens are stored, to separate several users of one
    /// application and store; see
    /// [`TokenSourceBuilder::user`](perspio_auth::TokenSourceBuilder::user).
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.http = self.http.user(user);
        self
    }

    /// Adds an observer of the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.http = self.http.observer(observer);
        self
    }

    /// Sets the longest time that a call may take in total. There is no such timeout by
    /// default: only connecting (10 s) and a server's silence (30 s) are limited.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.http = self.http.timeout(total);
        self
    }

    /// Sets how long connecting may take, TLS included. 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.connect_timeout(timeout);
        self
    }

    /// Sets how long the server may be silent while a response is read. 30 s by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.http = self.http.idle_timeout(timeout);
        self
    }

    /// Sets the `User-Agent` of all requests. None by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.http = self.http.user_agent(user_agent);
        self
    }

    /// Changes the settings of the underlying HTTP client, for what has no setting here;
    /// see [`ApiClientBuilder::configure_http`](crate::ApiClientBuilder::configure_http).
    pub fn configure_http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http = self.http.configure_http(configure);
        self
    }

    /// Sets whether compressed responses (gzip, br, zstd, deflate) are requested and
    /// decoded. Off by default.
    #[cfg(feature = "compression")]
    pub fn compression(mut self, requested: bool) -> Self {
        self.http = self.http.compression(requested);
        self
    }

    /// Sets the largest response that is buffered, in bytes: 256 MiB by default. A larger
    /// one is an error. Streams are not limited.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.http = self.http.max_response_bytes(bytes);
        self
    }

    /// Sets the options of all calls. An option that is not set keeps its value, and a
    /// call can have [options of its own](crate::ApiClient::with_options).
    pub fn options(mut self, options: CallOptions) -> Self {
        self.http = self.http.options(options);
        self
    }

    /// Sets how often failed requests are retried, and how long a retry waits. By default
    /// there are five attempts where a retry is safe: always after a 429, and after outages
    /// and broken connections if the request is idempotent.
    /// [`RetryPolicy::none`](crate::RetryPolicy::none) disables retries,
    /// [`CallOptions::without_retry`](crate::CallOptions::without_retry) for single calls.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.http = self.http.retry(policy);
        self
    }

    /// Sets the limits of the service, which all clones of the client respect together. By
    /// default a client keeps to those that the API documents ([`Api::limits`]), unless it calls
    /// this machine.
    ///
    /// All users of one application share its budget: clone one client instead of building a
    /// second one.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.http = self.http.limits(limits);
        self
    }

    /// Adds an observer of waits for the rate limits and before retries. A [`pacer`](Self::pacer) has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.http = self.http.pace_observer(observer);
        self
    }

    /// Sets rate limits that are shared with other clients, or with other machines (feature
    /// `redis`).
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.http = self.http.pacer(pacer);
        self
    }

    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.http = self.http.clock(clock);
        self
    }

    /// Adds a middleware in front of the client's own request path: it sees each call once,
    /// before retries and without credentials. See [`middleware`](crate::middleware).
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.http = self.http.middleware(middleware);
        self
    }

    /// Sets what sends single attempts in place of the HTTP client: it sees each attempt with its
    /// credentials, and can log it or respond itself. See [`transport`](crate::transport).
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.http = self.http.transport(transport);
        self
    }

    /// Changes the profile of the API after all settings are applied to it, for what has no
    /// setting.
    ///
    /// ```
    /// use perspio_http::auth::OnForbidden;
    /// use perspio_http::{Api, ClientBuilder};
    ///
    /// fn refreshing<C: Api>(builder: ClientBuilder<C>) -> ClientBuilder<C> {
    ///     builder.map_profile(|profile| profile.with_on_forbidden(OnForbidden::Once))
    /// }
    /// ```
    pub fn map_profile(
        mut self,
        change: impl Fn(Profile) -> Profile + Send + Sync + 'static,
    ) -> Self {
        self.profile_changes.push(Arc::new(change));
        self
    }
}
