//! `--dry-run`: prints the request that a command would send, as HTTP and for curl.

use std::fmt::Write as _;
use std::future::pending;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use perspio::auth::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use perspio::transport::{self, Request, Transport, async_trait};
use perspio_http::{Api, SecurityScheme};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::next_command::quoted;
use crate::redaction::{shown_body, shown_header};

/// Keeps the first request, and never responds to it.
#[derive(Default)]
pub(crate) struct DryRun {
    request: Mutex<Option<Request>>,
    is_kept: Notify,
}

#[async_trait]
impl Transport for DryRun {
    async fn send(
        &self,
        _: &transport::Client,
        request: Request,
    ) -> reqwest::Result<transport::Response> {
        self.keep(request);
        pending().await
    }
}

impl DryRun {
    fn keep(&self, request: Request) {
        let mut first = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(request);
        self.is_kept.notify_one();
    }

    /// Prints the request that `work` sends first. Fails if it sends none.
    pub(crate) async fn print(
        &self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        tokio::select! {
            outcome = work => return outcome,
            () = self.is_kept.notified() => {}
        }
        let request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(request) = &*request {
            let text = format!("{}\n{}", as_http(request), as_curl(request));
            io::stdout().lock().write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

/// Returns a request as HTTP/1.1 writes it, with variables instead of secrets.
fn as_http(request: &Request) -> String {
    let url = request.url();
    let query = url.query().map(|query| format!("?{query}"));
    let mut text = format!(
        "{} {}{} HTTP/1.1\nhost: {}\n",
        request.method(),
        url.path(),
        query.unwrap_or_default(),
        url.authority()
    );
    // Writing to a string does not fail.
    for (name, value) in request.headers() {
        let _ = writeln!(text, "{name}: {}", with_variable(name, value, "$TOKEN"));
    }
    if let Some(body) = body(request) {
        let _ = writeln!(text, "\n{}", shown_body(body));
    }
    text
}

/// Returns the command of curl that sends a request, for a POSIX shell.
fn as_curl(request: &Request) -> String {
    let mut text = format!(
        "curl --request {} {}",
        request.method(),
        quoted(request.url().as_str())
    );
    for (name, value) in request.headers() {
        let value = with_variable(name, value, "$(perspio token)");
        let header = if value.contains('$') && is_secret(name, request) {
            format!("\"{name}: {value}\"")
        } else {
            quoted(&format!("{name}: {value}"))
        };
        let _ = write!(text, " \\\n  --header {header}");
    }
    match body(request).map(std::str::from_utf8) {
        None => {}
        Some(Ok(body)) => {
            let _ = write!(text, " \\\n  --data-raw {}", quoted(body));
        }
        Some(Err(_)) => text.push_str(" \\\n  --data-binary @BODY"),
    }
    text.push('\n');
    text
}

fn is_secret(name: &HeaderName, request: &Request) -> bool {
    request
        .headers()
        .get(name)
        .is_some_and(HeaderValue::is_sensitive)
}

/// Returns the value of a header; a secret is replaced by the variable that contains it.
fn with_variable(name: &HeaderName, value: &HeaderValue, token: &str) -> String {
    if !value.is_sensitive() {
        return shown_header(name, value);
    }
    if *name == AUTHORIZATION {
        return format!("Bearer {token}");
    }
    match setting_of(name) {
        Some(setting) => format!("${}", perspio::Client::VARIABLES.of(setting)),
        None => shown_header(name, value),
    }
}

/// Returns the setting that a header of the API contains.
fn setting_of(header: &HeaderName) -> Option<&'static str> {
    perspio::Client::SECURITY
        .iter()
        .find_map(|scheme| match scheme {
            SecurityScheme::ApiKey { name, setting, .. } if header == name => Some(*setting),
            _ => None,
        })
}

fn body(request: &Request) -> Option<&[u8]> {
    let body = request.body().and_then(reqwest::Body::as_bytes);
    body.filter(|body| !body.is_empty())
}
