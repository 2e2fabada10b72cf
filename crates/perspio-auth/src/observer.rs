//! Being told what happens to tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::store::{StoreError, TokenKey};
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

    /// The store did not do what it was asked. While it is away, tokens are kept
    /// in this process only: other processes obtain their own, and a sign-in that
    /// was renewed is lost with this process.
    fn on_store_failed(&self, key: &TokenKey, error: &StoreError) {
        let _ = (key, error);
    }

    /// The identity server granted less than was asked for.
    fn on_narrowed(&self, key: &TokenKey, missing: &[String]) {
        let _ = (key, missing);
    }
}

/// All who are told of one source.
pub(crate) struct Observers(pub(crate) Vec<Arc<dyn TokenObserver>>);

impl Observers {
    pub(crate) fn tell(&self, event: impl Fn(&dyn TokenObserver)) {
        self.0.iter().for_each(|observer| event(&**observer));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}

/// Counts through the `metrics` facade:
/// `perspio_auth_token_requests_total` by `outcome` (`ok`, `failed`) and the
/// histogram `perspio_auth_token_request_seconds`; `perspio_auth_store_failures_total`.
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
    use crate::credential::FixedToken;
    use crate::{Profile, TokenSource};

    #[tokio::test]
    async fn an_obtained_and_a_failed_token_are_counted() {
        let recorder = DebuggingRecorder::new();
        let counted_so_far = recorder.snapshotter();
        let guard = metrics::set_default_local_recorder(&recorder);
        let builder = TokenSource::builder(&Profile::perspiotalk(), FixedToken::new("t"));
        let source = builder
            .observer(std::sync::Arc::new(MetricsObserver))
            .build()
            .unwrap();
        let token = source.token().await.unwrap();
        source.reject(&token);
        source.token().await.unwrap_err();
        drop(guard);
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
