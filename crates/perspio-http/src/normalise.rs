//! Turns an answer that is no success into an error, whatever its body is.

use std::time::Duration;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use perspio_auth::SentCredentials;
use perspio_auth::secret::printable;
use reqwest::Response;
use serde_json::Value;

use crate::decode::EXCERPT;
use crate::error::Error;

/// An error's body is read up to here and no further.
const LARGEST_BODY: usize = 64 * 1024;

/// What to do about a credential that was taken, but is not enough.
const FORBIDDEN: &str = "The credentials are good, but do not allow this call: \
    check what the application, or the signed-in user, may do";

/// The headers under which gateways send the id of a request, best first.
const REQUEST_ID_HEADERS: [&str; 4] = [
    "request-id",
    "x-request-id",
    "x-ms-request-id",
    "apim-request-id",
];

/// The server's id of the request, if it sent one.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .map(printable)
}

/// Lets a success through; reads any other answer into an error. `help` is
/// what to do about a refused credential.
pub(crate) async fn check(
    mut response: Response,
    host: &str,
    help: impl FnOnce() -> String,
) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let mut body = Vec::new();
    // A body that breaks off still leaves the status, which says the most.
    while let Ok(Some(piece)) = response.chunk().await {
        let room = LARGEST_BODY - body.len();
        body.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if body.len() == LARGEST_BODY {
            break;
        }
    }
    let help = match status {
        StatusCode::UNAUTHORIZED => help(),
        StatusCode::FORBIDDEN => FORBIDDEN.to_owned(),
        _ => String::new(),
    };
    let body = String::from_utf8_lossy(&body);
    let sent = response.extensions().get::<SentCredentials>();
    // A gateway's page may repeat the request, credentials included.
    let body = sent.map_or_else(|| body.to_string(), |sent| sent.scrub(&body));
    Err(failure(host, status, response.headers(), &body, &help))
}

/// The error of an answer that is no success.
pub(crate) fn failure(
    host: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
    help: &str,
) -> Error {
    let host = host.into();
    let request_id = request_id(headers);
    let message = message(status, headers, body);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Error::RateLimited {
            host,
            retry_after: retry_after(headers),
            message,
            request_id,
        };
    }
    Error::Api {
        host,
        status,
        message,
        request_id,
        body: body.to_owned(),
        help: help.to_owned(),
    }
}

fn message(status: StatusCode, headers: &HeaderMap, body: &str) -> String {
    if status.is_redirection() {
        let target = headers
            .get(LOCATION)
            .and_then(|target| target.to_str().ok());
        let origin = target
            .and_then(|target| reqwest::Url::parse(target).ok())
            .map_or_else(
                || "another path".to_owned(),
                |target| target.origin().ascii_serialization(),
            );
        return format!(
            "a redirect to {origin} is not followed, because the credentials belong to this server; \
             check the base URL"
        );
    }
    let said = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| said(&body));
    let text = said.unwrap_or_else(|| body.trim().to_owned());
    let text: String = printable(&text).chars().take(EXCERPT).collect();
    if text.is_empty() && status.is_success() {
        "a success that the document does not describe".to_owned()
    } else if text.is_empty() {
        "no further word".to_owned()
    } else {
        text
    }
}

/// The text of an error body: no schema is published, so the usual places are tried.
fn said(body: &Value) -> Option<String> {
    [
        "/message",
        "/error/message",
        "/error_description",
        "/detail",
        "/title",
        "/error",
    ]
    .iter()
    .find_map(|place| body.pointer(place)?.as_str())
    .map(str::to_owned)
}

/// `Retry-After` in seconds.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(status: u16, body: impl Into<reqwest::Body>) -> Error {
        let response = http::Response::builder()
            .status(status)
            .header("retry-after", "7")
            .header("x-request-id", "r-9")
            .header("location", "https://elsewhere.example/path?secret")
            .body(body.into())
            .unwrap();
        check(response.into(), "api.example", || "what to do".to_owned())
            .await
            .unwrap_err()
    }

    #[tokio::test]
    async fn a_gateways_page_keeps_its_status() {
        let error = refused(503, "<html><h1>503 Service Unavailable</h1></html>").await;
        assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert!(error.to_string().contains("<h1>503"), "{error}");
        assert_eq!(error.request_id(), Some("r-9"));
    }

    #[tokio::test]
    async fn an_empty_or_broken_body_keeps_its_status() {
        for body in ["", "{\"message\":", "null", "[]", "{}"] {
            assert_eq!(
                refused(404, body).await.status(),
                Some(StatusCode::NOT_FOUND),
                "{body}"
            );
        }
    }

    #[tokio::test]
    async fn the_message_is_found_in_the_usual_places() {
        for body in [
            r#"{"statusCode":400,"message":"said"}"#,
            r#"{"error":{"code":1,"message":"said"}}"#,
            r#"{"title":"said"}"#,
        ] {
            let error = refused(400, body).await;
            assert!(
                matches!(&error, Error::Api { message, .. } if message == "said"),
                "{error:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_huge_body_is_cut_at_64_kib() {
        let error = refused(500, "x".repeat(20 * 1024 * 1024)).await;
        assert!(matches!(&error, Error::Api { body, message, .. }
            if body.len() == LARGEST_BODY && message.len() == EXCERPT));
    }

    #[tokio::test]
    async fn a_429_tells_how_long_to_wait() {
        let error = refused(429, r#"{"message":"slow down"}"#).await;
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn a_redirect_is_told_with_its_origin_only() {
        let text = refused(302, "").await.to_string();
        assert!(text.contains("https://elsewhere.example"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[tokio::test]
    async fn only_a_refused_credential_gets_the_help_for_it() {
        assert!(refused(401, "").await.to_string().contains("what to do"));
        assert!(
            refused(403, "")
                .await
                .to_string()
                .contains("do not allow this call")
        );
        assert!(!refused(404, "").await.to_string().contains("what to do"));
    }
}
