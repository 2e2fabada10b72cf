//! The pages for the code that a device shows (RFC 8628, section 3.3).

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;

use super::error::EntraError;
use super::form::Form;
use super::sign_in;
use super::transactions::Purpose;
use crate::pages;
use crate::shared::Shared;

const ACTION: &str = "/device";

/// Shows the form for the code, which a link may fill in.
pub(crate) async fn ask(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    match Form::parse(query.unwrap_or_default().as_bytes()) {
        Ok(form) => pages::device_code(form.get("user_code").unwrap_or_default(), false),
        Err(error) => reject(&shared, &error),
    }
}

/// Takes the code, then the clicks that follow.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match Form::read(&headers, &body) {
        Ok(form) if form.get("transaction").is_some() => sign_in::click(&shared, &form, ACTION),
        Ok(form) => take_code(&shared, form.get("user_code").unwrap_or_default()),
        Err(error) => reject(&shared, &error),
    }
}

fn take_code(shared: &Shared, typed: &str) -> Response {
    let now = shared.clock.since_1970();
    let waiting = shared.sign_ins.devices().waiting(typed, now);
    match waiting {
        Some((user_code, scopes)) => {
            sign_in::start(shared, Purpose::Device { user_code, scopes }, ACTION)
        }
        None => pages::device_code(typed, true),
    }
}

fn reject(shared: &Shared, error: &EntraError) -> Response {
    pages::rejected(
        "This sign-in cannot continue",
        error,
        shared.clock.unix_seconds(),
    )
}
