//! Finds the secrets of a recorded request.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::credentials::{CLIENT_SECRET, SUBSCRIPTION_KEY};
use crate::endpoint::Endpoint;
use crate::log::RecordedRequest;
use crate::shape::issued;
use crate::shared::Shared;

/// The secret fields of forms and queries, and what they contain.
const FIELDS: [(&str, &str); 12] = [
    ("access_token", "access token"),
    ("client_assertion", "client assertion"),
    ("client_secret", "client secret"),
    ("code", "code"),
    ("code_verifier", "code verifier"),
    ("device_code", "device code"),
    ("id_token", "id token"),
    ("id_token_hint", "id token"),
    ("password", "password"),
    ("refresh_token", "refresh token"),
    ("token", "token"),
    ("transaction", "transaction"),
];

/// A part of a text, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Secret {
        /// What the value is, for instance `access token`.
        name: &'static str,
        value: Cow<'a, str>,
    },
}

impl<'a> Piece<'a> {
    fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    fn secret(name: &'static str, value: &'a str) -> Self {
        let value = Cow::Borrowed(value);
        Self::Secret { name, value }
    }
}

/// Returns the value of a header in pieces.
pub(super) fn header<'a>(name: &str, value: &'a str) -> Vec<Piece<'a>> {
    match name {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                let (scheme, _) = value.split_at(scheme.len() + 1);
                vec![Piece::text(scheme), Piece::secret("access token", token)]
            }
            _ => vec![Piece::secret("credentials", value)],
        },
        "cookie" => vec![Piece::secret("cookie", value)],
        "ocp-apim-subscription-key" => vec![Piece::secret("subscription key", value)],
        _ => vec![Piece::text(value)],
    }
}

/// Returns a query or a form in pieces.
pub(super) fn form(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for pair in text.split_inclusive('&') {
        let (pair, separator) = match pair.strip_suffix('&') {
            Some(pair) => (pair, "&"),
            None => (pair, ""),
        };
        let decoded = form_urlencoded::parse(pair.as_bytes()).next();
        let field = decoded.and_then(|(name, _)| {
            let mut fields = FIELDS.into_iter();
            fields.find(|(field, _)| *field == name)
        });
        if let (Some((_, name)), Some((key, value))) = (field, pair.split_once('=')) {
            let (key, _) = pair.split_at(key.len() + 1);
            pieces.extend([Piece::text(key), Piece::secret(name, value)]);
        } else {
            pieces.push(Piece::text(pair));
        }
        pieces.push(Piece::text(separator));
    }
    pieces
}

/// Returns the body of a request in pieces.
pub(super) fn body(request: &RecordedRequest) -> Vec<Piece<'_>> {
    let text = String::from_utf8_lossy(&request.body);
    match text {
        text if text.is_empty() => Vec::new(),
        Cow::Borrowed(text) if request.has_form() => form(text),
        text if request.endpoint == Endpoint::Api => vec![Piece::Text(text)],
        // The identity server takes forms only, so the place of a secret is not known.
        value => vec![Piece::Secret {
            name: "body",
            value,
        }],
    }
}

/// Returns the text with the name of each secret: what this sandbox has issued is named as in
/// [`Sandbox::shape`](crate::Sandbox::shape), and any other value is `[redacted]`.
pub(super) fn named(shared: &Shared, pieces: &[Piece<'_>]) -> String {
    let named = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_ref(),
        Piece::Secret { name, value } => name_of(shared, name, value),
    });
    named.collect()
}

fn name_of(shared: &Shared, name: &str, value: &str) -> &'static str {
    // A form needs to be decoded, and a header has no characters that decoding changes.
    let pair = format!("={value}");
    let decoded = form_urlencoded::parse(pair.as_bytes()).next();
    let decoded = decoded.map_or(Cow::Borrowed(value), |(_, value)| value);
    match name {
        "client secret" if decoded == CLIENT_SECRET => "[client secret]",
        "subscription key" if decoded == SUBSCRIPTION_KEY => "[subscription key]",
        _ => issued(shared, &decoded).unwrap_or("[redacted]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece<'_>]) -> String {
        let shown = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone().into_owned(),
            Piece::Secret { name, .. } => format!("<{name}>"),
        });
        shown.collect()
    }

    #[test]
    fn secrets_are_found_in_headers() {
        for (name, value, expected) in [
            ("authorization", "Bearer secret", "Bearer <access token>"),
            ("authorization", "bearer  a b", "bearer <access token>"),
            ("authorization", "Basic secret", "<credentials>"),
            ("authorization", "secret", "<credentials>"),
            ("ocp-apim-subscription-key", "secret", "<subscription key>"),
            ("cookie", "a=secret", "<cookie>"),
            ("accept", "Bearer x", "Bearer x"),
        ] {
            assert_eq!(shown(&header(name, value)), expected);
        }
    }

    #[test]
    fn secrets_are_found_in_forms_and_the_rest_is_unchanged() {
        for (text, expected) in [
            ("", ""),
            ("a=b&c", "a=b&c"),
            ("a&&b=", "a&&b="),
            (
                "a=1&client_secret=x&b=2",
                "a=1&client_secret=<client secret>&b=2",
            ),
            ("refresh%5ftoken=x%20y", "refresh%5ftoken=<refresh token>"),
            ("code=a=b&state=s", "code=<code>&state=s"),
        ] {
            assert_eq!(shown(&form(text)), expected);
        }
    }
}
