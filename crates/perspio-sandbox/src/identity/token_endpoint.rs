//! The token endpoint.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::directory::{self, Directory};
use super::error::EntraError;
use super::form::Form;
use super::{authorization_code, client_credentials, device_code, refresh_token};
use crate::answer::json;
use crate::service::Service;
use crate::shared::Shared;

type Grant = fn(&Shared, &Form) -> Result<Value, EntraError>;

const GRANTS: [(&str, Grant); 4] = [
    ("authorization_code", authorization_code::grant),
    ("client_credentials", client_credentials::grant),
    ("refresh_token", refresh_token::grant),
    (
        "urn:ietf:params:oauth:grant-type:device_code",
        device_code::grant,
    ),
];

pub(crate) async fn token(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let granted = directory::check(directory)
        .and_then(|()| Form::read(&headers, &body))
        .and_then(|form| grant(&shared, &form));
    not_cached(match granted {
        Ok(tokens) => json(StatusCode::OK, &tokens),
        Err(error) => error.response(shared.clock.unix_seconds()),
    })
}

fn grant(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    let grant_type = form.require("grant_type")?;
    let Service { name, grants, .. } = shared.service;
    let mut known = GRANTS.iter().filter(|(known, _)| grants.contains(known));
    match known.find(|(known, _)| *known == grant_type) {
        Some((_, grant)) => grant(shared, form),
        None => Err(EntraError::bad_request(
            "unsupported_grant_type",
            70_003,
            format!(
                "The app requested an unsupported grant type. The sandbox of {name} knows '{}'.",
                grants.join("', '")
            ),
        )),
    }
}

pub(crate) async fn only_post(State(shared): State<Arc<Shared>>) -> Response {
    let error = EntraError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request",
        900_561,
        "The endpoint only accepts POST requests.",
    );
    not_cached(error.response(shared.clock.unix_seconds()))
}

/// Forbids caching, because the response contains a token (RFC 6749, section 5.1).
pub(crate) fn not_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
