//! The one error of all clients.

mod from_generated;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use perspio_auth::TransportError;

use crate::settings::SettingsError;

/// Everything that can go wrong with a call. Each text says what happened,
/// why, and what to do.
///
/// Every error of a generated client converts into it with `?`:
///
/// ```
/// fn call() -> Result<(), progenitor_client::Error<()>> {
///     Err(progenitor_client::Error::InvalidRequest("id was not initialized".into()))
/// }
///
/// fn program() -> Result<(), perspio_http::Error> {
///     call()?;
///     Ok(())
/// }
///
/// assert!(matches!(program(), Err(perspio_http::Error::InvalidRequest { .. })));
/// ```
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings are missing or wrong. Set what the text names.
    #[error("{0}")]
    Settings(Arc<SettingsError>),

    /// There is no token. The text says why and what to do.
    #[error("{0}")]
    Auth(perspio_auth::Error),

    /// The API answered with an error status.
    #[error(
        "{host} answered {status}: {}{}{}",
        .message, request_id_sentence(.request_id.as_deref()), help_sentence(.help)
    )]
    Api {
        /// The API's host.
        host: Box<str>,
        /// The HTTP status.
        status: StatusCode,
        /// The server's words; the first 200 characters of a body that has none.
        /// They may change: never match on them.
        message: String,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
        /// The body as it came, cut at 64 KiB.
        body: String,
        /// What to do; empty where the message says it.
        help: String,
    },

    /// The API refuses more requests for now (429). Wait, then send the request again.
    #[error(
        "{host} takes no more requests for now{}: {}{}",
        wait_sentence(*.retry_after), .message, request_id_sentence(.request_id.as_deref())
    )]
    RateLimited {
        /// The API's host.
        host: Box<str>,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The server's words.
        message: String,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// The API said yes, but its answer is not what the document describes.
    #[error(
        "the answer of {host} ({status}) cannot be read: {reason} at {path}{}{}\n\
         Check that the base URL leads to the API; if it does, its answers have changed: \
         report it with this text",
        excerpt_sentence(.excerpt), request_id_sentence(.request_id.as_deref())
    )]
    Decode {
        /// The API's host.
        host: Box<str>,
        /// The HTTP status.
        status: StatusCode,
        /// The JSON path of the value that does not fit; `.` is the whole answer.
        path: String,
        /// What does not fit.
        reason: String,
        /// Up to 200 characters of the answer around the place.
        excerpt: String,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// The API could not be reached, or the connection broke. Check the
    /// network; reading operations can be sent again.
    #[error("{0}")]
    Transport(TransportError),

    /// The call was not over within the time that it was given. Whether the API
    /// has done it is not known. Give it more time, or ask for less at once.
    #[error("the call to {host} was not over within {} s", .after.as_secs_f32())]
    TimedOut {
        /// The API's host.
        host: Box<str>,
        /// The time that it was given.
        after: Duration,
    },

    /// The request was not sent, because a parameter is missing or cannot be sent.
    #[error("the request was not sent: {reason}")]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    pub(crate) fn invalid_request(reason: impl Into<String>) -> Self {
        Self::InvalidRequest {
            reason: reason.into(),
        }
    }

    /// The HTTP status, if the API answered.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. } | Self::Decode { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// The API's id of the request, which support asks for.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. }
            | Self::RateLimited { request_id, .. }
            | Self::Decode { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// How long to wait before the request is sent again, if a server said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            Self::Auth(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The API asks for fewer requests.
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::RateLimited { .. })
    }

    /// A time limit ended the call.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Transport(error) | Self::Auth(perspio_auth::Error::Transport(error)) => {
                error.timeout
            }
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }
}

/// The text for people: a `main` that returns this error prints it so.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<perspio_auth::Error> for Error {
    fn from(error: perspio_auth::Error) -> Self {
        Self::Auth(error)
    }
}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        Self::Settings(Arc::new(error))
    }
}

fn request_id_sentence(request_id: Option<&str>) -> String {
    request_id.map_or_else(String::new, |id| format!(" (request id {id})"))
}

fn excerpt_sentence(excerpt: &str) -> String {
    if excerpt.is_empty() {
        String::new()
    } else {
        format!(", near: {excerpt}")
    }
}

fn wait_sentence(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(", wait {} s", wait.as_secs()))
}

fn help_sentence(help: &str) -> String {
    if help.is_empty() {
        String::new()
    } else {
        format!("\n{help}")
    }
}
