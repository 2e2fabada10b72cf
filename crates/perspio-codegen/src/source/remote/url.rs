//! The URLs that documents are downloaded from.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Context, Error, Result, fail};

/// A URL of a document: https, or http to this machine, without a user name or password. It is
/// displayed without its query, which may contain a token.
pub(super) struct DocumentUrl(Url);

impl DocumentUrl {
    /// Parses a URL that the user gives.
    ///
    /// # Errors
    /// The reason, without the parts of the URL that may be secret.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let url = Self(Url::parse(text).context("the URL is invalid")?);
        if has_user(&url.0) {
            let message = "a URL with a user name or password is rejected, because it would be \
                           stored and printed";
            return Err(Error::new(format_args!("{url}: {message}"))
                .with_help("download the file, and give its path"));
        }
        match url.0.scheme() {
            "https" => Ok(url),
            "http" if url.is_loopback() => Ok(url),
            _ => fail(format_args!(
                "{url}: a document is downloaded from https only (http for this machine)"
            )),
        }
    }

    pub(super) fn get(&self) -> &Url {
        &self.0
    }

    /// Returns whether the host is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns a file name for the document: the last part of the path, with an extension of
    /// documents.
    pub(super) fn file(&self, text: &str) -> String {
        let last = self
            .0
            .path_segments()
            .and_then(|mut parts| parts.next_back());
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let name = last.unwrap_or_default().replace(|it| !is_plain(it), "-");
        let name = name.trim_start_matches('.');
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        if matches!(extension, Some("json" | "yaml" | "yml")) {
            return name.to_owned();
        }
        let stem = if name.is_empty() { "openapi" } else { name };
        let is_json = text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('{');
        format!("{stem}.{}", if is_json { "json" } else { "yaml" })
    }
}

impl fmt::Display for DocumentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(
            f,
            "{}://{}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        )?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

/// Returns the reason for which a redirect to `target` is not followed.
pub(super) fn unsafe_redirect(target: &Url) -> Option<&'static str> {
    if target.scheme() != "https" {
        return Some("it is not https");
    }
    has_user(target).then_some("it contains a user name or password")
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback_address = |address: IpAddr| address.is_loopback();
    host == "localhost" || address.parse().is_ok_and(is_loopback_address)
}
