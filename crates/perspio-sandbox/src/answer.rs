//! Answers in JSON.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    written(status, serde_json::to_vec(body))
}

/// An answer in JSON that is already written.
pub(crate) fn written(status: StatusCode, body: serde_json::Result<impl Into<Body>>) -> Response {
    match body {
        Ok(body) => {
            let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (status, content_type, body.into()).into_response()
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
