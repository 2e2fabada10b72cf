//! Answers in JSON.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (status, content_type, bytes).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An error in the shape of Azure API Management.
pub(crate) fn problem(status: StatusCode, message: &str) -> Response {
    json(
        status,
        &json!({ "statusCode": status.as_u16(), "message": message }),
    )
}
