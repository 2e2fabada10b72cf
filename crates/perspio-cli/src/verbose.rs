//! `-v` and `-vv`: the requests of the command on standard error.

use std::fmt::Write;
use std::time::Duration;

use perspio::auth::AccessToken;
use perspio::auth::http::header::HeaderMap;
use perspio::transport::{self, Transport, async_trait};
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::transport::root_cause;
use perspio_auth::{Error as AuthError, TokenKey, TokenObserver};
use reqwest::ResponseBuilderExt;

use crate::failure::print_line;
use crate::output::status_on_stderr;
use crate::redaction::{self, shown_body};

/// Prints each attempt and each token request.
pub(crate) struct Verbose {
    /// Whether headers and bodies are printed.
    details: bool,
}

impl Verbose {
    /// Returns the observer for this number of `-v`; `None` without one.
    pub(crate) fn of(level: u8) -> Option<Self> {
        (level > 0).then_some(Self { details: level > 1 })
    }
}

#[async_trait]
impl Transport for Verbose {
    async fn send(
        &self,
        http: &transport::Client,
        request: transport::Request,
    ) -> reqwest::Result<transport::Response> {
        let url = request.url();
        let query = url.query().map(|query| format!("?{query}"));
        let line = format!(
            "{} {}{}",
            request.method(),
            url.path(),
            query.unwrap_or_default()
        );
        if self.details {
            let body = request.body().and_then(reqwest::Body::as_bytes);
            print_line(&message("> ", &line, request.headers(), body));
        }
        let began = SystemClock.monotonic();
        let outcome = http.execute(request).await;
        let took = milliseconds(SystemClock.monotonic().saturating_sub(began));
        let response = match outcome {
            Ok(response) => response,
            Err(cause) => {
                let reason = root_cause(&cause);
                print_line(&format!("{line}: no response after {took}: {reason}"));
                return Err(cause);
            }
        };
        let status = response.status();
        if !self.details {
            let status = status_on_stderr(status);
            print_line(&format!("{line}: {status} in {took}"));
            return Ok(response);
        }
        let (response, body) = buffered(response).await?;
        let status_line = format!("{line}: {status} in {took}, {} bytes", body.len());
        print_line(&message(
            "< ",
            &status_line,
            response.headers(),
            Some(&body),
        ));
        Ok(response)
    }
}

/// Reads the body of a response, and returns a response with the same body.
async fn buffered(
    response: transport::Response,
) -> reqwest::Result<(transport::Response, Vec<u8>)> {
    let mut head = perspio::auth::http::Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = response.version();
    *head.headers_mut() = response.headers().clone();
    let url = response.url().clone();
    let body = response.bytes().await?.to_vec();
    let (mut parts, ()) = head.into_parts();
    if let Ok(with_url) = perspio::auth::http::Response::builder().url(url).body(()) {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    let response = perspio::auth::http::Response::from_parts(parts, body.clone());
    Ok((response.into(), body))
}

/// Returns a message with its headers and body, each line with a prefix.
fn message(prefix: &str, line: &str, headers: &HeaderMap, body: Option<&[u8]>) -> String {
    let mut text = format!("{prefix}{line}");
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n{prefix}{name}: {}",
            redaction::shown_header(name, value)
        );
    }
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        for line in shown_body(body).lines() {
            let _ = write!(text, "\n{prefix}{line}");
        }
    }
    text
}

impl TokenObserver for Verbose {
    fn on_renewed(&self, key: &TokenKey, token: &AccessToken, time: Duration) {
        let _ = key;
        let minutes = token.remaining(SystemClock.now()).as_secs() / 60;
        print_line(&format!(
            "access token: obtained in {}, valid for {minutes} min",
            milliseconds(time)
        ));
    }

    fn on_failed(&self, key: &TokenKey, error: &AuthError) {
        let _ = key;
        print_line(&format!("access token: not obtained: {error}"));
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
