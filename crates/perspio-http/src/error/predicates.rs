//! What programs ask an error.

use std::time::Duration;

use http::StatusCode;
use perspio_auth::Error as AuthError;

use super::Error;
use crate::retry::Tried;

impl Error {
    /// The HTTP status, if the API answered.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. } | Self::Decode { status, .. } => Some(*status),
            Self::RateLimited { answered: true, .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// The API's id of the request, which support asks for. (What the identity
    /// server's support asks for is in [`perspio_auth::Error::refusal`].)
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. }
            | Self::RateLimited { request_id, .. }
            | Self::Decode { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// How long to wait before the request is sent again, if a server, or the
    /// client's own budget, said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } | Self::RateLimited { retry_after, .. } => *retry_after,
            Self::Auth(error) => error.retry_after(),
            _ => None,
        }
    }

    /// How often the request was tried, and why not again; none if it never
    /// came to that.
    pub fn tried(&self) -> Option<Tried> {
        match self {
            Self::Api { tried, .. }
            | Self::RateLimited { tried, .. }
            | Self::Transport { tried, .. }
            | Self::TimedOut { tried, .. } => Some(**tried),
            _ => None,
        }
    }

    /// The same call may succeed later: too many requests, an outage of the API
    /// or of the identity server, the network. Whether it may be made again is
    /// another question: see [`Error::may_have_been_done`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api { status, .. } => is_outage(*status),
            Self::RateLimited { .. } | Self::Transport { .. } | Self::TimedOut { .. } => true,
            Self::Auth(error) => error.is_transient(),
            _ => false,
        }
    }

    /// The API may have done what was asked, or has: the connection broke, a
    /// time limit ended the call, a server on the way failed, or an answer that
    /// says yes cannot be read. Look before a write is sent again.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::Decode { .. } | Self::TimedOut { .. } => true,
            Self::Api { status, .. } => status.is_server_error() || status.is_success(),
            Self::Transport { cause, .. } => cause.connected,
            _ => false,
        }
    }

    /// The API asks for fewer requests (429), or the client's own budget has no room
    /// in the time that the call has: then it was not sent, and has no
    /// [status](Self::status).
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::RateLimited { .. })
    }

    /// A time limit ended the call.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Transport { cause, .. } | Self::Auth(AuthError::Transport(cause)) => {
                cause.timeout
            }
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// There was no connection: no network, no such host, nobody listens there,
    /// or a certificate that does not hold.
    pub fn is_connect(&self) -> bool {
        match self {
            Self::Transport { cause, .. } | Self::Auth(AuthError::Transport(cause)) => {
                !cause.connected
            }
            _ => false,
        }
    }

    /// The API refuses the credentials (401), fresh ones too: the client has
    /// renewed the token already.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// The credentials are good, but do not reach this far: a 403, or a write
    /// with a token that may only read, which is not sent at all.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
            || matches!(
                self,
                Self::Auth(
                    AuthError::ReadOnlyApplication { .. }
                        | AuthError::InsufficientPrivileges { .. }
                )
            )
    }

    /// There is no such thing, or no such path (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The API, or a gateway before it, has failed (5xx).
    pub fn is_server_error(&self) -> bool {
        self.status().is_some_and(|status| status.is_server_error())
    }

    /// Only a person's sign-in helps.
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::Auth(error) if error.needs_sign_in())
    }

    /// Only other settings help.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Settings(_) => true,
            Self::Auth(error) => error.is_configuration(),
            _ => false,
        }
    }
}

/// The statuses that say that the API is away or too slow for now.
fn is_outage(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}
