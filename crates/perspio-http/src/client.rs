//! The client of one API, which generated clients wrap.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::Method;
use perspio_auth::clock::Clock;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Authorizer, Profile, TokenSource};
use reqwest::Url;
use reqwest_middleware::ClientWithMiddleware;

use crate::error::Error;
use crate::limits::{Budget, Pacer};
use crate::operation::Operation;
use crate::options::CallOptions;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

/// The client of one API. Generated clients wrap it; [`ApiClient::request`] calls
/// endpoints that no document describes.
///
/// Cheap to clone: clones share tokens, connections and rate limits. `Debug` shows no
/// secret.
#[derive(Clone)]
pub struct ApiClient {
    pub(crate) shared: Arc<Shared>,
    pub(crate) auth: Authorizer,
    pub(crate) options: Arc<CallOptions>,
}

/// What all clones have in common.
pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    /// The user's middleware, with the loop as its last element.
    pub(crate) middleware: Option<ClientWithMiddleware>,
    /// Sends single attempts in place of `http`.
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) pacer: Pacer,
    pub(crate) retry: RetryPolicy,
    pub(crate) clock: Arc<dyn Clock>,
    /// Authorizes the operations that are called without credentials.
    pub(crate) anonymous: Authorizer,
    /// The timeout of a single attempt, which a timeout of the request would replace.
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) max_response_bytes: u64,
    /// Whether a call has found that the runtime has I/O and timers.
    pub(crate) runtime_is_known: AtomicBool,
}

impl ApiClient {
    /// Returns the base URL of the API without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.profile().base_url().base()
    }

    /// Returns what is left of the rate limits.
    pub fn budget(&self) -> Budget {
        self.shared.pacer.budget()
    }

    /// Returns the same client with other options. An option that is not set keeps this
    /// client's value.
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            options: Arc::new(options.over(&self.options)),
            ..self.clone()
        }
    }

    /// Returns the same client with the tokens of `source`. Connections and rate limits
    /// are shared, so a web service can make one for each signed-in user and request: it
    /// costs less than a microsecond.
    pub fn with_token_source(&self, source: TokenSource) -> Self {
        Self {
            auth: self.auth.with_source(source),
            ..self.clone()
        }
    }

    /// Returns the source of its tokens, if it has one.
    pub fn token_source(&self) -> Option<&TokenSource> {
        self.auth.source()
    }

    /// Waits for background work: a token refresh in flight, and saving a sign-in that the
    /// store has not accepted yet. Call it before the program ends, so that no sign-in is
    /// lost; see [`TokenSource::settle`].
    ///
    /// # Errors
    /// The sign-in could not be saved.
    pub async fn settle(&self) -> Result<(), Error> {
        if let Some(source) = self.auth.source() {
            source.settle().await?;
        }
        Ok(())
    }

    /// Returns the options of its calls.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    pub(crate) fn profile(&self) -> &Profile {
        self.auth.profile()
    }

    /// Returns the address of the server of an operation.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is not set.
    #[inline]
    pub(crate) fn server(&self, operation: &Operation) -> Result<&Endpoint, Error> {
        let profile = self.profile();
        match operation.server {
            None => Ok(profile.base_url()),
            Some(name) => profile
                .server(name)
                .ok_or_else(|| Self::no_server(operation, name)),
        }
    }

    #[cold]
    fn no_server(operation: &Operation, name: &str) -> Error {
        let Operation { method, path, .. } = operation;
        Error::invalid_request(format!(
            "{method} {path}: it is an operation of the server `{name}`, whose URL is not set: \
             set it with `.server({name:?}, …)` of the builder, or with its variable"
        ))
    }

    /// Returns the error of a request of `operation` that cannot be sent for `reason`.
    #[cold]
    pub(crate) fn invalid_operation(
        &self,
        operation: &Operation,
        reason: impl fmt::Display,
    ) -> Error {
        match self.server(operation) {
            Ok(server) => invalid_at(server, operation.method, operation.path, reason),
            Err(error) => error,
        }
    }

    /// Returns the error of a request that cannot be sent for `reason`.
    #[cold]
    pub(crate) fn invalid(
        &self,
        method: impl fmt::Display,
        path: &str,
        reason: impl fmt::Display,
    ) -> Error {
        invalid_at(self.profile().base_url(), method, path, reason)
    }

    /// Begins a request. The HTTP client signs nothing.
    pub(crate) fn build(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.shared.http.request(method, url)
    }
}

/// Returns the URL of a `path` of a server, which begins with a slash, is encoded, and may have
/// a query.
pub(crate) fn url(server: &Endpoint, path: &str) -> Url {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut url = server.address(path);
    url.set_query(query);
    url
}

fn invalid_at(
    server: &Endpoint,
    method: impl fmt::Display,
    path: &str,
    reason: impl fmt::Display,
) -> Error {
    let host = server.host();
    Error::invalid_request(format!("{method} {path} ({host}): {reason}"))
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("api", &self.profile().name())
            .field("base_url", self.profile().base_url())
            .finish_non_exhaustive()
    }
}
