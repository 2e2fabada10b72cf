//! Entra's errors.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use crate::answer::json;
use crate::calendar::{entra_timestamp, iso_8601};

/// An error of the identity server. Its message never repeats what was sent:
/// a secret in the wrong field would come back in it.
#[derive(Debug)]
pub(crate) struct EntraError {
    pub(crate) status: StatusCode,
    /// The OAuth error (RFC 6749, section 5.2), the member to branch on.
    pub(crate) error: &'static str,
    /// The number behind `AADSTS`.
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl EntraError {
    pub(crate) fn new(
        status: StatusCode,
        error: &'static str,
        code: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error,
            code,
            message: message.into(),
        }
    }

    pub(crate) fn bad_request(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, code, message)
    }

    pub(crate) fn response(&self, now: u64) -> Response {
        let Self { code, message, .. } = self;
        let trace_id = Uuid::new_v4();
        let correlation_id = Uuid::new_v4();
        let at = iso_8601(now);
        let description = format!(
            "AADSTS{code}: {message} Trace ID: {trace_id} Correlation ID: {correlation_id} \
             Timestamp: {at}"
        );
        json(
            self.status,
            &json!({
                "error": self.error,
                "error_description": description,
                "error_codes": [code],
                "timestamp": entra_timestamp(now),
                "trace_id": trace_id.to_string(),
                "correlation_id": correlation_id.to_string(),
                "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
            }),
        )
    }
}
