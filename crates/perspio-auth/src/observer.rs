//! Being told what happens to tokens.

use std::time::Duration;

use crate::error::Error;
use crate::store::TokenKey;
use crate::token::AccessToken;

/// Is told what happens to the tokens of a source. Called from the task that
/// fetched: it must not block.
pub trait TokenObserver: Send + Sync {
    /// A token was obtained, or taken from the store; it took `time`.
    fn on_renewed(&self, key: &TokenKey, token: &AccessToken, time: Duration) {
        let _ = (key, token, time);
    }

    /// No token was obtained. While the old one is valid, callers still get it.
    fn on_failed(&self, key: &TokenKey, error: &Error) {
        let _ = (key, error);
    }

    /// The identity server granted less than was asked for.
    fn on_narrowed(&self, key: &TokenKey, missing: &[String]) {
        let _ = (key, missing);
    }
}

/// Counts through the `metrics` facade:
/// `perspio_auth_token_requests_total` by `outcome` (`ok`, `failed`) and the
/// histogram `perspio_auth_token_request_seconds`.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug, Default)]
pub struct MetricsObserver;

#[cfg(feature = "metrics")]
impl TokenObserver for MetricsObserver {
    fn on_renewed(&self, _: &TokenKey, _: &AccessToken, time: Duration) {
        metrics::counter!("perspio_auth_token_requests_total", "outcome" => "ok").increment(1);
        metrics::histogram!("perspio_auth_token_request_seconds").record(time.as_secs_f64());
    }

    fn on_failed(&self, _: &TokenKey, _: &Error) {
        metrics::counter!("perspio_auth_token_requests_total", "outcome" => "failed").increment(1);
    }
}
