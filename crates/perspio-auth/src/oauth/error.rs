//! What can go wrong on the way to a token, and what to do about it.

mod refusal;
mod transport;

use std::sync::Arc;
use std::time::Duration;

pub use refusal::Refusal;
pub use transport::{TransportCause, TransportError};

use crate::token::store::StoreError;

/// Why there is no token. Cheap to clone: all callers of a shared fetch get it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The identity server refused the request or the application. The text
    /// names the code, the ids that support asks for, and what to do.
    #[error("{refusal}")]
    Refused {
        /// The server's own words.
        refusal: Arc<Refusal>,
    },

    /// The grant is used up, expired or revoked. A person must sign in again.
    #[error("a new sign-in is needed: {refusal}")]
    SignInRequired {
        /// The server's own words.
        refusal: Arc<Refusal>,
    },

    /// The grant is good but does not reach this far: consent or a privilege is
    /// missing. Have it granted, then sign in again.
    #[error("privileges are missing: {refusal}")]
    InsufficientPrivileges {
        /// The server's own words.
        refusal: Arc<Refusal>,
    },

    /// The token is of no use any more and there is nothing to renew it with.
    /// Sign in again, or give a new one.
    #[error("there is no token to use: {reason}")]
    NotRenewable {
        /// Why it cannot be renewed.
        reason: &'static str,
    },

    /// No token could be obtained, and the next token request is delayed: the identity
    /// server asks to wait, or fails again and again. Call again after the delay.
    #[error("{cause} (the next token request is sent in {} s)", retry_after.as_secs_f64().ceil())]
    BackingOff {
        /// The failure of the last token request.
        cause: Arc<Error>,
        /// What is left of the delay.
        retry_after: Duration,
    },

    /// A user's sign-in was not refreshed, because its new refresh token could not be saved
    /// and the old one can be used only once. Nothing is lost: call again when the token
    /// store is available.
    #[error(
        "the sign-in was not refreshed, because its new refresh token could not be saved: {cause}"
    )]
    RefreshPostponed {
        /// The failure of the store.
        cause: StoreError,
    },

    /// The token may only read; the request was not sent.
    #[error(
        "{operation} was not sent: it writes, and the token of an application may only read. {help}"
    )]
    ReadOnlyApplication {
        /// The operation, or method and path.
        operation: String,
        /// How to get a token that may write.
        help: String,
    },

    /// Nobody finished the sign-in in time. Sign in again.
    #[error(
        "nobody finished the sign-in within {} s: sign in again",
        after.as_secs()
    )]
    SignInTimedOut {
        /// How long it was waited for.
        after: Duration,
    },

    /// The sign-in was ended for safety: what came back is not from the identity
    /// server that was asked, or belongs to another sign-in. Sign in again.
    #[error("the sign-in was ended for safety: {reason}")]
    SignInRejected {
        /// What does not fit, and what to do; never a part of the answer.
        reason: String,
    },

    /// What came back from the browser does not answer this sign-in, which goes
    /// on waiting for its answer.
    #[error("this does not answer the sign-in: {reason}")]
    InvalidCallback {
        /// What is wrong with it, and what to do; never a part of it.
        reason: String,
    },

    /// The API wants a token that satisfies claims (a claims challenge). Sign
    /// in again with them.
    #[error("the API wants a sign-in that satisfies claims: {}", crate::token::secret::printable(.claims))]
    ClaimsRequired {
        /// The claims, JSON, for the `claims` parameter of the authorization request.
        claims: String,
    },

    /// The token store failed.
    #[error(transparent)]
    Store(StoreError),

    /// The identity server answered, but not as the protocol says: throttling,
    /// an outage, a gateway's page. That is no verdict on the credential.
    #[error(
        "the identity server {host} answered {status} without an OAuth answer{}{}",
        retry_sentence(*.retry_after),
        excerpt_sentence(.excerpt)
    )]
    UnexpectedAnswer {
        /// The identity server's host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The first 200 characters of the body; empty if it may hold a token.
        excerpt: String,
    },

    /// The identity server said yes, but sent no usable token.
    #[error("the identity server {host} sent an answer that cannot be used: {reason}")]
    InvalidToken {
        /// The identity server's host.
        host: String,
        /// What is wrong with the answer, and what to do; never a part of it.
        reason: String,
    },

    /// The identity server could not be reached, or the connection broke.
    #[error(transparent)]
    Transport(TransportError),

    /// The settings do not fit together.
    #[error("{reason}")]
    Configuration {
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A request that has a header which the client sets itself; it was not sent.
    #[error(
        "its header {name} would be replaced, because the client sets \
         it from its own settings. It was not sent: remove the header"
    )]
    ReservedHeader {
        /// The name of the header.
        name: String,
    },

    /// A request to a server that the credentials do not belong to; it was not sent.
    #[error(
        "a request to {requested} was not sent: its credentials belong to {expected}. \
         Use a client that is configured for that server"
    )]
    ForeignOrigin {
        /// The origin of the request.
        requested: String,
        /// The origin of the configured base URL.
        expected: String,
    },
}

impl Error {
    /// The settings do not fit together, for `reason`.
    pub(crate) fn configuration(reason: impl Into<String>) -> Self {
        Self::Configuration {
            reason: reason.into(),
        }
    }

    /// Returns the failure itself, without the delay that follows it
    /// ([`Error::BackingOff`]).
    pub fn cause(&self) -> &Self {
        match self {
            Self::BackingOff { cause, .. } => cause.cause(),
            error => error,
        }
    }

    /// The same request may succeed later: throttling, outages, the network.
    pub fn is_transient(&self) -> bool {
        match self.cause() {
            Self::UnexpectedAnswer { status, .. } => *status == 429 || *status >= 500,
            Self::Transport(cause) => cause.is_transient(),
            Self::RefreshPostponed { .. } => true,
            Self::Refused { refusal } => matches!(
                refusal.error.as_str(),
                "temporarily_unavailable" | "server_error"
            ),
            _ => false,
        }
    }

    /// Only a change of the settings helps: a wrong secret, client, scope or address.
    pub fn is_configuration(&self) -> bool {
        match self.cause() {
            Self::Configuration { .. }
            | Self::ForeignOrigin { .. }
            | Self::ReadOnlyApplication { .. } => true,
            Self::Refused { refusal } => matches!(
                refusal.error.as_str(),
                "invalid_client"
                    | "unauthorized_client"
                    | "invalid_scope"
                    | "invalid_resource"
                    | "invalid_request"
                    | "unsupported_grant_type"
            ),
            _ => false,
        }
    }

    /// The identity server has judged the grant: sending it again changes nothing.
    pub(crate) fn is_verdict(&self) -> bool {
        let judged = self.refusal().is_some()
            || matches!(
                self.cause(),
                Self::InvalidToken { .. } | Self::SignInRejected { .. }
            );
        judged && !self.is_transient()
    }

    /// A person must sign in again.
    pub fn needs_sign_in(&self) -> bool {
        matches!(
            self.cause(),
            Self::SignInRequired { .. }
                | Self::NotRenewable { .. }
                | Self::ClaimsRequired { .. }
                | Self::SignInTimedOut { .. }
                | Self::SignInRejected { .. }
                | Self::InvalidCallback { .. }
        )
    }

    /// The identity server's own words, if it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self.cause() {
            Self::Refused { refusal }
            | Self::SignInRequired { refusal }
            | Self::InsufficientPrivileges { refusal } => Some(refusal),
            _ => None,
        }
    }

    /// Returns how long to wait before the next call: until the identity server may be asked
    /// again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::BackingOff { retry_after, .. } => Some(*retry_after),
            Self::UnexpectedAnswer { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn retry_sentence(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| {
        format!("; it asks to wait {} s", wait.as_secs())
    })
}

fn excerpt_sentence(excerpt: &str) -> String {
    if excerpt.is_empty() {
        String::new()
    } else {
        format!(": {excerpt}")
    }
}
