//! The client of one API, which generated clients wrap.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::Method;
use perspio_auth::clock::Clock;
use perspio_auth::{Authorizer, Profile, TokenSource};
use reqwest::Url;
use reqwest_middleware::ClientWithMiddleware;

use crate::error::Error;
use crate::limits::{Budget, Pacer};
use crate::options::CallOptions;
use crate::retry::RetryPolicy;

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

    /// Returns the URL of a `path` of the API, which begins with a slash, is encoded, and
    /// may have a query.
    pub(crate) fn url(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut url = self.profile().base_url().address(path);
        url.set_query(query);
        url
    }

    /// Returns the error of a request that cannot be sent for `reason`.
    #[cold]
    pub(crate) fn invalid(
        &self,
        method: impl fmt::Display,
        path: &str,
        reason: impl fmt::Display,
    ) -> Error {
        let url = self.profile().base_url().url();
        let host = url.host_str().unwrap_or_default();
        Error::invalid_request(format!("{method} {path} ({host}): {reason}"))
    }

    /// Begins a request. The HTTP client signs nothing.
    pub(crate) fn build(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.shared.http.request(method, url)
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("api", &self.profile().name())
            .field("base_url", self.profile().base_url())
            .finish_non_exhaustive()
    }
}
