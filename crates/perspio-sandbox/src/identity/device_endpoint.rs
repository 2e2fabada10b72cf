//! Where a device begins its sign-in (RFC 8628, section 3.1).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::client;
use super::devices::{DEVICE_LIFETIME, INTERVAL};
use super::directory::{self, Directory};
use super::error::EntraError;
use super::form::Form;
use super::scopes::Scopes;
use super::token_endpoint::not_cached;
use crate::answer::json;
use crate::shared::Shared;

pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let begun = directory::check(directory)
        .and_then(|()| Form::read(&headers, &body))
        .and_then(|form| device(&shared, &form));
    not_cached(match begun {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => error.response(shared.clock.unix_seconds()),
    })
}

/// The application proves its secret when it asks for the token, not here.
fn device(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    client::identify(form)?;
    let scopes = Scopes::of_a_sign_in(shared.service, form.require("scope")?)?;
    let now = shared.clock.since_1970();
    let begun = shared.sign_ins.devices().begin(scopes, now);
    let verification_uri = format!("{}/device", shared.base_url);
    let message = format!(
        "To sign in, use a web browser to open the page {verification_uri} and enter the code {} \
         to authenticate.",
        begun.user_code
    );
    Ok(json!({
        "user_code": begun.user_code,
        "device_code": begun.device_code,
        "verification_uri": verification_uri,
        "expires_in": DEVICE_LIFETIME.as_secs(),
        "interval": INTERVAL.as_secs(),
        "message": message,
    }))
}
