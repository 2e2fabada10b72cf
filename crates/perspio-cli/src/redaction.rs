//! Headers and bodies as they are printed: without secrets, and without characters that steer
//! a terminal.

use std::borrow::Cow;

use perspio::auth::http::header::{HeaderName, HeaderValue, PROXY_AUTHORIZATION, SET_COOKIE};
use perspio::auth::secret::printable;

/// The longest part of a body that is printed, in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// Returns the value of a header without its secret.
pub(crate) fn shown_header(name: &HeaderName, value: &HeaderValue) -> String {
    if value.is_sensitive() || *name == SET_COOKIE || *name == PROXY_AUTHORIZATION {
        return "[redacted]".to_owned();
    }
    printable(&String::from_utf8_lossy(value.as_bytes()))
}

/// Returns a body as text, cut after 16 KiB.
pub(crate) fn shown_body(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else {
        return format!("[{} bytes that are not text]", body.len());
    };
    let most = LONGEST_BODY.min(text.len());
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    let (shown, rest) = text.split_at(end.unwrap_or_default());
    let lines: Vec<_> = shown.lines().map(printable).collect();
    let rest: Cow<'_, str> = match rest.len() {
        0 => "".into(),
        more => format!("\n[{more} more bytes]").into(),
    };
    format!("{}{rest}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_header_is_redacted() {
        let mut secret = HeaderValue::from_static("canary");
        secret.set_sensitive(true);
        let name = HeaderName::from_static("x-key");
        assert_eq!(shown_header(&name, &secret), "[redacted]");
        let cookie = HeaderValue::from_static("canary");
        assert_eq!(shown_header(&SET_COOKIE, &cookie), "[redacted]");
    }

    #[test]
    fn a_long_body_is_cut_and_its_length_is_shown() {
        let body = "é".repeat(LONGEST_BODY);
        let shown = shown_body(body.as_bytes());
        assert!(shown.ends_with(&format!("\n[{LONGEST_BODY} more bytes]")));
    }

    #[test]
    fn a_body_cannot_steer_the_terminal() {
        let shown = shown_body(b"a\n\x1b[2Jb");
        assert!(
            shown.starts_with("a\n") && !shown.contains('\x1b'),
            "{shown}"
        );
    }
}
