//! Token responses (RFC 6749 §5.1), including deviations that servers are known for.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::oauth::error::Error;
use crate::token::IdToken;

/// A token response. Some servers send a string or a float as `expires_in`; Entra adds
/// `id_token` and `refresh_in`.
#[derive(Deserialize)]
pub(crate) struct TokenResponse {
    #[serde(deserialize_with = "text")]
    access_token: SecretString,
    token_type: String,
    #[serde(default, deserialize_with = "lifetime")]
    expires_in: Option<Duration>,
    #[serde(default, deserialize_with = "seconds")]
    refresh_in: Option<Duration>,
    #[serde(default, deserialize_with = "secret")]
    refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    id_token: Option<SecretString>,
    #[serde(default)]
    scope: serde_json::Value,
    #[serde(skip)]
    unusable: Option<Error>,
}

/// The parts of a token response.
pub(crate) struct Parts {
    pub(crate) access_token: SecretString,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) id_token: Option<SecretString>,
    /// The lifetime of the token from the time of the request, if the server sent it.
    pub(crate) lifetime: Option<Duration>,
    /// Entra's recommended refresh time, from the time of the request.
    pub(crate) refresh_in: Option<Duration>,
    /// The granted scopes, if the server sent them.
    pub(crate) scopes: Option<Vec<String>>,
    /// Why the access token cannot be used. The refresh token replaces the previous one
    /// nevertheless, and must be saved.
    pub(crate) unusable: Option<Error>,
}

impl TokenResponse {
    /// Makes a response of a token that was not requested. A token of unknown lifetime is
    /// fresh until the API rejects it.
    pub(crate) fn fixed(token: SecretString, lifetime: Option<Duration>) -> Self {
        Self {
            access_token: token,
            token_type: "Bearer".to_owned(),
            expires_in: Some(lifetime.unwrap_or(Duration::MAX)),
            refresh_in: None,
            refresh_token: None,
            id_token: None,
            scope: serde_json::Value::Null,
            unusable: None,
        }
    }

    pub(crate) fn into_parts(self) -> Parts {
        Parts {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            id_token: self.id_token,
            lifetime: self.expires_in,
            refresh_in: self.refresh_in,
            scopes: self.scope.as_str().map(scopes),
            unusable: self.unusable,
        }
    }

    /// Checks the access token. `error` converts its fault to an error, which is returned
    /// if the response has nothing else to save, and otherwise is stored in the response.
    pub(crate) fn checked(mut self, error: impl FnOnce(&str) -> Error) -> Result<Self, Error> {
        match (self.fault().map(error), &self.refresh_token) {
            (Some(error), None) => Err(error),
            (unusable, _) => {
                self.unusable = unusable;
                Ok(self)
            }
        }
    }

    /// Returns whether the id token contains `nonce`.
    pub(crate) fn has_nonce(&self, nonce: &SecretString) -> bool {
        let claims = self
            .id_token
            .clone()
            .and_then(|token| IdToken::new(token).unverified_claims());
        let found = claims.as_ref().and_then(|claims| claims.get("nonce"));
        found.and_then(serde_json::Value::as_str) == Some(nonce.expose_secret())
    }

    /// Returns what is wrong with the access token; `None` if it can be sent.
    fn fault(&self) -> Option<&'static str> {
        if !self.is_bearer() {
            return Some("its token_type is not Bearer");
        }
        let token = self.access_token.expose_secret();
        if token.trim().is_empty() {
            return Some("its access_token is empty");
        }
        if !is_sendable(token) {
            return Some("its access_token is not a valid header value");
        }
        // A shorter lifetime ends before the token is received.
        if self
            .expires_in
            .is_some_and(|life| life < Duration::from_secs(1))
        {
            return Some("its token has expired already (expires_in is 0 or negative)");
        }
        None
    }

    /// Compares the token type case-insensitively (RFC 6749 §5.1).
    pub(crate) fn is_bearer(&self) -> bool {
        self.token_type.eq_ignore_ascii_case("bearer")
    }
}

/// Some servers return the scope percent-encoded.
fn scopes(text: &str) -> Vec<String> {
    let decoded = if text.contains('%') && !text.contains("://") {
        let pair = format!("scope={}", text.replace('+', "%2B"));
        let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
        decoded.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
    } else {
        text.to_owned()
    };
    decoded.split_whitespace().map(str::to_owned).collect()
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// Returns whether a token can be sent as `Bearer`: printable ASCII characters (RFC 6749
/// appendix A.12), without a space at either end.
pub(crate) fn is_sendable(token: &str) -> bool {
    let is_printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    !token.is_empty() && token.trim() == token && token.bytes().all(is_printable)
}

/// Reads seconds from a number or a string; anything else counts as missing.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let seconds = number(deserializer)?;
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// Reads the lifetime of a token in the same way, but a negative one is zero, not missing.
fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let seconds = number(deserializer)?.map(|seconds| seconds.max(0.0));
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match &serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(number.filter(|number: &f64| !number.is_nan()))
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// Reads a text; null and an empty text count as missing.
pub(crate) fn secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(more: &str) -> TokenResponse {
        let json = format!(r#"{{"access_token":"canary","token_type":"bEaReR",{more}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    fn lifetime(text: &str) -> Option<Duration> {
        response(&format!("\"expires_in\":{text}"))
            .into_parts()
            .lifetime
    }

    #[test]
    fn a_lifetime_is_an_integer_a_float_or_a_string() {
        for (text, seconds) in [
            ("3599", 3599),
            ("3599.0", 3599),
            ("\"3599\"", 3599),
            ("0", 0),
        ] {
            assert_eq!(lifetime(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn an_invalid_lifetime_counts_as_missing() {
        for text in ["null", "\"soon\"", "1e300", "[]", "\"NaN\""] {
            assert_eq!(lifetime(text), None, "{text}");
        }
    }

    #[test]
    fn an_expired_or_malformed_access_token_is_unusable() {
        for text in ["0", "-1", "-1e300", "\"0\"", "\"-3600\"", "0.2", "-0.0"] {
            let fault = response(&format!("\"expires_in\":{text}")).fault();
            assert!(fault.is_some_and(|it| it.contains("expired")), "{text}");
        }
        for token in ["", " ", "\\t\\n", "a ", "a\\r\\nb", "é", "\\u0000", " a"] {
            let json = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
            let response: TokenResponse = serde_json::from_str(&json).unwrap();
            let fault = response.fault();
            assert!(
                fault.is_some_and(|it| it.contains("access_token")),
                "{token:?}"
            );
        }
        for text in ["1", "3600", "null", "\"NaN\""] {
            let fault = response(&format!("\"expires_in\":{text}")).fault();
            assert_eq!(fault, None, "{text}");
        }
    }

    #[test]
    fn scopes_are_decoded_plain_and_percent_encoded() {
        let scopes = |text: &str| {
            response(&format!("\"scope\":\"{text}\""))
                .into_parts()
                .scopes
        };
        let one = Some(vec!["api://example/all_readwrite".to_owned()]);
        assert_eq!(scopes("api%3A%2F%2Fexample%2Fall_readwrite"), one);
        assert_eq!(scopes("api://example/all_readwrite"), one);
        assert_eq!(scopes("a%20b").unwrap(), ["a", "b"]);
        assert_eq!(response("\"scope\":null").into_parts().scopes, None);
    }

    #[test]
    fn an_empty_refresh_token_counts_as_missing() {
        assert!(
            response("\"refresh_token\":\"\"")
                .into_parts()
                .refresh_token
                .is_none()
        );
        assert!(
            response("\"refresh_token\":null")
                .into_parts()
                .refresh_token
                .is_none()
        );
        assert!(
            response("\"refresh_token\":\"x\"")
                .into_parts()
                .refresh_token
                .is_some()
        );
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let response = response("\"expires_in\":1");
        assert!(response.is_bearer());
        assert!(!format!("{response:?}").contains("canary"));
    }
}
