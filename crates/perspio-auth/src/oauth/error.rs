//! The error type of this crate. Each error says what failed and what to do.

pub(crate) mod codes;
mod error_class;
mod error_response;
mod transport;
mod unexpected;

use std::sync::Arc;
use std::time::Duration;

pub use error_class::ErrorClass;
pub use error_response::ErrorResponse;
pub use transport::{TransportCause, TransportError};

use crate::token::store::StoreError;

/// The error of a token request or a sign-in. Cheap to clone, because all callers of a
/// shared request get the same error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The identity server rejected the request or the application. The text
    /// names the code, the ids for a support request, and what to do.
    #[error("{response}")]
    #[non_exhaustive]
    Rejected {
        /// The error response.
        response: Arc<ErrorResponse>,
    },

    /// The grant has expired, or was used or revoked (terminal): a stored sign-in is
    /// deleted. Sign in again.
    #[error("a new sign-in is needed: {response}")]
    #[non_exhaustive]
    SignInRequired {
        /// The error response.
        response: Arc<ErrorResponse>,
    },

    /// The identity server requires something else of the user, such as multi-factor
    /// authentication, a compliant device, or consent. The grant may still be valid: a
    /// stored sign-in is kept. Do what the text says, then sign in again, with
    /// [`SignIn::claims`](crate::SignIn::claims) if the response has claims.
    #[error("an action of the user is required: {response}")]
    #[non_exhaustive]
    UserActionRequired {
        /// The error response.
        response: Arc<ErrorResponse>,
    },

    /// The token has expired or was rejected, and cannot be refreshed. Sign in again, or
    /// configure a new token.
    #[error("there is no token to use: {reason}")]
    #[non_exhaustive]
    NotRenewable {
        /// Why it cannot be renewed.
        reason: &'static str,
    },

    /// No token could be obtained, and the next token request is delayed: the identity
    /// server requests a delay, or fails repeatedly. Call again after the delay.
    #[error("{cause} (the next token request is sent in {} s)", retry_after.as_secs_f64().ceil())]
    #[non_exhaustive]
    BackingOff {
        /// The failure of the last token request.
        cause: Arc<Error>,
        /// The rest of the delay.
        retry_after: Duration,
    },

    /// A user's sign-in was not refreshed, because its new refresh token could not be saved
    /// and the old one can be used only once. Nothing is lost: call again when the token
    /// store is available.
    #[error(
        "the sign-in was not refreshed, because its new refresh token could not be saved: {cause}"
    )]
    #[non_exhaustive]
    RefreshPostponed {
        /// The failure of the store.
        cause: StoreError,
    },

    /// The token may only read; the request was not sent.
    #[error(
        "{operation} was not sent: it writes, and the token of an application may only read. {help}"
    )]
    #[non_exhaustive]
    ReadOnlyApplication {
        /// The operation, or method and path.
        operation: String,
        /// How to get a token that may write.
        help: String,
    },

    /// The sign-in was not completed in time. Sign in again.
    #[error(
        "the sign-in was not completed within {} s: sign in again",
        after.as_secs()
    )]
    #[non_exhaustive]
    SignInTimedOut {
        /// The time limit.
        after: Duration,
    },

    /// The response of a sign-in was rejected: it is not from the expected identity server,
    /// or belongs to another sign-in. Sign in again.
    #[error("the sign-in was rejected for security reasons: {reason}")]
    #[non_exhaustive]
    SignInRejected {
        /// What is wrong, and what to do; never a part of the response.
        reason: String,
    },

    /// The response that the browser returned does not belong to this sign-in, which remains
    /// pending.
    #[error("this is not the response to the sign-in: {reason}")]
    #[non_exhaustive]
    InvalidCallback {
        /// What is wrong with it, and what to do; never a part of it.
        reason: String,
    },

    /// The API requires a token that satisfies claims (a claims challenge). Sign in again
    /// with [`SignIn::claims`](crate::SignIn::claims).
    #[error(
        "the API requires a sign-in that satisfies claims: {}\n\
         Sign in again with these claims (`SignIn::claims`)",
        crate::token::secret::printable(.claims)
    )]
    #[non_exhaustive]
    ClaimsRequired {
        /// The claims, JSON, for the `claims` parameter of the authorization request.
        claims: String,
    },

    /// The token store failed.
    #[error(transparent)]
    Store(StoreError),

    /// The identity server responded, but not with a token or an OAuth error: throttling,
    /// an outage, a redirect, a gateway's page. It is not a decision about the credential.
    #[error("{}", unexpected::text(.host, *.status, *.retry_after, .excerpt, .help))]
    #[non_exhaustive]
    UnexpectedResponse {
        /// The identity server's host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The wait that the server requests.
        retry_after: Option<Duration>,
        /// The OAuth error of the body, or the first 200 characters of another body;
        /// empty if it may contain a token.
        excerpt: String,
        /// What to do about it.
        help: String,
    },

    /// The identity server reported a success, but sent no usable token.
    #[error("the identity server {host} sent a response that cannot be used: {reason}")]
    #[non_exhaustive]
    InvalidToken {
        /// The identity server's host.
        host: String,
        /// What is wrong with the response, and what to do; never a part of it.
        reason: String,
    },

    /// The identity server could not be reached, or the connection broke.
    #[error(transparent)]
    Transport(TransportError),

    /// The settings are invalid or inconsistent.
    #[error("{reason}")]
    #[non_exhaustive]
    Configuration {
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A request that has a header which the client sets itself; it was not sent.
    #[error(
        "its header {name} would be replaced, because the client sets \
         it from its own settings. It was not sent: remove the header"
    )]
    #[non_exhaustive]
    ReservedHeader {
        /// The name of the header.
        name: String,
    },

    /// A request whose query has a parameter which the client sets itself; it was not sent.
    #[error(
        "its query parameter {name} would be sent twice, because the client sets \
         it from its own settings. It was not sent: remove the parameter"
    )]
    #[non_exhaustive]
    ReservedParameter {
        /// The name of the parameter.
        name: String,
    },

    /// A request to a server that the credentials do not belong to; it was not sent.
    #[error(
        "a request to {requested} was not sent: its credentials belong to {expected}. \
         Use a client that is configured for that server"
    )]
    #[non_exhaustive]
    OriginMismatch {
        /// The origin of the request.
        requested: String,
        /// The origins of the configured addresses of the API.
        expected: String,
    },
}

impl Error {
    /// Returns the error for invalid settings. `reason` says what is wrong and what to do; it
    /// contains no secret.
    pub fn configuration(reason: impl Into<String>) -> Self {
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

    /// Returns whether the same request may succeed later: throttling, outages, the network.
    pub fn is_transient(&self) -> bool {
        match self.cause() {
            Self::UnexpectedResponse { status, .. } => *status == 429 || *status >= 500,
            Self::Transport(cause) => cause.is_transient(),
            Self::RefreshPostponed { .. } => true,
            Self::Rejected { response } => response.class == ErrorClass::Transient,
            _ => false,
        }
    }

    /// Returns whether the identity server may respond properly to the same request later,
    /// although it sent something else now. A gateway's page may be gone by then; a wrong
    /// address is still wrong.
    pub(crate) fn is_outage(&self) -> bool {
        match self.cause() {
            Self::InvalidToken { .. } => true,
            Self::UnexpectedResponse { status, .. } => {
                !(300..500).contains(status) || matches!(status, 408 | 429)
            }
            error => error.is_transient(),
        }
    }

    /// Returns whether only a change of the settings helps: a wrong secret, client, scope or
    /// address.
    pub fn is_configuration(&self) -> bool {
        match self.cause() {
            Self::Configuration { .. }
            | Self::OriginMismatch { .. }
            | Self::ReadOnlyApplication { .. } => true,
            Self::Rejected { response } => matches!(
                response.class,
                ErrorClass::ApplicationSettings | ErrorClass::InvalidRequest
            ),
            _ => false,
        }
    }

    /// Returns whether the identity server has decided about the grant, so that the same
    /// request fails again, unless the user or an administrator changes something.
    pub(crate) fn is_verdict(&self) -> bool {
        match self.cause() {
            Self::SignInRequired { .. }
            | Self::InvalidToken { .. }
            | Self::SignInRejected { .. } => true,
            Self::Rejected { .. } => !self.is_transient(),
            _ => false,
        }
    }

    /// Returns whether a user must sign in: the grant is not valid any more, or the
    /// identity server requires an action that a user takes when signing in.
    pub fn needs_sign_in(&self) -> bool {
        matches!(
            self.cause(),
            Self::SignInRequired { .. }
                | Self::UserActionRequired { .. }
                | Self::NotRenewable { .. }
                | Self::ClaimsRequired { .. }
                | Self::SignInTimedOut { .. }
                | Self::SignInRejected { .. }
                | Self::InvalidCallback { .. }
        )
    }

    /// Returns the error response of the identity server, if there is one.
    pub fn error_response(&self) -> Option<&ErrorResponse> {
        match self.cause() {
            Self::Rejected { response }
            | Self::SignInRequired { response }
            | Self::UserActionRequired { response } => Some(response),
            _ => None,
        }
    }

    /// Returns the claims that the next sign-in must satisfy, JSON.
    pub fn claims(&self) -> Option<&str> {
        match self {
            Self::ClaimsRequired { claims } => Some(claims),
            _ => self.error_response()?.claims.as_deref(),
        }
    }

    /// Returns how long to wait before the next call: until the next token
    /// request may be sent.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::BackingOff { retry_after, .. } => Some(*retry_after),
            Self::UnexpectedResponse { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
