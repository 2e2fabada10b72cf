//! Secrets, which are wiped on drop and redacted in `Debug` output and error texts.

use http::HeaderValue;
pub use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Returns a header value that is redacted in `Debug` output and not added to HTTP/2 header
/// tables; `None` if `text` is not a valid header value.
pub fn sensitive_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Returns a copy of a header value that shares no reference count with the original.
pub(crate) fn sensitive_copy(value: &HeaderValue) -> HeaderValue {
    // The bytes are those of a header value, so that they are valid.
    let mut copy = HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone());
    copy.set_sensitive(true);
    copy
}

/// Prepares a text of a server for an error message: replaces secrets, because some servers
/// repeat them, and control characters of terminals.
pub(crate) fn scrub(text: &str, secrets: &[&str]) -> String {
    let mut text = printable(text);
    let mut forms: Vec<_> = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .flat_map(|secret| forms(secret))
        .collect();
    // The longest first, because a short secret may be a part of a longer one.
    forms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    forms.dedup();
    for form in forms {
        text = text.replace(form.as_str(), GAP);
    }
    without_jwts(&text.replace(GAP, REDACTED))
}

/// Does the same for a truncated text: the beginning of a secret at its end is removed too.
pub(crate) fn scrub_cut(text: &str, secrets: &[&str]) -> String {
    let mut text = scrub(text, secrets);
    let longest_rest = secrets
        .iter()
        .flat_map(|secret| forms(secret))
        .filter_map(|form| rest_of(&form, &text))
        .max();
    if let Some(length) = longest_rest {
        text.truncate(text.len() - length);
        text.push_str(REDACTED);
    }
    text
}

/// Returns the length of the longest beginning of `secret` that `text` ends with.
fn rest_of(secret: &str, text: &str) -> Option<usize> {
    (SHORTEST_SECRET..=secret.len()).rev().find(|length| {
        secret
            .get(..*length)
            .is_some_and(|rest| text.ends_with(rest))
    })
}

/// Removes anything that looks like a signed token (RFC 7519), which may be from an earlier
/// request.
fn without_jwts(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, found)) = rest
        .find("eyJ")
        .and_then(|start| rest.split_at_checked(start))
    {
        let of_token = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let length = found
            .find(|letter| !of_token(letter))
            .unwrap_or(found.len());
        let (token, after) = found.split_at_checked(length).unwrap_or((found, ""));
        clean.push_str(before);
        clean.push_str(if token.len() < SHORTEST_JWT {
            token
        } else {
            REDACTED
        });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

/// The length of the shortest secret that is removed: a shorter one occurs in texts by
/// chance.
const SHORTEST_SECRET: usize = 4;

/// The length of the shortest JWT; its header alone is longer.
const SHORTEST_JWT: usize = 20;

/// Returns the encodings in which a server may repeat a secret: plain, in a form, in JSON,
/// in HTML.
fn forms(secret: &str) -> [Zeroizing<String>; 8] {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut lower = encoded.clone();
    for (index, _) in encoded.match_indices('%') {
        if let Some(escape) = encoded.get(index..index + 3) {
            lower.replace_range(index..index + 3, &escape.to_ascii_lowercase());
        }
    }
    let json = serde_json::Value::from(secret).to_string();
    let json = json.trim_matches('"').to_owned();
    let slashes = json.replace('/', "\\/");
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let quotes = html.replace('"', "&quot;").replace('\'', "&#39;");
    // As JavaScript encodes it.
    let tilde = encoded.replace("%7E", "~").replace('+', "%20");
    [
        secret.to_owned(),
        encoded,
        lower,
        tilde,
        json,
        slashes,
        html,
        quotes,
    ]
    .map(Zeroizing::new)
}

/// Replaces the characters that a terminal interprets by spaces: control characters, and
/// those that change the writing direction or have no width.
pub fn printable(text: &str) -> String {
    let is_interpreted = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|letter| if is_interpreted(letter) { ' ' } else { letter })
        .collect()
}

/// Replaces a secret until all are removed. It does not occur in printable text, so that
/// no other secret is found in it.
const GAP: &str = "\u{1}";

const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_secret_at_the_end_is_scrubbed() {
        let cut = |text: &str| scrub_cut(text, &["abc/defgh", "bcd"]);
        for text in [
            "x abc/",
            "x abc/defg",
            "x abc/defgh",
            "x abc%2",
            "x abc%2fde",
        ] {
            assert_eq!(cut(text), "x [redacted]", "{text}");
        }
        assert_eq!(cut("x abc"), "x abc", "too short to be recognized");
        assert_eq!(cut("abc/ x"), "abc/ x", "not at the end");
        assert_eq!(cut(""), "");
    }

    #[test]
    fn a_secret_is_scrubbed_plain_and_percent_encoded() {
        let text = "sent a~b/c=d as a%7Eb%2Fc%3Dd and a%7eb%2fc%3dd";
        assert_eq!(
            scrub(text, &["a~b/c=d"]),
            "sent [redacted] as [redacted] and [redacted]"
        );
    }

    #[test]
    fn any_signed_token_is_scrubbed() {
        let text =
            "got eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln, and eyJ and Bearer eyJhbGciOiJub25lIn0.e30.";
        assert_eq!(
            scrub(text, &[]),
            "got [redacted], and eyJ and Bearer [redacted]"
        );
    }

    #[test]
    fn a_short_secret_within_a_longer_one_does_not_prevent_scrubbing() {
        let secrets = ["test", "test-0123456789", "redacted"];
        assert_eq!(scrub("a test-0123456789 b", &secrets), "a [redacted] b");
        assert_eq!(scrub("redacted", &["redacted", "redacted"]), "[redacted]");
    }

    #[test]
    fn a_secret_is_scrubbed_in_the_encodings_of_scripts_and_templates() {
        assert_eq!(scrub("a~b%2Fc%20d", &["a~b/c d"]), "[redacted]");
        assert_eq!(scrub(r"a\/b", &["a/b/"]), r"a\/b");
        assert_eq!(scrub(r"x\/y\/z", &["x/y/z"]), "[redacted]");
        assert_eq!(scrub("a&quot;b&#39;c", &["a\"b'c"]), "[redacted]");
    }

    #[test]
    fn a_secret_is_scrubbed_in_json_and_in_html() {
        assert_eq!(
            scrub(r#"{"got":"a\"b\\c"}"#, &[r#"a"b\c"#]),
            r#"{"got":"[redacted]"}"#
        );
        assert_eq!(
            scrub("<p>a&lt;b&amp;c</p>", &["a<b&c"]),
            "<p>[redacted]</p>"
        );
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(scrub("a\u{1b}[31mb\r\nc", &[]), "a [31mb  c");
        assert_eq!(printable("a\u{202e}b\u{200b}c"), "a b c");
    }

    #[test]
    fn checklist_30_secrets_are_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: Option<&T>) {}
        let record: Option<crate::token::store::TokenRecord> = None;
        let record = record.as_ref();
        is_wiped(record.map(|record| &record.access_token));
        is_wiped(record.and_then(|record| record.refresh_token.as_ref()));
        is_wiped(record.and_then(|record| record.id_token.as_ref()));
        is_wiped::<SecretString>(crate::Application::public("").client_secret());
        is_wiped::<SecretString>(None);
    }

    #[test]
    fn empty_and_short_secrets_do_not_change_the_text() {
        assert_eq!(scrub("text", &["", "e", "tex"]), "text");
    }

    #[test]
    fn a_sensitive_header_hides_its_value_and_rejects_line_breaks() {
        let value = sensitive_header("canary").unwrap();
        assert!(!format!("{value:?}").contains("canary"));
        assert!(sensitive_header("a\r\nb: c").is_none());
    }
}
