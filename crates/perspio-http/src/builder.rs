//! The settings of a client.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::endpoint::Endpoint;
use perspio_auth::transport::{HttpOptions, http_client};
use perspio_auth::{Authorizer, Credential, Error as AuthError, Profile};
use perspio_auth::{TokenObserver, TokenSource, TokenStore};
use reqwest_middleware::{ClientBuilder, Middleware};

use crate::call::Terminal;
use crate::client::{ApiClient, Shared};
use crate::error::Error;
use crate::limits::{Limits, PaceObserver, Pacer, PacerBuilder};
use crate::options::CallOptions;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

/// The largest body that is buffered by default, in bytes.
const MAX_RESPONSE_BYTES: u64 = 256 * 1024 * 1024;

/// The settings of an [`ApiClient`].
#[derive(Clone)]
pub struct ApiClientBuilder {
    profile: Profile,
    access: Option<Access>,
    http: HttpOptions,
    max_response_bytes: u64,
    options: CallOptions,
    /// None if neither limits nor a pacer were set.
    pacing: Option<Pacing>,
    pace_observers: Vec<Arc<dyn PaceObserver>>,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    user: Option<String>,
    observers: Vec<Arc<dyn TokenObserver>>,
    middleware: Vec<Arc<dyn Middleware>>,
    transport: Option<Arc<dyn Transport>>,
}

/// Where the tokens come from, if the API needs any.
#[derive(Clone)]
enum Access {
    Credential(Credential),
    Source(TokenSource),
    NoToken,
}

/// The rate limits: those of this client alone, or shared.
#[derive(Clone)]
enum Pacing {
    Limits(Limits),
    Pacer(Pacer),
}

impl ApiClient {
    /// Returns a builder of a client for the API that `profile` describes.
    pub fn builder(profile: Profile) -> ApiClientBuilder {
        ApiClientBuilder {
            profile,
            access: None,
            http: HttpOptions::default(),
            max_response_bytes: MAX_RESPONSE_BYTES,
            options: CallOptions::default(),
            pacing: None,
            pace_observers: Vec::new(),
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            store: None,
            user: None,
            observers: Vec::new(),
            middleware: Vec::new(),
            transport: None,
        }
    }
}

impl ApiClientBuilder {
    /// Sets the API.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the address of another server of the API, which is a part of the
    /// [profile](Self::profile); see [`Profile::with_server`].
    pub fn server(mut self, name: impl Into<Cow<'static, str>>, url: Endpoint) -> Self {
        self.profile = self.profile.with_server(name, url);
        self
    }

    /// Sets the credential that tokens are obtained with. The client keeps a token source
    /// of its own, with the [`store`](Self::store) and the observers of this builder.
    pub fn credential(mut self, credential: impl Into<Credential>) -> Self {
        self.access = Some(Access::Credential(credential.into()));
        self
    }

    /// Sets an existing source of tokens, which keeps its own store, clock and observers.
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.access = Some(Access::Source(source));
        self
    }

    /// Sends no token, for an API that needs none: it is public, or its keys are a part of the
    /// [`Profile`].
    pub fn without_token(mut self) -> Self {
        self.access = Some(Access::NoToken);
        self
    }

    /// Returns whether a credential or a token source is set, or that no token is needed.
    pub(crate) fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// Returns whether the client requests tokens of the identity server of its profile. A token
    /// source has its own.
    pub(crate) fn requests_tokens(&self) -> bool {
        let Some(Access::Credential(credential)) = &self.access else {
            return false;
        };
        !matches!(
            credential,
            Credential::FixedToken(_) | Credential::BasicAuth(_)
        )
    }

    /// Sets how long connecting may take, TLS included. 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.connect = timeout;
        self
    }

    /// Sets how long the server may be silent while a response is read. 30 s by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.idle = timeout;
        self
    }

    /// Sets the longest time of a single attempt, its response included. None by default,
    /// because it would cut a long download that is making progress.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.http.timeouts.total = Some(timeout);
        self
    }

    /// Sets the `User-Agent` of all requests. None by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.http.user_agent = Some(user_agent.into());
        self
    }

    /// Changes the settings of the underlying HTTP client, for what has no setting here.
    /// Redirects, retries, timeouts, proxies and the lowest TLS version are set after
    /// `configure` has run.
    pub fn configure_http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http.configure = Some(Arc::new(configure));
        self
    }

    /// Sets whether compressed responses (gzip, br, zstd, deflate) are requested and
    /// decoded. Off by default.
    #[cfg(feature = "compression")]
    pub fn compression(mut self, requested: bool) -> Self {
        self.http.compression = requested;
        self
    }

    /// Sets the largest body that is buffered, in bytes: 256 MiB by default. A larger one
    /// is an [`Error::ResponseTooLarge`]. Streamed bodies are not limited.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets the longest time that a call may take in total; see [`CallOptions::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        self.options(CallOptions::new().timeout(timeout))
    }

    /// Sets the options of all calls. An option that is not set keeps its value.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options.over(&self.options);
        self
    }

    /// Sets the limits of the service, which all clones of the client respect together.
    /// None by default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.pacing = Some(Pacing::Limits(limits));
        self
    }

    /// Sets the limits, unless limits or a pacer are set.
    pub(crate) fn or_limits(mut self, limits: impl FnOnce() -> Limits) -> Self {
        self.pacing.get_or_insert_with(|| Pacing::Limits(limits()));
        self
    }

    /// Adds an observer of waits for the rate limits and before retries. A [`pacer`](Self::pacer) has its own.
    pub fn pace_observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.pace_observers.push(observer);
        self
    }

    /// Sets rate limits that are shared with other clients, or with other machines.
    pub fn pacer(mut self, pacer: Pacer) -> Self {
        self.pacing = Some(Pacing::Pacer(pacer));
        self
    }

    /// Sets how often failed requests are retried, and how long a retry waits.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the store of tokens. The memory of this process by default.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the user id under which tokens are stored, to separate several users of one
    /// application and store; see
    /// [`TokenSourceBuilder::user`](perspio_auth::TokenSourceBuilder::user).
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Adds an observer of the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Adds a middleware in front of the client's own request path: it sees each call
    /// once, before retries and without credentials. Several run in the order in which
    /// they are added.
    pub fn middleware(self, middleware: impl Middleware) -> Self {
        self.shared_middleware(Arc::new(middleware))
    }

    /// Adds a middleware that is shared.
    pub fn shared_middleware(mut self, middleware: Arc<dyn Middleware>) -> Self {
        self.middleware.push(middleware);
        self
    }

    /// Sets what sends single attempts in place of the HTTP client. See [`Transport`].
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Builds the client. Nothing is sent: the first call obtains the token.
    ///
    /// # Errors
    /// [`Error::Auth`] if there is neither a credential nor a token source and a token is
    /// needed, if a header of the profile has no value, if some servers of the profile are http
    /// and others https, or if the HTTP client cannot be set up.
    pub fn build(self) -> Result<ApiClient, Error> {
        let source = self.source()?;
        let Self { profile, http, .. } = &self;
        check_schemes(profile)?;
        let attempt_timeout = http.timeouts.total;
        let http = http_client(profile.base_url(), profile.network(), http)?;
        let auth = match source {
            Some(source) => Authorizer::new(profile, source)?,
            None => Authorizer::without_token(profile)?,
        };
        let anonymous = Authorizer::anonymous(profile);
        let pacing = self.pacing.unwrap_or(Pacing::Limits(Limits::none()));
        let pacer = match pacing {
            Pacing::Limits(limits) => {
                let builder = Pacer::builder(limits).clock(self.clock.clone());
                let observers = self.pace_observers.into_iter();
                observers.fold(builder, PacerBuilder::observer).build()
            }
            Pacing::Pacer(pacer) => pacer,
        };
        let middleware = (!self.middleware.is_empty()).then(|| {
            let chain = ClientBuilder::new(http.clone());
            let chain = self
                .middleware
                .into_iter()
                .fold(chain, ClientBuilder::with_arc);
            chain.with(Terminal).build()
        });
        Ok(ApiClient {
            shared: Arc::new(Shared {
                http,
                middleware,
                transport: self.transport,
                pacer,
                retry: self.retry,
                clock: self.clock,
                anonymous,
                attempt_timeout,
                max_response_bytes: self.max_response_bytes,
                runtime_is_known: AtomicBool::new(false),
            }),
            auth,
            options: Arc::new(self.options),
        })
    }

    fn source(&self) -> Result<Option<TokenSource>, Error> {
        let credential = match &self.access {
            Some(Access::Credential(credential)) => credential.clone(),
            Some(Access::Source(source)) => return Ok(Some(source.clone())),
            Some(Access::NoToken) => return Ok(None),
            None => {
                return Err(AuthError::configuration(
                    "the client has neither a credential nor a token source: set one with \
                     `credential` or `token_source`, or `without_token` if the API needs none",
                )
                .into());
            }
        };
        let mut source = TokenSource::builder(&self.profile, credential)
            .clock(self.clock.clone())
            .retry(self.retry);
        if let Some(store) = &self.store {
            source = source.store(store.clone());
        }
        if let Some(user) = &self.user {
            source = source.user(user);
        }
        for observer in &self.observers {
            source = source.observer(observer.clone());
        }
        Ok(Some(source.build()?))
    }
}

/// Checks that all servers have one scheme. An HTTP client for this machine uses neither a proxy
/// nor certificates, and one for other machines rejects http.
fn check_schemes(profile: &Profile) -> Result<(), Error> {
    let is_encrypted = |address: &Endpoint| address.url().scheme() == "https";
    let is_https = is_encrypted(profile.base_url());
    match profile.addresses().find(|it| is_encrypted(it) != is_https) {
        None => Ok(()),
        Some(other) => Err(AuthError::configuration(format!(
            "the base URL {} and the server {other} must both be https, or both http on this \
             machine",
            profile.base_url()
        ))
        .into()),
    }
}

impl fmt::Debug for ApiClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClientBuilder")
            .field("profile", &self.profile)
            .field("timeouts", &self.http.timeouts)
            .finish_non_exhaustive()
    }
}
