//! A token answer (RFC 6749 §5.1), taken as real servers send it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a token endpoint gives. `oauth2`'s own type takes only whole numbers
/// for `expires_in`; some servers send a string or a float.
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    access_token: oauth2::AccessToken,
    token_type: TokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<Duration>,
}

impl TokenAnswer {
    pub(crate) fn into_access_token(self) -> String {
        self.access_token.into_secret()
    }

    /// The token's life from the time it was asked for, if the server says.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.expires_in
    }

    /// RFC 6749 §7.1: the type is compared without regard to case.
    pub(crate) fn is_bearer(&self) -> bool {
        self.token_type.0.eq_ignore_ascii_case("bearer")
    }
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// `oauth2` asks for it and never uses it; a token is not to be written.
impl Serialize for TokenAnswer {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("a token answer is not written"))
    }
}

impl oauth2::TokenResponse for TokenAnswer {
    type TokenType = TokenType;

    fn access_token(&self) -> &oauth2::AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    fn refresh_token(&self) -> Option<&oauth2::RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<oauth2::Scope>> {
        None
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct TokenType(String);

impl oauth2::TokenType for TokenType {}

/// Seconds as a number or as a string; anything else counts as not said.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let seconds = match &value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(seconds.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(expires_in: &str) -> TokenAnswer {
        serde_json::from_str(&format!(
            r#"{{"access_token":"canary","token_type":"bEaReR","expires_in":{expires_in}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_life_is_read_as_a_number_a_float_or_a_string() {
        for (text, seconds) in [
            ("3599", 3599),
            ("3599.0", 3599),
            ("\"3599\"", 3599),
            ("0", 0),
        ] {
            assert_eq!(
                answer(text).lifetime(),
                Some(Duration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_life_that_is_none_counts_as_not_said() {
        for text in ["null", "-1", "\"soon\"", "1e300", "[]", "\"NaN\""] {
            assert_eq!(answer(text).lifetime(), None, "{text}");
        }
    }

    #[test]
    fn the_token_shows_neither_in_debug_nor_in_json() {
        let answer = answer("1");
        assert!(answer.is_bearer());
        assert!(!format!("{answer:?}").contains("canary"));
        assert!(serde_json::to_string(&answer).is_err());
    }
}
