//! Requests as text for snapshot tests.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use perspio_auth::Error as AuthError;
use reqwest::{Body, Request};
use serde_json::Value;

use crate::error::Error;
use crate::request::ApiRequest;
use crate::response::BodyMode;

/// The text of a secret.
const REDACTED: &str = "[redacted]";
/// The text of the boundary of a body with several parts, which differs each time.
const BOUNDARY: &str = "[boundary]";

impl ApiRequest {
    /// Returns the request as text for a snapshot test, and sends nothing: method, path and
    /// query, the headers in alphabetical order, and the body, JSON indented. The credentials
    /// are `[redacted]`, and the boundary of a body with several parts is `[boundary]`;
    /// everything else is shown as it is sent. The host and what the HTTP client adds to a
    /// message, such as its length, are not a part of the text.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the request cannot be sent.
    ///
    /// ```
    /// use http::Method;
    ///
    /// # fn example(client: perspio_http::ApiClient) -> Result<(), perspio_http::Error> {
    /// let request = client.request(Method::GET, "/sites/v3/");
    /// assert_eq!(request.shape()?, "\
    /// GET /sites/v3/
    /// accept: application/json
    /// authorization: Bearer [redacted]");
    /// # Ok(())
    /// # }
    /// ```
    pub fn shape(self) -> Result<String, Error> {
        let (call, request) = self.into_call(BodyMode::Buffered);
        let mut request = request?;
        call.prepare(&mut request)?;
        let auth = call.auth();
        match auth.check(&request, call.intent()) {
            // The test is about the request rather than about the credentials.
            Ok(()) | Err(AuthError::ReadOnlyApplication { .. }) => {}
            Err(error) => {
                return Err(call
                    .client
                    .invalid(request.method(), request.url().path(), error));
            }
        }
        // The credentials of this client are placeholders in the text.
        auth.sign(&mut request, None);
        auth.redact_query_keys(request.url_mut(), REDACTED);
        Ok(text(&request, auth.needs_token()))
    }
}

/// Returns the text of a request, which is sent with a token or without one.
pub(crate) fn text(request: &Request, has_token: bool) -> String {
    let url = request.url();
    let query = url.query().map(|query| format!("?{query}"));
    let head = format!(
        "{} {}{}",
        request.method(),
        url.path(),
        query.unwrap_or_default()
    );
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != AUTHORIZATION)
        .map(|(name, value)| {
            let shown = String::from_utf8_lossy(value.as_bytes());
            let shown = if value.is_sensitive() {
                REDACTED.into()
            } else {
                shown
            };
            format!("{name}: {shown}")
        })
        .collect();
    if has_token || request.headers().contains_key(AUTHORIZATION) {
        headers.push(format!("{AUTHORIZATION}: Bearer {REDACTED}"));
    }
    headers.sort();
    let mut text = std::iter::once(head)
        .chain(headers)
        .collect::<Vec<_>>()
        .join("\n");
    if let Some(body) = request.body() {
        text = format!("{text}\n\n{}", body_text(body, content_type(request)));
    }
    match content_type(request).split_once("boundary=") {
        Some((_, boundary)) => text.replace(boundary, BOUNDARY),
        None => text,
    }
}

fn content_type(request: &Request) -> &str {
    let header = request.headers().get(CONTENT_TYPE);
    header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn body_text(body: &Body, content_type: &str) -> String {
    let Some(bytes) = body.as_bytes() else {
        return "[stream]".to_owned();
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_json = essence == "application/json" || essence.ends_with("+json");
    if is_json
        && let Ok(value) = serde_json::from_slice::<Value>(bytes)
        && let Ok(text) = serde_json::to_string_pretty(&value)
    {
        return text;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if essence == "application/x-www-form-urlencoded" => text.replace('&', "\n&"),
        Ok(text) => text.to_owned(),
        Err(_) => format!("[{} bytes]", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::*;

    fn request(content_type: &str, body: impl Into<Body>) -> Request {
        let url = Url::parse("https://api.example/things?a=1&b=2").unwrap();
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert("x-job", "nightly".parse().unwrap());
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        let mut key: http::HeaderValue = "canary".parse().unwrap();
        key.set_sensitive(true);
        headers.insert("api-key", key);
        *request.body_mut() = Some(body.into());
        request
    }

    #[test]
    fn a_shape_is_sorted_indented_and_without_secrets() {
        let request = request("application/json", r#"{"b":1,"a":[null]}"#);
        let text = text(&request, true);
        assert!(!text.contains("canary"));
        let (head, body) = text.split_once("\n\n").unwrap();
        assert_eq!(
            head,
            "POST /things?a=1&b=2\napi-key: [redacted]\nauthorization: Bearer [redacted]\n\
             content-type: application/json\nx-job: nightly"
        );
        assert!(body.contains("\n  \"b\": 1"), "{body}");
    }

    #[test]
    fn a_boundary_is_replaced_in_header_and_body() {
        let request = request(
            "multipart/form-data; boundary=xyz",
            "--xyz\r\n\r\na\r\n--xyz--",
        );
        let text = text(&request, false);
        assert!(!text.contains("xyz"), "{text}");
        assert_eq!(text.matches("[boundary]").count(), 3, "{text}");
    }

    #[test]
    fn a_body_that_is_not_text_is_shown_by_its_length() {
        assert!(
            text(&request("application/octet-stream", vec![0xff, 0]), false).ends_with("[2 bytes]")
        );
        let stream = Body::wrap(Body::from("words"));
        assert!(text(&request("text/plain", stream), false).ends_with("[stream]"));
    }
}
