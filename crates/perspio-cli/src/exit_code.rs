//! The exit codes of the command. They are part of its interface: see `perspio --help`.

use perspio::Error;
use perspio::auth::Error as AuthError;

/// The API rejected the call, or a failure without an exit code of its own.
pub(crate) const FAILED: u8 = 1;
/// Invalid arguments or settings.
pub(crate) const USAGE: u8 = 2;
/// The credentials were rejected, or a user must sign in.
pub(crate) const AUTHENTICATION: u8 = 3;
/// No connection, no response in time, or an interrupted one.
pub(crate) const NETWORK: u8 = 4;
/// A rate limit.
pub(crate) const RATE_LIMIT: u8 = 5;
/// The API has no such thing (404).
pub(crate) const NOT_FOUND: u8 = 6;

/// Returns the exit code of a failed call.
pub(crate) fn of(error: &Error) -> u8 {
    match error {
        Error::Settings(_) | Error::InvalidRequest { .. } => USAGE,
        Error::Auth(cause) | Error::AuthAfterSend { cause, .. } => of_token(cause),
        Error::RateLimited { .. } => RATE_LIMIT,
        Error::Transport { .. } | Error::TimedOut { .. } | Error::NotResumed { .. } => NETWORK,
        _ if error.is_rate_limited() => RATE_LIMIT,
        _ if error.is_unauthorized() => AUTHENTICATION,
        _ if error.is_not_found() => NOT_FOUND,
        _ => FAILED,
    }
}

/// Returns the exit code if no token was obtained.
fn of_token(cause: &AuthError) -> u8 {
    match cause.cause() {
        AuthError::Configuration { .. } => USAGE,
        AuthError::ReadOnlyApplication { .. } => AUTHENTICATION,
        AuthError::UnexpectedResponse { status, .. } => match status {
            429 => RATE_LIMIT,
            500.. => NETWORK,
            _ => AUTHENTICATION,
        },
        AuthError::Transport(_) | AuthError::SignInTimedOut { .. } => NETWORK,
        AuthError::Store(_) | AuthError::RefreshPostponed { .. } => FAILED,
        _ if cause.is_transient() => NETWORK,
        _ if cause.needs_sign_in() || cause.error_response().is_some() => AUTHENTICATION,
        _ => FAILED,
    }
}
