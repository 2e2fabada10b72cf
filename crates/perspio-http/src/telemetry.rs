//! The traces and metrics of a call: its operation, how it ended, how often it was
//! attempted, how long it was queued. Never an address, a header or a body.

use std::time::Duration;

use http::Method;
use perspio_auth::SentCredentials;
use perspio_auth::clock::Clock;
use reqwest::Response;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Span};

use crate::error::Error;
use crate::error_response::request_id;
use crate::operation::Operation;
use crate::response::CallResponse;

/// The name of a request that belongs to no operation.
const RAW: &str = "request";

/// The span of one call, and the time when it began.
pub(crate) struct CallSpan<'a> {
    api: &'a str,
    operation: &'static str,
    /// Attempts are events of it.
    pub(crate) span: Span,
    clock: &'a dyn Clock,
    began: Duration,
}

impl<'a> CallSpan<'a> {
    /// Opens the span of a call. `None` if no subscriber is interested, which is the
    /// common case.
    #[inline]
    pub(crate) fn open(
        api: &'a str,
        operation: Option<&Operation>,
        method: &Method,
        clock: &'a dyn Clock,
    ) -> Option<Box<Self>> {
        // Most programs log warnings at most; this is the cheapest check.
        let may_be_enabled = metrics::ARE_COUNTED || LevelFilter::current() >= LevelFilter::INFO;
        may_be_enabled
            .then(|| Self::of_enabled(api, operation, method, clock))
            .flatten()
    }

    #[cold]
    fn of_enabled(
        api: &'a str,
        operation: Option<&Operation>,
        method: &Method,
        clock: &'a dyn Clock,
    ) -> Option<Box<Self>> {
        let operation = name(operation);
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
        let is_enabled = attempts_are_enabled() || !span.is_disabled();
        is_enabled.then(|| {
            Box::new(Self {
                api,
                operation,
                span,
                clock,
                began: clock.monotonic(),
            })
        })
    }

    /// Records how the call ended after `attempts`, of which it was queued for `queued`.
    pub(crate) fn end(
        &self,
        outcome: Result<&CallResponse, &Error>,
        attempts: u32,
        queued: Duration,
    ) {
        let took = self.clock.monotonic().saturating_sub(self.began);
        if !self.span.is_disabled() {
            self.record(outcome, attempts, queued, took);
        }
        let outcome = || match outcome {
            Ok(response) => response.status().as_str().to_owned(),
            Err(error) => match error.status() {
                Some(status) => status.as_str().to_owned(),
                None => class(error).to_owned(),
            },
        };
        metrics::call(self.api, self.operation, outcome, queued, took);
    }

    fn record(
        &self,
        outcome: Result<&CallResponse, &Error>,
        attempts: u32,
        queued: Duration,
        took: Duration,
    ) {
        let (status, id) = match outcome {
            Ok(response) => {
                let headers = response.response.headers();
                let id = request_id(headers, response.context.sent.as_ref());
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
        self.span.record("attempts", attempts);
        self.span.record("waited_ms", milliseconds(queued));
        self.span.record("took_ms", milliseconds(took));
        if let Err(error) = outcome {
            self.span.record("error", class(error));
        }
        self.span.in_scope(|| tracing::debug!("the call has ended"));
    }
}

/// Returns the name of an operation in traces and metrics.
pub(crate) fn name(operation: Option<&Operation>) -> &'static str {
    operation.map_or(RAW, |operation| operation.id)
}

/// Returns whether single attempts are traced or counted.
#[inline]
pub(crate) fn attempts_are_enabled() -> bool {
    metrics::ARE_COUNTED || tracing::enabled!(Level::DEBUG)
}

/// Records an attempt that ended after `took`.
pub(crate) fn attempt(
    operation: Option<&Operation>,
    attempt: u32,
    sent: &SentCredentials,
    outcome: &reqwest::Result<Response>,
    took: Duration,
) {
    let operation = name(operation);
    let took_ms = milliseconds(took);
    match outcome {
        Ok(response) => {
            let status = response.status();
            tracing::debug!(
                operation,
                attempt,
                status = status.as_u16(),
                request_id = request_id(response.headers(), Some(sent)),
                took_ms,
                "the API has responded"
            );
            metrics::attempt(operation, || status.as_str().to_owned());
        }
        Err(cause) => {
            let error = if cause.is_timeout() {
                "timeout"
            } else {
                "transport"
            };
            tracing::debug!(
                operation,
                attempt,
                error,
                took_ms,
                "the API has not responded"
            );
            metrics::attempt(operation, || error.to_owned());
        }
    }
}

/// Returns the class of an error in one word: its text may be long, and differs each
/// time.
fn class(error: &Error) -> &'static str {
    match error {
        Error::Settings(_) => "settings",
        Error::Auth(_) | Error::AuthAfterSend { .. } => "auth",
        Error::Api { .. } => "api",
        Error::RateLimited { .. } => "rate_limited",
        Error::Decode { .. } => "decode",
        Error::ResponseTooLarge { .. } => "response_too_large",
        Error::NotResumed { .. } => "not_resumed",
        Error::TimedOut { .. } => "timeout",
        Error::Transport { .. } if error.is_timeout() => "timeout",
        Error::Transport { .. } => "transport",
        Error::InvalidRequest { .. } => "invalid_request",
    }
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
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
