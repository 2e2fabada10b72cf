//! What to do about an error.

use std::time::Duration;

use http::StatusCode;
use perspio_auth::Error as AuthError;

use super::{Error, whole_seconds};

/// Follows the help of every error after which a write may have been applied.
const LOOK_FIRST: &str = " The write may have been applied: look before you send it again.";

/// Follows the help of an error before which nothing was sent.
const NOTHING_SENT: &str = " Nothing was sent.";

impl Error {
    /// Returns what to do about the error, in a sentence or two; never empty. The text of
    /// the error may say it already, in more detail.
    pub fn help(&self) -> String {
        let mut help = self.next_step().to_owned();
        if !help.ends_with('.') {
            help.push('.');
        }
        if self.may_have_been_applied() {
            help.push_str(LOOK_FIRST);
        } else if self.was_never_sent() {
            help.push_str(NOTHING_SENT);
        }
        help
    }

    /// Whether no attempt of the call reached the API.
    fn was_never_sent(&self) -> bool {
        match self {
            Self::RateLimited {
                call, status: None, ..
            } => call.attempts.count == 0,
            Self::Transport { call, cause, .. } => !cause.connected && call.attempts.count <= 1,
            _ => false,
        }
    }

    fn next_step(&self) -> &str {
        match self {
            Self::Settings(_) => "Set what the text names; it says where each value is found.",
            Self::Auth(cause) | Self::AuthAfterSend { cause, .. } => of_auth(cause),
            Self::Api { help, .. } if !help.is_empty() => help,
            Self::Api { status, .. } => of_status(*status),
            Self::RateLimited { status: None, .. } => {
                "Give the call more time, or send it when the rate limits have room."
            }
            Self::RateLimited {
                retry_after: None, ..
            } => {
                "Wait for a while, then call again. If this happens often, send fewer requests: the \
                 limits apply to all programs of the tenant together."
            }
            Self::RateLimited { .. } => {
                "Wait as long as the API asks, then call again. If this happens often, send fewer \
                 requests: the limits apply to all programs of the tenant together."
            }
            Self::Decode { .. } => {
                "Check that the base URL is the API's. If it is, the API has changed: report this \
                 text."
            }
            Self::ResponseTooLarge { .. } => {
                "Raise `max_response_bytes` of the client's builder, ask for less at once, or read \
                 the response as a stream."
            }
            Self::NotResumed { .. } => "Begin the download again.",
            Self::Transport { cause, .. } => cause.help(),
            Self::TimedOut { .. } => "Give the call more time, or ask for less at once.",
            Self::InvalidRequest { .. } => "Correct what the text names.",
        }
    }
}

/// Returns when to call again after a response that asks for a wait. Empty if a wait
/// does not help.
pub(crate) fn after_wait(status: StatusCode, wait: Duration) -> String {
    if status.is_redirection() {
        return String::new();
    }
    format!("Call again in {} s, as the API asks.", whole_seconds(wait))
}

fn of_auth(error: &AuthError) -> &str {
    if let Some(response) = error.error_response()
        && !response.help.is_empty()
    {
        return &response.help;
    }
    match error.cause() {
        AuthError::ReadOnlyApplication { help, .. } => help,
        AuthError::UnexpectedResponse { help, .. } if !help.is_empty() => help,
        AuthError::ClaimsRequired { .. } => {
            "Sign in again with the claims that the text names (`SignIn::claims`)."
        }
        AuthError::Store(_) => "Repair the token store as the text says.",
        AuthError::RefreshPostponed { .. } => {
            "Repair the token store as the text says, then call again: the sign-in is not lost."
        }
        AuthError::OriginMismatch { .. } => "Use a client that is configured for that server.",
        AuthError::ReservedHeader { .. } => "Remove the header from the request.",
        AuthError::ReservedParameter { .. } => "Remove the parameter from the request.",
        AuthError::Transport(cause) => cause.help(),
        error if error.needs_sign_in() => "Sign in again.",
        error if error.is_configuration() => "Change the setting that the text names.",
        error if error.is_transient() => {
            "The identity server is unavailable or busy: wait, then call again."
        }
        _ => "Check the address of the identity server.",
    }
}

fn of_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "Check the parameters and the body against the API's documentation."
        }
        StatusCode::UNAUTHORIZED => {
            "Check the credentials and the headers that belong to them, then sign in again."
        }
        StatusCode::FORBIDDEN => "Check the permissions of the application or the signed-in user.",
        StatusCode::NOT_FOUND => "Check the id in the path, and the base URL.",
        StatusCode::METHOD_NOT_ALLOWED => {
            "This path does not support this method: check the base URL and the path."
        }
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => {
            "The resource was changed in the meantime: read it again, then decide."
        }
        StatusCode::PAYLOAD_TOO_LARGE => "Send less at once.",
        StatusCode::REQUEST_TIMEOUT => "Call again.",
        status if status.is_redirection() => {
            "Check the base URL: the API is at another address, or a sign-in page answers for it."
        }
        status if status.is_server_error() => {
            "The API failed: call again later. If this goes on, give support the request id."
        }
        _ => "Check the request against the API's documentation; support asks for the request id.",
    }
}
