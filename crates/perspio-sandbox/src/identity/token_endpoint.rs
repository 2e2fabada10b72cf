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

const DISPOGAS_GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

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
    match form.require("grant_type")? {
        other if shared.service == Service::DispoGas && !DISPOGAS_GRANTS.contains(&other) => {
            Err(EntraError::bad_request(
                "unsupported_grant_type",
                70_003,
                "The app requested an unsupported grant type. The page of dispoGas knows \
                 'authorization_code' and 'refresh_token'.",
            ))
        }
        "authorization_code" => authorization_code::grant(shared, form),
        "client_credentials" => client_credentials::grant(shared, form),
        "refresh_token" => refresh_token::grant(shared, form),
        DEVICE_CODE => device_code::grant(shared, form),
        _ => Err(EntraError::bad_request(
            "unsupported_grant_type",
            70_003,
            "The app requested an unsupported grant type. The sandbox knows \
             'authorization_code', 'client_credentials', 'refresh_token' and \
             'urn:ietf:params:oauth:grant-type:device_code'.",
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
pub(crate) fn not_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
