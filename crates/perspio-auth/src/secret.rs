//! Secrets: wiped on drop, absent from every `Debug`.

use http::HeaderValue;
pub use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// A header value that no `Debug` and no HTTP/2 header table shows; none if
/// `text` cannot stand in a header.
pub fn sensitive_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The value of an `Authorization: Bearer` header.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive_header(&Zeroizing::new(format!("Bearer {token}")))
}

/// Makes a text that a server sent fit for an error: secrets in it, plain or
/// percent-encoded, are replaced (servers have been seen to repeat what they
/// were sent), and so are control characters (they would steer a terminal).
pub(crate) fn scrub(text: &str, secrets: &[&SecretString]) -> String {
    let text = printable(text);
    secrets.iter().fold(text, |text, secret| {
        let plain = secret.expose_secret();
        if plain.is_empty() {
            return text;
        }
        let encoded: Zeroizing<String> =
            Zeroizing::new(url::form_urlencoded::byte_serialize(plain.as_bytes()).collect());
        text.replace(plain, REDACTED)
            .replace(encoded.as_str(), REDACTED)
    })
}

/// The text with every control character replaced by a space.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_scrubbed_plain_and_percent_encoded() {
        let secret = SecretString::from("a~b/c=d");
        let text = "sent a~b/c=d as a%7Eb%2Fc%3Dd".to_owned();
        assert_eq!(scrub(&text, &[&secret]), "sent [redacted] as [redacted]");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(scrub("a\u{1b}[31mb\r\nc", &[]), "a [31mb  c");
    }

    #[test]
    fn checklist_30_what_holds_a_secret_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: Option<&T>) {}
        let record: Option<crate::store::TokenRecord> = None;
        let record = record.as_ref();
        is_wiped(record.map(|record| &record.access_token));
        is_wiped(record.and_then(|record| record.refresh_token.as_ref()));
        is_wiped(record.and_then(|record| record.id_token.as_ref()));
        is_wiped::<SecretString>(crate::Application::public("").client_secret());
        is_wiped::<SecretString>(None);
    }

    #[test]
    fn an_empty_secret_leaves_the_text_alone() {
        assert_eq!(scrub("text", &[&SecretString::from("")]), "text");
    }

    #[test]
    fn a_sensitive_header_hides_its_value_and_refuses_line_breaks() {
        let value = sensitive_header("canary").unwrap();
        assert!(!format!("{value:?}").contains("canary"));
        assert!(sensitive_header("a\r\nb: c").is_none());
    }
}
