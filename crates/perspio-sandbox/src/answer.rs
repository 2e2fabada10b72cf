//! Responses in JSON.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// Returns a JSON response.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    written(status, serde_json::to_vec(body))
}

/// Returns a response whose JSON is already serialized.
pub(crate) fn written(status: StatusCode, body: serde_json::Result<impl Into<Body>>) -> Response {
    match body {
        Ok(body) => {
            let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (status, content_type, body.into()).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Returns an error in the format of Azure API Management.
pub(crate) fn problem(status: StatusCode, message: &str) -> Response {
    json(
        status,
        &json!({ "statusCode": status.as_u16(), "message": message }),
    )
}
