//! The text of [`Error::UnexpectedResponse`](super::Error::UnexpectedResponse).

use std::fmt::Write;
use std::time::Duration;

pub(super) fn text(
    host: &str,
    status: u16,
    retry_after: Option<Duration>,
    excerpt: &str,
    help: &str,
) -> String {
    let mut text = match status {
        429 => {
            format!("the identity server {host} responded with 429: it limits the rate of requests")
        }
        500.. => format!("the identity server {host} responded with {status}: it is unavailable"),
        300..400 => format!("the identity server {host} responded with {status}, a redirect"),
        _ => format!(
            "the identity server {host} responded with {status}, without a token or an OAuth error"
        ),
    };
    if let Some(wait) = retry_after {
        // Writing to a string does not fail.
        let _ = write!(text, "; it asks to wait {} s", wait.as_secs());
    }
    if !excerpt.is_empty() {
        text.push_str(": ");
        text.push_str(excerpt);
    }
    if !help.is_empty() {
        text.push('\n');
        text.push_str(help);
    }
    text
}
