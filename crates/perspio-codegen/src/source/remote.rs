//! Documents at URLs that the user gives.

mod fetch;
mod url;

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use super::Download;
use crate::error::{Context, Result};
pub(super) use fetch::Limits;
use url::DocumentUrl;

/// Downloads the document at `url`.
///
/// # Errors
/// If the URL cannot be used, or the response is not a document. The error does not contain the
/// query of the URL, nor a user name or password.
pub(super) fn download(url: &str, limits: &Limits) -> Result<Download> {
    let url = DocumentUrl::parse(url)?;
    let text = fetch::text(&url, limits).context(format_args!("{url} cannot be downloaded"))?;
    Ok(Download {
        url: url.to_string(),
        file: url.file(&text).into(),
        sha256: hexadecimal(digest(&SHA256, text.as_bytes()).as_ref()),
        text,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
