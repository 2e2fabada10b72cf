//! A request without credentials, to see whether a server can be reached.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use perspio::transport::{self, Transport, async_trait};
use perspio::{Error, Method, RetryPolicy};
use perspio_auth::Profile;
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::endpoint::Endpoint;
use perspio_http::ApiClient;
use serde_json::Value;

/// A server, and its response.
pub(super) struct Probe {
    pub(super) server: Endpoint,
    /// `host:port` of the proxy that the connection uses.
    pub(super) proxy: Option<String>,
    pub(super) outcome: Result<Seen, Error>,
}

/// What was seen of a response.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    /// The header `Date`, and the time of this machine when it was received.
    pub(super) date: Option<(Timestamp, SystemTime)>,
    /// The body of a success, if it is JSON.
    pub(super) body: Option<Value>,
}

impl Probe {
    /// Sends a GET request for `path` to `server`, with the network settings of `profile`.
    pub(super) async fn send(
        profile: &Profile,
        server: Endpoint,
        path: &str,
        timeout: Duration,
    ) -> Self {
        Self {
            proxy: profile.network().proxy_of(server.url()),
            outcome: get(profile, &server, path, timeout).await,
            server,
        }
    }
}

async fn get(
    profile: &Profile,
    server: &Endpoint,
    path: &str,
    timeout: Duration,
) -> Result<Seen, Error> {
    let recorder = Arc::new(Recorder::default());
    let own = Profile::custom("doctor", server.clone(), server);
    let client = ApiClient::builder(own.with_network(profile.network().clone()))
        .without_token()
        .retry(RetryPolicy::none())
        .timeout(timeout)
        .transport(recorder.clone())
        .build()?;
    let body = client.request(Method::GET, path).fetch::<Value>().await;
    let seen = recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
    match (seen.clone(), body) {
        (Some(seen), body) => Ok(Seen {
            body: body.ok(),
            ..seen
        }),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(Error::from(perspio_auth::Error::configuration(
            "the request was not sent",
        ))),
    }
}

/// Records the response to the last attempt.
#[derive(Default)]
struct Recorder(Mutex<Option<Seen>>);

#[async_trait]
impl Transport for Recorder {
    async fn send(
        &self,
        http: &transport::Client,
        request: transport::Request,
    ) -> reqwest::Result<transport::Response> {
        let response = http.execute(request).await?;
        let date = response.headers().get("date");
        let date = date.and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let seen = Seen {
            status: response.status().as_u16(),
            date: date.map(|date| (date, SystemClock.now().wall)),
            body: None,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(response)
    }
}
