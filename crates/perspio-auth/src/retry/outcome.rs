//! What the outcome of an attempt means for a retry.

use std::time::Duration;

use http::StatusCode;

/// The outcome of an attempt, as far as a retry is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A response, or a failure that is permanent.
    Final,
    /// The API asks for fewer requests. The request was counted and not applied.
    RateLimited {
        /// How long the API asks to wait.
        retry_after: Option<Duration>,
    },
    /// There was no connection to send it on, so it was not applied.
    NotSent,
    /// The same, and it will not change: an invalid certificate, an invalid request.
    CannotBeSent,
    /// It was sent, and whether it was applied is not known: 408, 502, 503, 504, a
    /// timeout, a broken connection.
    Unclear {
        /// How long the API asks to wait.
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// Returns whether the server may have applied the request. `status` is that of its response,
    /// if it has one.
    pub fn may_be_applied(self, status: Option<StatusCode>) -> bool {
        match self {
            Self::Unclear { .. } => true,
            Self::RateLimited { .. } | Self::NotSent | Self::CannotBeSent => false,
            Self::Final => status.is_none_or(|status| status.is_server_error()),
        }
    }
}
