//! The token endpoint.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::client_credentials;
use super::error::EntraError;
use super::form::Form;
use crate::answer::json;
use crate::credentials::DIRECTORY_ID;
use crate::shared::Shared;

pub(crate) async fn token(
    State(shared): State<Arc<Shared>>,
    directory: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let directory = directory.map(|Path(directory)| directory);
    let known = directory.is_ok_and(|d| d.eq_ignore_ascii_case(DIRECTORY_ID));
    not_cached(match grant(&shared, known, &headers, &body) {
        Ok(token) => json(StatusCode::OK, &token),
        Err(error) => error.response(shared.clock.unix_seconds()),
    })
}

fn grant(
    shared: &Shared,
    directory_is_known: bool,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, EntraError> {
    if !directory_is_known {
        return Err(EntraError::bad_request(
            "invalid_request",
            90_002,
            "Tenant not found. Check to make sure you have the correct tenant ID: the sandbox \
             knows one directory, the one in its authority.",
        ));
    }
    let form = Form::read(headers, body)?;
    match form.require("grant_type")? {
        "client_credentials" => client_credentials::grant(shared, &form),
        _ => Err(EntraError::bad_request(
            "unsupported_grant_type",
            70_003,
            "The app requested an unsupported grant type. The sandbox knows \
             'client_credentials'.",
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

/// RFC 6749, section 5.1: nobody may keep an answer that holds a token.
fn not_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
