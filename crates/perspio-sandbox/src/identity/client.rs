//! Who asks for a token.

use axum::http::StatusCode;

use super::error::EntraError;
use super::form::Form;
use crate::credentials::{CLIENT_ID, CLIENT_SECRET};

/// Checks `client_id` and `client_secret`, taken from the body only, as the
/// vendor's page shows it; a Basic header counts for nothing.
pub(crate) fn authenticate(form: &Form) -> Result<(), EntraError> {
    identify(form)?;
    let Some(secret) = form.get("client_secret") else {
        return Err(refused(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or \
             'client_secret'.",
        ));
    };
    if secret != CLIENT_SECRET {
        return Err(refused(
            7_000_215,
            "Invalid client secret provided. The sandbox takes only its own secret, the one \
             that it shows when it starts.",
        ));
    }
    Ok(())
}

/// Checks `client_id` alone.
pub(crate) fn identify(form: &Form) -> Result<(), EntraError> {
    if !form.require("client_id")?.eq_ignore_ascii_case(CLIENT_ID) {
        return Err(EntraError::bad_request(
            "unauthorized_client",
            700_016,
            "Application was not found in the directory 'Perspio sandbox'. The sandbox knows \
             one client id, the one that it shows when it starts.",
        ));
    }
    Ok(())
}

fn refused(code: u32, message: &str) -> EntraError {
    EntraError::new(StatusCode::UNAUTHORIZED, "invalid_client", code, message)
}
