//! What to do about an error.

use std::time::Duration;

use http::StatusCode;
use perspio_auth::Error as AuthError;

use super::{Error, whole_seconds};

impl Error {
    /// What to do about it, in a sentence or two; never empty. The error's own
    /// text may say it already, in more words.
    pub fn help(&self) -> &str {
        match self {
            Self::Settings(_) => "Set what the text names, where it says that it is found.",
            Self::Auth(error) => of_auth(error),
            Self::Api { help, .. } if !help.is_empty() => help,
            Self::Api { status, .. } => of_status(*status),
            Self::RateLimited {
                answered: false, ..
            } => "Give the call more time, or make it when the budget has room. Nothing was sent.",
            Self::RateLimited {
                retry_after: None, ..
            } => {
                "Wait for a while, then call again. If that happens often, send fewer requests: the \
                 limits hold for all programs of the tenant together."
            }
            Self::RateLimited { .. } => {
                "Wait as long as the API says, then call again. If that happens often, send fewer \
                 requests: the limits hold for all programs of the tenant together."
            }
            Self::Decode { .. } => {
                "Check that the base URL leads to the API. If it does, its answers have changed: \
                 report it with this text. A write has been done all the same."
            }
            Self::Transport { cause, .. } if !cause.connected => {
                "Check the network, a proxy, the base URL, and the certificates that this machine \
                 trusts. Nothing was sent."
            }
            Self::Transport { .. } => {
                "Check the network, then call again. A write may have been done: look before it is \
                 sent again."
            }
            Self::TimedOut { .. } => {
                "Give the call more time, or ask for less at once. A write may have been done: look \
                 before it is sent again."
            }
            Self::InvalidRequest { .. } => "Correct the parameter that the text names.",
        }
    }
}

/// What to do about an answer that asks to wait: when to call again. Empty if a
/// wait does not help.
pub(crate) fn after_a_wait(status: StatusCode, wait: Duration) -> String {
    if status.is_redirection() {
        return String::new();
    }
    let seconds = whole_seconds(wait);
    let mut help = format!("Call again in {seconds} s, as the API asks.");
    if status.is_server_error() {
        help.push_str(" A write may have been done: look before it is sent again.");
    }
    help
}

fn of_auth(error: &AuthError) -> &str {
    match error {
        AuthError::ReadOnlyApplication { help, .. } => help,
        AuthError::InsufficientPrivileges { .. } => {
            "Have the missing privilege or consent granted, then sign in again."
        }
        AuthError::Store(_) => "Mend the token store as the text says.",
        AuthError::ForeignOrigin { .. } => "Use a client that is configured for that server.",
        error if error.needs_sign_in() => "Sign in again.",
        error if error.is_configuration() => "Change the setting that the text names.",
        error if error.is_transient() => {
            "The identity server is away or busy: wait, then call again."
        }
        _ => "Check the address of the identity server; if it is right, report it with this text.",
    }
}

fn of_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "Check the parameters and the body against the API's pages."
        }
        StatusCode::UNAUTHORIZED => {
            "Check the credentials and the headers that go with them, then sign in again."
        }
        StatusCode::FORBIDDEN => "Check what the application, or the signed-in user, may do.",
        StatusCode::NOT_FOUND => "Check the id in the path, and the base URL.",
        StatusCode::METHOD_NOT_ALLOWED => {
            "This path does not take this method: check the base URL and the path."
        }
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => {
            "Somebody else has changed it meanwhile: read it again, then decide."
        }
        StatusCode::PAYLOAD_TOO_LARGE => "Send less at once.",
        StatusCode::REQUEST_TIMEOUT => "Call again.",
        status if status.is_redirection() => {
            "Check the base URL: the API lies elsewhere, or a sign-in page is in the way."
        }
        status if status.is_server_error() => {
            "The API has failed: call again later. If it goes on, give support the request id. A \
             write may have been done: look before it is sent again."
        }
        status if status.is_success() => {
            "The document does not describe this answer: report it with this text. A write has \
             been done all the same."
        }
        _ => "Check the request against the API's pages; support asks for the request id.",
    }
}
