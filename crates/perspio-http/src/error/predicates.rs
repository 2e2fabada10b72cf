//! The questions that programs ask about an error.

use std::time::Duration;

use http::StatusCode;
use perspio_auth::{Error as AuthError, TransportError};

use super::{CallInfo, Error};
use crate::attempts::Attempts;

impl Error {
    /// Returns the call that failed, if the error belongs to a request to the API.
    pub fn call(&self) -> Option<&CallInfo> {
        match self {
            Self::AuthAfterSend { call, .. }
            | Self::Api { call, .. }
            | Self::RateLimited { call, .. }
            | Self::Decode { call, .. }
            | Self::ResponseTooLarge { call, .. }
            | Self::NotResumed { call, .. }
            | Self::Transport { call, .. }
            | Self::TimedOut { call, .. } => Some(call),
            Self::Settings(_) | Self::Auth(_) | Self::InvalidRequest { .. } => None,
        }
    }

    /// Returns the HTTP status, if the API responded.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. }
            | Self::Decode { status, .. }
            | Self::ResponseTooLarge { status, .. }
            | Self::NotResumed { status, .. } => Some(*status),
            Self::RateLimited { status, .. } => *status,
            _ => None,
        }
    }

    /// Returns the body of an error response, decoded from JSON. `None` if there is no
    /// body or it is not a `T`.
    pub fn decode_body<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        match self {
            Self::Api { body, .. } => serde_json::from_str(body).ok(),
            _ => None,
        }
    }

    /// Returns the API's id of the request, which support asks for. (The ids of the
    /// identity server are in [`perspio_auth::Error::error_response`].)
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. }
            | Self::RateLimited { request_id, .. }
            | Self::Decode { request_id, .. }
            | Self::ResponseTooLarge { request_id, .. }
            | Self::NotResumed { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Returns how long to wait before the request is sent again, if a server or the
    /// client's own rate limits say so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } | Self::RateLimited { retry_after, .. } => *retry_after,
            _ => self.auth()?.retry_after(),
        }
    }

    /// Returns how often the request was attempted, and why it was not retried. `None`
    /// if it was never sent.
    pub fn attempts(&self) -> Option<Attempts> {
        let attempts = self.call()?.attempts;
        (attempts.count > 0).then_some(attempts)
    }

    /// Returns whether the same call may succeed later: too many requests, an outage of
    /// the API or of the identity server, the network, but not an invalid certificate. Whether it is safe to send it
    /// again is another question: see [`Error::may_have_been_applied`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api { status, .. } => is_outage(*status),
            Self::RateLimited { .. } | Self::TimedOut { .. } => true,
            Self::Transport { cause, .. } => cause.is_transient(),
            _ => self.auth().is_some_and(AuthError::is_transient),
        }
    }

    /// Returns whether the call writes and the API may have applied it: the request was
    /// sent, and the connection broke, the timeout elapsed, a server failed, or the
    /// response to a success cannot be read. Look before you send a write again.
    pub fn may_have_been_applied(&self) -> bool {
        self.call().is_some_and(|call| call.may_have_been_applied)
    }

    /// Returns whether the API asks for fewer requests (429, or 403 for an exhausted
    /// quota), or the client's own rate limits have no room within the call's timeout:
    /// then the request was not sent (again), and the error has no [status](Self::status).
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::RateLimited { .. })
    }

    /// Returns whether a timeout ended the call.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut { .. }) || self.transport().is_some_and(|it| it.timeout)
    }

    /// Returns whether no connection was established: no network, no such host, nothing
    /// that listens there, or an invalid certificate.
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(|it| !it.connected)
    }

    /// Returns whether the API rejected the credentials (401), although the client has
    /// refreshed the token.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Returns whether valid credentials lack a permission: a 403, or a write with a
    /// token that may only read, which is not sent at all.
    pub fn is_forbidden(&self) -> bool {
        let is_status = self.status() == Some(StatusCode::FORBIDDEN) && !self.is_rate_limited();
        is_status || matches!(self, Self::Auth(AuthError::ReadOnlyApplication { .. }))
    }

    /// Returns whether the resource or the path does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Returns whether the API or a gateway failed (5xx).
    pub fn is_server_error(&self) -> bool {
        self.status().is_some_and(|status| status.is_server_error())
    }

    /// Returns whether a person must sign in, perhaps after another action that the text
    /// of the error names, such as consent.
    pub fn needs_sign_in(&self) -> bool {
        self.auth().is_some_and(AuthError::needs_sign_in)
    }

    /// Returns whether the settings must change.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Settings(_) => true,
            _ => self.auth().is_some_and(AuthError::is_configuration),
        }
    }

    /// Returns why no token was obtained, if that is so.
    fn auth(&self) -> Option<&AuthError> {
        match self {
            Self::Auth(cause) | Self::AuthAfterSend { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// Returns the connection that failed, to the API or to the identity server; its
    /// [`cause`](TransportError::cause) is the class of the failure.
    pub fn transport(&self) -> Option<&TransportError> {
        match (self, self.auth().map(AuthError::cause)) {
            (Self::Transport { cause, .. }, _) | (_, Some(AuthError::Transport(cause))) => {
                Some(cause)
            }
            _ => None,
        }
    }
}

/// The statuses of an API that is unavailable or too slow for now.
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
