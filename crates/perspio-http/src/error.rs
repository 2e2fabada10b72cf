//! The error of all calls.

mod call_info;
mod help;
mod predicates;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use perspio_auth::TransportError;

use crate::settings::SettingsError;
pub use call_info::CallInfo;
pub(crate) use help::after_wait;

/// The error of all calls. Its text says what failed and why, [`Error::help`] what to
/// do; `{:#}` prints the whole chain of causes.
///
/// Programs branch on the predicates rather than on the variants:
///
/// | question | predicate |
/// |---|---|
/// | May the same call succeed later? | [`is_transient`](Error::is_transient), [`retry_after`](Error::retry_after) |
/// | May the API have applied a write? | [`may_have_been_applied`](Error::may_have_been_applied) |
/// | Must a person sign in? | [`needs_sign_in`](Error::needs_sign_in) |
/// | Must the settings change? | [`is_configuration`](Error::is_configuration) |
/// | Which response was it? | [`is_unauthorized`](Error::is_unauthorized), [`is_forbidden`](Error::is_forbidden), [`is_not_found`](Error::is_not_found), [`is_rate_limited`](Error::is_rate_limited), [`is_server_error`](Error::is_server_error), [`status`](Error::status) |
/// | Was the API unreachable or slow? | [`is_connect`](Error::is_connect), [`is_timeout`](Error::is_timeout), [`transport`](Error::transport) |
/// | What does support ask for? | [`request_id`](Error::request_id), [`call`](Error::call) |
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings are missing or invalid. Set what the text names.
    #[error(transparent)]
    Settings(Arc<SettingsError>),

    /// No token was obtained, or the request may not be sent with it. The text says why
    /// and what to do.
    #[error(transparent)]
    Auth(perspio_auth::Error),

    /// The API may have applied the call, and then no token was obtained to send it again.
    #[error("{call} was not sent again: {cause}{}", .call.attempts)]
    #[non_exhaustive]
    AuthAfterSend {
        /// The call that was sent before.
        call: Box<CallInfo>,
        /// Why no token was obtained.
        #[source]
        cause: perspio_auth::Error,
    },

    /// The API returned an error status.
    #[error(
        "{call} failed with {status}: {message}{}{}{}",
        .call.attempts, request_id_sentence(.request_id.as_deref()), help_sentence(.help)
    )]
    #[non_exhaustive]
    Api {
        /// The call that failed.
        call: Box<CallInfo>,
        /// The HTTP status.
        status: StatusCode,
        /// The server's message, or the first 200 characters of a body without one. It
        /// may change: do not match on it.
        message: Box<str>,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
        /// The body without credentials, up to 64 KiB of it.
        body: Box<str>,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// What to do, if more is known than the status says; see [`Error::help`].
        help: Box<str>,
    },

    /// The API accepts no more requests for now (429, or 403 for an exhausted quota), or
    /// the client's own rate limits have no room within the call's timeout. Wait, then
    /// send the request again.
    #[error(
        "{call} {}{}: {message}{}{}",
        rate_limited(.call, *.status), wait_sentence(*.retry_after), .call.attempts,
        request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
    RateLimited {
        /// The call that was rejected.
        call: Box<CallInfo>,
        /// The HTTP status; `None` if the request was not sent, or not sent again, because
        /// of the client's own rate limits.
        status: Option<StatusCode>,
        /// How long the server asks to wait, or how long until the limits have room.
        retry_after: Option<Duration>,
        /// The server's message, or the limit that has no room.
        message: String,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// The call succeeded, but its response is not what the document describes.
    #[error(
        "the response to {call}, {status}, cannot be decoded: {reason} at {path}{}{}\n\
         Check that the base URL is the API's. If it is, the API has changed: report this text",
        excerpt_sentence(.excerpt), request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
    Decode {
        /// The call whose response it is.
        call: Box<CallInfo>,
        /// The HTTP status.
        status: StatusCode,
        /// The JSON path of the value that does not fit; `.` is the whole response.
        path: String,
        /// What does not fit.
        reason: String,
        /// Up to 200 characters of the response around the place.
        excerpt: String,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// The call succeeded, but the body of its response, or one of its server-sent events, is
    /// larger than the client buffers. Raise `max_response_bytes` of the client's builder, or read the response
    /// as a stream.
    #[error(
        "the response to {call}, {status}, was discarded after {read} bytes: it is larger than \
         the {limit} that the client buffers{}",
        request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
    ResponseTooLarge {
        /// The call whose response it is.
        call: Box<CallInfo>,
        /// The HTTP status.
        status: StatusCode,
        /// The number of bytes that were read.
        read: u64,
        /// The limit, in bytes.
        limit: u64,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// A [`Download`](crate::Download) was not continued after the connection broke, because
    /// the server did not send the missing part of the same representation. Nothing of another
    /// one was appended. Begin again.
    #[error(
        "the response to {call}, {status}, does not continue the download at byte {position}: \
         {reason}{}",
        request_id_sentence(.request_id.as_deref())
    )]
    #[non_exhaustive]
    NotResumed {
        /// The call that requested the missing part.
        call: Box<CallInfo>,
        /// The HTTP status.
        status: StatusCode,
        /// The position of the first missing byte.
        position: u64,
        /// Why the response is not that part.
        reason: Box<str>,
        /// The server's id of the request, which support asks for.
        request_id: Option<String>,
    },

    /// The API could not be reached, or the connection broke. Check the network;
    /// [`Error::is_connect`] distinguishes the two.
    #[error(fmt = transport_text)]
    #[non_exhaustive]
    Transport {
        /// The call that failed.
        call: Box<CallInfo>,
        /// What failed, and why.
        #[source]
        cause: TransportError,
    },

    /// The call's timeout elapsed. Give it more time, or ask for less at once.
    #[error(
        "{call} timed out after {} s while it waited for {waited_for}{}",
        .after.as_secs_f32(), .call.attempts
    )]
    #[non_exhaustive]
    TimedOut {
        /// The call that timed out.
        call: Box<CallInfo>,
        /// The timeout.
        after: Duration,
        /// What the call was waiting for: the access token of a named identity server, a
        /// slot in the rate limits, the response, or its next attempt.
        waited_for: Box<str>,
    },

    /// The request was not sent, because a part of it is missing or invalid.
    #[error("the request was not sent: {reason}")]
    InvalidRequest {
        /// What is invalid.
        reason: String,
    },
}

impl Error {
    pub(crate) fn invalid_request(reason: impl Into<String>) -> Self {
        Self::InvalidRequest {
            reason: reason.into(),
        }
    }

    fn variant(&self) -> &'static str {
        match self {
            Self::Settings(_) => "Settings",
            Self::Auth(_) => "Auth",
            Self::AuthAfterSend { .. } => "AuthAfterSend",
            Self::Api { .. } => "Api",
            Self::RateLimited { .. } => "RateLimited",
            Self::Decode { .. } => "Decode",
            Self::ResponseTooLarge { .. } => "ResponseTooLarge",
            Self::NotResumed { .. } => "NotResumed",
            Self::Transport { .. } => "Transport",
            Self::TimedOut { .. } => "TimedOut",
            Self::InvalidRequest { .. } => "InvalidRequest",
        }
    }
}

/// The variant, then the text for people: a `main` that returns this error prints it so.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.variant())
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

/// With the chain of causes where `{:#}` asks for it.
fn transport_text(
    call: &CallInfo,
    cause: &TransportError,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "{} {} failed: ", call.method, call.path)?;
    fmt::Display::fmt(cause, f)?;
    write!(f, "{}", call.attempts)
}

fn rate_limited(call: &CallInfo, status: Option<StatusCode>) -> String {
    match status {
        Some(status) => format!("was rejected with {}", status.as_u16()),
        None if call.attempts.count > 0 => "was not sent again".to_owned(),
        None => "was not sent".to_owned(),
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
    retry_after.map_or_else(String::new, |wait| {
        format!(", wait {} s", whole_seconds(wait))
    })
}

/// Rounded up: a caller that waits no longer than the text says must not be early.
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
