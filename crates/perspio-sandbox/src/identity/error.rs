//! Errors in the format of Entra.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use crate::answer::json;
use crate::calendar::{entra_timestamp, iso_8601};

/// An error of the identity server. Its message does not repeat parameters, because a
/// parameter with the wrong name may contain a secret.
#[derive(Debug)]
pub(crate) struct EntraError {
    pub(crate) status: StatusCode,
    /// The OAuth error (RFC 6749, section 5.2), the member to branch on.
    pub(crate) error: &'static str,
    /// The number that follows `AADSTS`.
    pub(crate) code: u32,
    pub(crate) message: String,
    /// Added to some errors: `suberror` in JSON, `error_subcode` in a redirect.
    pub(crate) suberror: Option<&'static str>,
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
            suberror: None,
        }
    }

    pub(crate) fn bad_request(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, code, message)
    }

    pub(crate) fn with_suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// Returns the JSON response of the token endpoint.
    pub(crate) fn response(&self, now: u64) -> Response {
        let code = self.code;
        let report = Report::new(now);
        let description = self.description(&report, " ", &iso_8601(now));
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": report.timestamp,
            "trace_id": report.trace_id,
            "correlation_id": report.correlation_id,
            "error_uri": self.uri(),
        });
        if let (Some(members), Some(suberror)) = (body.as_object_mut(), self.suberror) {
            members.insert("suberror".to_owned(), suberror.into());
        }
        json(self.status, &body)
    }

    /// Returns the parameters of a redirect to the application.
    pub(crate) fn parameters(&self, now: u64) -> Vec<(&'static str, String)> {
        let report = Report::new(now);
        let description = self.description(&report, "\r\n", &report.timestamp);
        let mut parameters = vec![
            ("error", self.error.to_owned()),
            ("error_description", description),
            ("error_uri", self.uri()),
        ];
        parameters.extend(
            self.suberror
                .map(|suberror| ("error_subcode", suberror.to_owned())),
        );
        parameters
    }

    fn description(&self, report: &Report, separator: &str, timestamp: &str) -> String {
        let Self { code, message, .. } = self;
        let Report {
            trace_id,
            correlation_id,
            ..
        } = report;
        [
            format!("AADSTS{code}: {message}"),
            format!("Trace ID: {trace_id}"),
            format!("Correlation ID: {correlation_id}"),
            format!("Timestamp: {timestamp}"),
        ]
        .join(separator)
    }

    fn uri(&self) -> String {
        format!("https://login.microsoftonline.com/error?code={}", self.code)
    }
}

/// The details that Entra's support asks for.
pub(crate) struct Report {
    pub(crate) trace_id: String,
    pub(crate) correlation_id: String,
    pub(crate) timestamp: String,
}

impl Report {
    pub(crate) fn new(now: u64) -> Self {
        Self {
            trace_id: Uuid::new_v4().to_string(),
            correlation_id: Uuid::new_v4().to_string(),
            timestamp: entra_timestamp(now),
        }
    }
}
