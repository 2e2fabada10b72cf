//! The token requests of a source, with their retries.

use std::time::Duration;

use async_trait::async_trait;

use crate::oauth::{Credential, Error, Identity, TokenResponse};
use crate::retry::{Decision, Outcome, RetryPolicy, Situation, decide};
use crate::token::clock::Clock;

/// The token endpoint, as a source uses it.
#[async_trait]
pub(crate) trait TokenEndpoint: Send + Sync + std::fmt::Debug {
    /// Exchanges a credential for a token.
    async fn exchange(
        &self,
        credential: &Credential,
        policy: &RetryPolicy,
    ) -> Result<TokenResponse, Error>;
}

/// The longest wait of a fetch, and of all its waits. Its callers and other processes wait
/// for it; after a longer outage, the next fetch is delayed by the source's back-off.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(10);
pub(crate) const LONGEST_TOTAL: Duration = Duration::from_secs(20);

/// The token endpoint of an identity server.
#[derive(Debug)]
pub(crate) struct IdentityServer {
    pub(crate) identity: Identity,
    pub(crate) clock: std::sync::Arc<dyn Clock>,
}

impl IdentityServer {
    /// Sends a request until it succeeds or must not be sent again. `is_idempotent` states
    /// that it may be sent again although the server may have processed it.
    async fn with_retries<F>(
        &self,
        is_idempotent: bool,
        policy: &RetryPolicy,
        mut send: impl FnMut() -> F + Send,
    ) -> Result<TokenResponse, Error>
    where
        F: Future<Output = Result<TokenResponse, Error>> + Send,
    {
        let (mut attempts, mut waited) = (0, Duration::ZERO);
        loop {
            attempts += 1;
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let situation = Situation {
                outcome: outcome_of(&error),
                is_idempotent,
                is_streamed: false,
                attempts,
                waited,
                left: None,
            };
            let Decision::Retry(pause) = decide(&situation, policy, fastrand::f64()) else {
                return Err(error);
            };
            tracing::debug!(%error, ?pause, "the token request is sent again");
            self.clock.sleep(pause).await;
            waited += pause;
        }
    }
}

#[async_trait]
impl TokenEndpoint for IdentityServer {
    async fn exchange(
        &self,
        credential: &Credential,
        policy: &RetryPolicy,
    ) -> Result<TokenResponse, Error> {
        // The device flow polls, and handles outages by itself.
        let none = RetryPolicy::none();
        let policy = match credential {
            Credential::DeviceCode(_) => &none,
            _ => policy,
        };
        let is_idempotent = match credential {
            Credential::RefreshToken(_) => !self.identity.profile().single_use_refresh_tokens(),
            credential => credential.is_application(),
        };
        let send = || credential.request(&self.identity, &*self.clock);
        self.with_retries(is_idempotent, policy, send).await
    }
}

/// Classifies the failure of a token request for a retry.
fn outcome_of(error: &Error) -> Outcome {
    match error {
        Error::Transport(cause) if cause.connected => Outcome::Unclear { retry_after: None },
        Error::Transport(cause) if cause.is_transient() => Outcome::NotSent,
        Error::Transport(_) => Outcome::CannotBeSent,
        Error::UnexpectedResponse {
            status: 429 | 503,
            retry_after,
            ..
        } => Outcome::RateLimited {
            retry_after: *retry_after,
        },
        Error::UnexpectedResponse {
            status: 408 | 500 | 502 | 504,
            retry_after,
            ..
        } => Outcome::Unclear {
            retry_after: *retry_after,
        },
        error if error.is_transient() => Outcome::RateLimited {
            retry_after: error.retry_after(),
        },
        _ => Outcome::Final,
    }
}
