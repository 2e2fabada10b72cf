//! The recorded requests without their secrets.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use super::curl::curl;
use super::redact;
use crate::calendar::iso_8601_millis;
use crate::endpoint::Endpoint;
use crate::log::{Outcome, RecordedRequest};
use crate::shape::shape;
use crate::shared::Shared;

/// One line of the log.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) number: u64,
    /// By the sandbox's clock.
    pub(crate) received: String,
    pub(crate) endpoint: Endpoint,
    /// The caller, as the request names it.
    pub(crate) caller: String,
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// The names of the query parameters that the API ignores.
    pub(crate) unknown_query: Vec<String>,
    pub(crate) outcome: &'static str,
    pub(crate) status: Option<u16>,
}

/// A request with headers and body.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    #[serde(flatten)]
    pub(crate) summary: Summary,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: String,
    /// The size as received.
    pub(crate) body_bytes: usize,
    pub(crate) curl: String,
    pub(crate) shape: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Returns the last requests, the newest first.
pub(crate) fn recent(shared: &Shared, count: usize) -> Vec<Summary> {
    let recent = shared.log.last(count, Clone::clone);
    recent
        .iter()
        .map(|request| summary(shared, request))
        .collect()
}

pub(crate) fn summary(shared: &Shared, request: &RecordedRequest) -> Summary {
    let query = request.query.as_deref().map(|query| {
        let query = redact::named(shared, &redact::form(query));
        format!("?{query}")
    });
    let (outcome, status) = match request.outcome {
        Outcome::Pending => ("pending", None),
        Outcome::Status(status) => ("responded", Some(status)),
        Outcome::Cut => ("cut", None),
    };
    Summary {
        number: request.number,
        received: iso_8601_millis(request.received),
        endpoint: request.endpoint,
        caller: caller(request),
        method: request.method.clone(),
        path: format!("{}{}", request.path, query.unwrap_or_default()),
        unknown_query: request.unknown_query.clone(),
        outcome,
        status,
    }
}

/// Returns the request with this number, if the log still has it.
pub(crate) fn details(shared: &Shared, number: u64) -> Option<Details> {
    let request = shared.log.find(number)?;
    let headers = request.headers.iter().map(|(name, value)| Header {
        name: name.clone(),
        value: redact::named(shared, &redact::header(name, value)),
    });
    let headers: Vec<_> = headers.collect();
    let body = redact::named(shared, &redact::body(&request));
    let query = request.query.as_deref();
    let mut redacted = request.clone();
    redacted.query = query.map(|query| redact::named(shared, &redact::form(query)));
    redacted.headers = headers
        .iter()
        .map(|header| (header.name.clone(), header.value.clone()))
        .collect();
    redacted.body = body.clone().into_bytes();
    Some(Details {
        summary: summary(shared, &request),
        curl: curl(shared, &request),
        shape: shape(shared, &redacted),
        body_bytes: request.body.len(),
        headers,
        body,
    })
}

/// Returns the person or the application that the token or the form names, unverified.
fn caller(request: &RecordedRequest) -> String {
    if let Some(token) = request.header("authorization").and_then(bearer) {
        return claimed_name(token).unwrap_or_else(|| "unknown token".to_owned());
    }
    let body = String::from_utf8_lossy(&request.body);
    let has_client =
        request.has_form() && body.split('&').any(|pair| pair.starts_with("client_id="));
    let caller = if has_client {
        "application"
    } else {
        "anonymous"
    };
    caller.to_owned()
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn claimed_name(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let name = claims.get("name").and_then(Value::as_str);
    Some(name.unwrap_or("application").to_owned())
}

/// Returns what is known of a request when it arrives, in one line without secrets.
pub(crate) fn log_line(request: &RecordedRequest) -> String {
    let (method, path) = (&request.method, &request.path);
    let line = format!("{} {method} {path}", caller(request));
    if request.unknown_query.is_empty() {
        return line;
    }
    // Quoted and escaped, because the caller chooses the names.
    format!(
        "{line} (unknown query parameters: {:?})",
        request.unknown_query
    )
}

/// Returns an outcome in a few words, for instance `429 Too Many Requests`.
pub(crate) fn outcome_text(outcome: Outcome) -> String {
    match outcome {
        Outcome::Pending => "pending".to_owned(),
        Outcome::Cut => "cut".to_owned(),
        Outcome::Status(status) => {
            StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |s| s.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_printed_line_names_the_caller_and_has_no_query() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"name":"Ada Sandbox"}"#);
        let request = Request::get("/callback?code=secret")
            .header("authorization", format!("bearer x.{claims}.y"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let request = RecordedRequest::new(Endpoint::Other, &parts, Vec::new());
        assert_eq!(log_line(&request), "Ada Sandbox GET /callback");
        let outcomes = [Outcome::Pending, Outcome::Status(429), Outcome::Cut].map(outcome_text);
        assert_eq!(outcomes, ["pending", "429 Too Many Requests", "cut"]);
    }

    #[test]
    fn a_printed_line_names_unknown_query_parameters_without_their_values() {
        let request = Request::get("/sites/v3/?top=secret&a%0Ab=c&top=2");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let request = RecordedRequest::new(Endpoint::Api, &parts, Vec::new());
        let expected = r#"anonymous GET /sites/v3/ (unknown query parameters: ["top", "a\nb"])"#;
        assert_eq!(log_line(&request), expected);
    }
}
