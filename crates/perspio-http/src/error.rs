//! The one error of all clients.

mod from_generated;
mod help;
mod predicates;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use perspio_auth::TransportError;

use crate::retry::Tried;
use crate::settings::SettingsError;
pub(crate) use help::after_a_wait;

/// Everything that can go wrong with a call. Its text says what happened and
/// why, [`Error::help`] what to do; `{:#}` prints the whole chain of causes.
///
/// Programs branch on the predicates rather than on the variants:
///
/// | question | predicate |
/// |---|---|
/// | May the same call succeed later? | [`is_transient`](Error::is_transient), [`retry_after`](Error::retry_after) |
/// | May the API have done it? | [`may_have_been_done`](Error::may_have_been_done) |
/// | Must a person sign in? | [`needs_sign_in`](Error::needs_sign_in) |
/// | Must the settings change? | [`is_configuration`](Error::is_configuration) |
/// | What did the API say? | [`is_unauthorized`](Error::is_unauthorized), [`is_forbidden`](Error::is_forbidden), [`is_not_found`](Error::is_not_found), [`is_rate_limited`](Error::is_rate_limited), [`is_server_error`](Error::is_server_error), [`status`](Error::status) |
/// | Was there no way to it? | [`is_connect`](Error::is_connect), [`is_timeout`](Error::is_timeout) |
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
    #[error(transparent)]
    Settings(Arc<SettingsError>),

    /// There is no token. The text says why and what to do.
    #[error(transparent)]
    Auth(perspio_auth::Error),

    /// The API answered with an error status.
    #[error(
        "{host} answered {status}: {}{tried}{}{}",
        .message, request_id_sentence(.request_id.as_deref()), help_sentence(.help)
    )]
    #[non_exhaustive]
    Api {
        /// The API's host.
        host: Box<str>,
        /// The HTTP status.
        status: StatusCode,
        /// The server's words; the first 200 characters of a body that has none.
        /// They may change: never match on them.
        message: Box<str>,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
        /// The body as it came, without credentials, cut at 64 KiB.
        body: Box<str>,
        /// How long the server asks to wait, if it does.
        retry_after: Option<Duration>,
        /// What to do, where that is known better than from the status;
        /// [`Error::help`] gives either.
        help: Box<str>,
        /// How often it was tried, and why not again.
        tried: Box<Tried>,
    },

    /// The API refuses more requests for now (429), or the client's own budget has no
    /// room in the time that the call has. Wait, then send the request again.
    #[error(
        "{host} takes no more requests for now{}: {}{tried}{}",
        wait_sentence(*.retry_after), .message, request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
    RateLimited {
        /// The API's host.
        host: Box<str>,
        /// How long the server asks to wait, or how long until the budget has room.
        retry_after: Option<Duration>,
        /// The server's words, or what there is no room in.
        message: String,
        /// Whether the server has said so; otherwise nothing was sent.
        answered: bool,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
        /// How often it was tried, and why not again.
        tried: Box<Tried>,
    },

    /// The API said yes, but its answer is not what the document describes.
    #[error(
        "the answer of {host} ({status}) cannot be read: {reason} at {path}{}{}\n\
         Check that the base URL leads to the API; if it does, its answers have changed: \
         report it with this text",
        excerpt_sentence(.excerpt), request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
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
    /// network; [`Error::may_have_been_done`] tells the two apart.
    #[error(fmt = failed_transport)]
    #[non_exhaustive]
    Transport {
        /// What failed, and why.
        #[source]
        cause: TransportError,
        /// How often it was tried, and why not again.
        tried: Box<Tried>,
    },

    /// The call was not over within the time that it was given. Whether the API
    /// has done it is not known. Give it more time, or ask for less at once.
    #[error("the call to {host} was not over within {} s{tried}", .after.as_secs_f32())]
    #[non_exhaustive]
    TimedOut {
        /// The API's host.
        host: Box<str>,
        /// The time that it was given.
        after: Duration,
        /// How often it was tried.
        tried: Box<Tried>,
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

    pub(crate) fn transport(host: &str, cause: &reqwest::Error) -> Self {
        Self::Transport {
            cause: TransportError::new(host, cause),
            tried: Box::default(),
        }
    }

    /// The same, after so many attempts.
    pub(crate) fn with_tried(mut self, how_often: Tried) -> Self {
        if let Self::Api { tried, .. }
        | Self::RateLimited { tried, .. }
        | Self::Transport { tried, .. }
        | Self::TimedOut { tried, .. } = &mut self
        {
            **tried = how_often;
        }
        self
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

/// With the causes, where they are asked for.
fn failed_transport(
    cause: &TransportError,
    tried: &Tried,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    fmt::Display::fmt(cause, f)?;
    write!(f, "{tried}")
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
    retry_after.map_or_else(String::new, |wait| {
        format!(", wait {} s", whole_seconds(wait))
    })
}

/// Rounded up: who waits no longer than told must not come too early.
fn whole_seconds(wait: Duration) -> u128 {
    wait.as_millis().div_ceil(1000)
}

fn help_sentence(help: &str) -> String {
    if help.is_empty() {
        String::new()
    } else {
        format!("\n{help}")
    }
}

#[cfg(test)]
mod tests;
