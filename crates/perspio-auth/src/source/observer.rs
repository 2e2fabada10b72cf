//! Observers of token requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::oauth::Error;
use crate::token::AccessToken;
use crate::token::store::{StoreError, TokenKey};

/// An observer of the token requests of a source. It is called from the task of the
/// request and must not block.
pub trait TokenObserver: Send + Sync {
    /// Called when a token was obtained or read from the store, after `time`.
    fn on_renewed(&self, key: &TokenKey, token: &AccessToken, time: Duration) {
        let _ = (key, token, time);
    }

    /// Called when no token was obtained. Callers continue to get the old one while it
    /// is valid.
    fn on_failed(&self, key: &TokenKey, error: &Error) {
        let _ = (key, error);
    }

    /// Called when the store failed. While it is unavailable, tokens are kept in memory
    /// only: other processes obtain their own, and a rotated refresh token is lost if
    /// this process ends.
    fn on_store_failed(&self, key: &TokenKey, error: &StoreError) {
        let _ = (key, error);
    }

    /// Called when the identity server granted fewer scopes than requested.
    fn on_narrowed(&self, key: &TokenKey, missing: &[String]) {
        let _ = (key, missing);
    }
}

/// The observers of one source.
pub(crate) struct Observers(pub(crate) Vec<Arc<dyn TokenObserver>>);

impl Observers {
    pub(crate) fn notify(&self, event: impl Fn(&dyn TokenObserver)) {
        self.0.iter().for_each(|observer| event(&**observer));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}

/// An observer that records metrics with the `metrics` facade: the counters
/// `perspio_auth_token_requests_total`, with the label `outcome` (`ok` or `failed`),
/// and `perspio_auth_store_failures_total`, and the histogram
/// `perspio_auth_token_request_seconds`.
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

    fn on_store_failed(&self, _: &TokenKey, _: &StoreError) {
        metrics::counter!("perspio_auth_store_failures_total").increment(1);
    }
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use metrics_util::debugging::DebuggingRecorder;

    use super::*;
    use crate::oauth::FixedToken;
    use crate::{TokenSource, testing};

    // Called directly: the recorder of a test is that of its thread, and token requests run
    // on another one.
    #[tokio::test]
    async fn an_obtained_and_a_failed_token_are_counted() {
        let source = TokenSource::new(&testing::profile(), FixedToken::new("t")).unwrap();
        let token = source.token().await.unwrap();
        source.reject(&token);
        let error = source.token().await.unwrap_err();
        let recorder = DebuggingRecorder::new();
        let counted_so_far = recorder.snapshotter();
        metrics::with_local_recorder(&recorder, || {
            MetricsObserver.on_renewed(source.key(), &token, Duration::from_secs(1));
            MetricsObserver.on_failed(source.key(), &error);
        });
        let names: Vec<_> = counted_so_far
            .snapshot()
            .into_vec()
            .into_iter()
            .map(|(key, ..)| key.key().to_string())
            .collect();
        let counted = |outcome: &str| {
            names
                .iter()
                .any(|name| name.contains("_total") && name.contains(outcome))
        };
        assert!(counted("ok") && counted("failed"), "{names:?}");
        assert!(
            names
                .iter()
                .any(|name| name.contains("perspio_auth_token_request_seconds"))
        );
    }
}
