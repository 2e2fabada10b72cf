//! The request for a document, and the checks of its response.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode, header};

use super::url::{DocumentUrl, unsafe_redirect};
use crate::error::{Context, Error, Result, fail};
use crate::load;

/// The limits of a download.
pub(in crate::source) struct Limits {
    /// The time until a connection is established.
    pub(super) connect: Duration,
    /// The time until the document is complete.
    pub(super) total: Duration,
    /// The size of the document.
    pub(super) bytes: usize,
    pub(super) redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(300),
            bytes: load::MAX_BYTES,
            redirects: 5,
        }
    }
}

/// Returns the text of the document at `url`.
pub(super) fn text(url: &DocumentUrl, limits: &Limits) -> Result<String> {
    // A runtime cannot be started in a thread that already runs one.
    let bytes = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .spawn_scoped(scope, || bytes(url, limits))
            .context("no thread can be started")?;
        let panicked = "the download panicked: please report the URL";
        thread.join().unwrap_or_else(|_| fail(panicked))
    })?;
    let text = String::from_utf8(bytes).context("the response is not UTF-8")?;
    // Neither JSON nor a YAML document that is an object begins with it.
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    if begin.starts_with('<') {
        let error = Error::new("the response is a page (HTML or XML) and not a document");
        let help = "use the URL of the file itself, such as the address of \"Raw\" on GitHub";
        return Err(error.with_help(help));
    }
    Ok(text)
}

fn bytes(url: &DocumentUrl, limits: &Limits) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the network cannot be used")?;
    let bytes = runtime.block_on(request(url, limits));
    // A name that is still being resolved does not delay the error.
    runtime.shutdown_background();
    bytes
}

async fn request(url: &DocumentUrl, limits: &Limits) -> Result<Vec<u8>> {
    let failed = |cause| failure(cause, limits);
    let request = client(url, limits)?.get(url.get().clone());
    // A server that offers several forms responds to a browser with a page.
    let request = request.header(
        header::ACCEPT,
        "application/yaml, application/json, */*;q=0.5",
    );
    let mut response = request.send().await.map_err(failed)?;
    check_status(response.status())?;
    let too_large = || {
        Error::new(format_args!(
            "the document is larger than {} bytes",
            limits.bytes
        ))
    };
    if announced(&response) > limits.bytes as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if chunk.len() > limits.bytes.saturating_sub(bytes.len()) {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn client(url: &DocumentUrl, limits: &Limits) -> Result<Client> {
    let redirects = limits.redirects;
    let mut client = Client::builder()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        // It would contain the query of the URL.
        .referer(false)
        .redirect(Policy::custom(move |attempt| redirect(attempt, redirects)));
    if url.is_loopback() {
        client = client.no_proxy();
    }
    client.build().context("the network cannot be used")
}

/// Returns the size that the response announces, if it does.
fn announced(response: &Response) -> u64 {
    response.content_length().unwrap_or_default()
}

fn check_status(status: StatusCode) -> Result<()> {
    if status == StatusCode::OK {
        return Ok(());
    }
    let next = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ": it needs a sign-in; download the file with your browser, and give its path"
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => ": check the URL",
        _ if status.is_server_error() => ": try again later",
        _ => ", and 200 is expected",
    };
    fail(format_args!("the server responded with {status}{next}"))
}

/// A redirect that is not followed.
#[derive(Debug)]
struct RejectedRedirect(String);

impl fmt::Display for RejectedRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for RejectedRedirect {}

fn redirect(attempt: Attempt<'_>, limit: usize) -> reqwest::redirect::Action {
    // The previous ones include the first request.
    if attempt.previous().len() > limit {
        let text = format!("the server redirects more than {limit} times");
        return attempt.error(RejectedRedirect(text));
    }
    if let Some(reason) = unsafe_redirect(attempt.url()) {
        let host = attempt.url().host_str().unwrap_or_default();
        let text = format!("the redirect to {host} is not followed, because {reason}");
        return attempt.error(RejectedRedirect(text));
    }
    attempt.follow()
}

/// Returns an error without the URL, whose query may contain a token.
fn failure(cause: reqwest::Error, limits: &Limits) -> Error {
    let mut causes: Option<&(dyn StdError + 'static)> = Some(&cause);
    while let Some(inner) = causes {
        if let Some(rejected) = inner.downcast_ref::<RejectedRedirect>() {
            return Error::new(rejected);
        }
        causes = inner.source();
    }
    if cause.is_timeout() {
        let (connect, total) = (limits.connect, limits.total);
        return Error::new(format_args!(
            "the server took too long: the limits are {connect:?} for the connection and \
             {total:?} for the document"
        ));
    }
    Error::new("the request failed").because_of(cause.without_url())
}
