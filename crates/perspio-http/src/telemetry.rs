//! What traces and metrics tell of a call: which operation, how it ended, how
//! often it was tried, how long it waited. Never an address, a header or a body.

use std::time::Duration;

use http::Method;
use perspio_auth::clock::Clock;
use perspio_auth::{Call, SentCredentials};
use reqwest::Response;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span};

use crate::error::Error;
use crate::normalise::request_id;

/// How a request is called that belongs to no operation.
const RAW: &str = "request";

/// How long a call has waited for its turns. Stands in the request's extensions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waited(pub(crate) Duration);

/// One call, as it is told of.
pub(crate) struct Told<'a> {
    api: &'a str,
    operation: &'static str,
    /// A call's own span; stages and attempts stand inside.
    pub(crate) span: Span,
    clock: &'a dyn Clock,
    began: Duration,
}

/// How a call has ended.
pub(crate) struct Ended<'a> {
    pub(crate) outcome: Result<&'a Response, &'a Error>,
    pub(crate) sent: Option<&'a SentCredentials>,
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
}

impl<'a> Told<'a> {
    /// None if nobody wants to be told of this call.
    pub(crate) fn new(
        api: &'a str,
        call: Option<&Call>,
        method: &Method,
        clock: &'a dyn Clock,
    ) -> Option<Box<Self>> {
        let operation = operation(call);
        let span = tracing::info_span!(
            "call",
            api,
            operation,
            %method,
            status = Empty,
            request_id = Empty,
            attempts = Empty,
            waited_ms = Empty,
            took_ms = Empty,
            error = Empty,
        );
        let is_told = attempts_are_told() || !span.is_disabled();
        is_told.then(|| {
            Box::new(Self {
                api,
                operation,
                span,
                clock,
                began: clock.monotonic(),
            })
        })
    }

    fn took(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.began)
    }

    /// The only attempt of the call has ended.
    pub(crate) fn only_attempt(
        &self,
        outcome: &reqwest_middleware::Result<Response>,
        sent: &SentCredentials,
    ) {
        let tell = || attempt(self.operation, 1, Some(sent), outcome, self.took());
        self.span.in_scope(tell);
    }

    /// The call has ended with its only attempt.
    pub(crate) fn end_at_once(&self, response: &Response, sent: &SentCredentials) {
        self.end(&Ended {
            outcome: Ok(response),
            sent: Some(sent),
            attempts: 1,
            waited: Duration::ZERO,
        });
    }

    /// The call has ended.
    pub(crate) fn end(&self, ended: &Ended<'_>) {
        let took = self.took();
        if !self.span.is_disabled() {
            self.record(ended, took);
        }
        let outcome = || match ended.outcome {
            Ok(response) => response.status().as_str().to_owned(),
            Err(error) => match error.status() {
                Some(status) => status.as_str().to_owned(),
                None => kind(error).to_owned(),
            },
        };
        metrics::call(self.api, self.operation, outcome, ended.waited, took);
    }

    fn record(&self, ended: &Ended<'_>, took: Duration) {
        let (status, id) = match ended.outcome {
            Ok(response) => {
                let id = request_id(response.headers(), ended.sent);
                (Some(response.status()), id)
            }
            Err(error) => (error.status(), error.request_id().map(str::to_owned)),
        };
        if let Some(status) = status {
            self.span.record("status", status.as_u16());
        }
        if let Some(id) = id {
            self.span.record("request_id", id);
        }
        self.span.record("attempts", ended.attempts);
        self.span.record("waited_ms", milliseconds(ended.waited));
        self.span.record("took_ms", milliseconds(took));
        if let Err(error) = ended.outcome {
            self.span.record("error", kind(error));
        }
        self.span.in_scope(|| tracing::debug!("the call has ended"));
    }
}

/// Whether somebody may want to be told of calls. Most programs are told of
/// warnings at most, and this is the quickest look.
#[inline]
pub(crate) fn calls_are_told() -> bool {
    metrics::ARE_COUNTED || LevelFilter::current() >= LevelFilter::INFO
}

/// What a call is known by.
pub(crate) fn operation(call: Option<&Call>) -> &'static str {
    call.map_or(RAW, |call| call.operation)
}

/// Whether somebody is told of the requests that a call consists of.
pub(crate) fn attempts_are_told() -> bool {
    metrics::ARE_COUNTED || tracing::enabled!(Level::DEBUG)
}

/// One request on its way has ended, after `took`.
pub(crate) fn attempt(
    operation: &'static str,
    attempt: u32,
    sent: Option<&SentCredentials>,
    outcome: &reqwest_middleware::Result<Response>,
    took: Duration,
) {
    let took_ms = milliseconds(took);
    match outcome {
        Ok(response) => {
            let status = response.status();
            tracing::debug!(
                operation,
                attempt,
                status = status.as_u16(),
                request_id = request_id(response.headers(), sent),
                took_ms,
                "the API has answered"
            );
            metrics::attempt(operation, || status.as_str().to_owned());
        }
        Err(error) => {
            let error = match error {
                reqwest_middleware::Error::Reqwest(cause) if cause.is_timeout() => "timeout",
                _ => "transport",
            };
            tracing::debug!(
                operation,
                attempt,
                error,
                took_ms,
                "the API has not answered"
            );
            metrics::attempt(operation, || error.to_owned());
        }
    }
}

/// What kind of error it is, in a word: texts may be long, and differ each time.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Settings(_) => "settings",
        Error::Auth(_) => "auth",
        Error::Api { .. } => "api",
        Error::RateLimited { .. } => "rate_limited",
        Error::Decode { .. } => "decode",
        Error::TimedOut { .. } => "timeout",
        Error::Transport { .. } if error.is_timeout() => "timeout",
        Error::Transport { .. } => "transport",
        Error::InvalidRequest { .. } => "invalid_request",
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Counts through the `metrics` facade; see the crate's page.
#[cfg(feature = "metrics")]
mod metrics {
    use std::time::Duration;

    use ::metrics::{counter, histogram};

    pub(super) const ARE_COUNTED: bool = true;

    pub(super) fn call(
        api: &str,
        operation: &'static str,
        outcome: impl FnOnce() -> String,
        waited: Duration,
        took: Duration,
    ) {
        let api = api.to_owned();
        counter!("perspio_http_calls_total", "api" => api.clone(), "operation" => operation, "outcome" => outcome())
            .increment(1);
        histogram!("perspio_http_call_seconds", "api" => api.clone(), "operation" => operation)
            .record(took.as_secs_f64());
        histogram!("perspio_http_wait_seconds", "api" => api, "operation" => operation)
            .record(waited.as_secs_f64());
    }

    pub(super) fn attempt(operation: &'static str, outcome: impl FnOnce() -> String) {
        counter!("perspio_http_attempts_total", "operation" => operation, "outcome" => outcome())
            .increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod metrics {
    use std::time::Duration;

    pub(super) const ARE_COUNTED: bool = false;

    pub(super) fn call(
        _: &str,
        _: &'static str,
        _: impl FnOnce() -> String,
        _: Duration,
        _: Duration,
    ) {
    }
    pub(super) fn attempt(_: &'static str, _: impl FnOnce() -> String) {}
}
