//! The HTTP authentication schemes that tokens are sent with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::token::secret::sensitive_header;

/// The scheme of an `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 7617: the token is the encoded user name and password.
    Basic,
}

impl Scheme {
    /// Returns the value of an `Authorization` header; `None` if the token is empty or
    /// invalid.
    pub(crate) fn authorization(self, token: &str) -> Option<HeaderValue> {
        if token.trim().is_empty() {
            return None;
        }
        let scheme = match self {
            Self::Bearer => "Bearer",
            Self::Basic => "Basic",
        };
        sensitive_header(&Zeroizing::new(format!("{scheme} {token}")))
    }

    /// Returns the password that `token` contains, or the user name if the password is empty:
    /// some APIs take a key as the user name.
    pub(crate) fn password(self, token: &SecretString) -> Option<SecretString> {
        if self != Self::Basic {
            return None;
        }
        let decoded = Zeroizing::new(STANDARD.decode(token.expose_secret()).ok()?);
        let pair = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(match pair {
            (user, "") => user.into(),
            (_, password) => password.into(),
        })
    }
}

/// Returns the token of HTTP Basic: base64 of `user:password` in UTF-8 (RFC 7617 §2).
pub(crate) fn basic(user: &str, password: &SecretString) -> SecretString {
    let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
    STANDARD.encode(pair.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_token_has_no_header() {
        for scheme in [Scheme::Bearer, Scheme::Basic] {
            assert!(scheme.authorization("").is_none() && scheme.authorization(" ").is_none());
        }
        let value = Scheme::Bearer.authorization("t").unwrap();
        assert_eq!(value, "Bearer t");
        assert!(value.is_sensitive());
    }

    #[test]
    fn a_user_name_and_a_password_are_encoded_as_in_rfc_7617() {
        // The examples of RFC 7617 §2 and §2.1.
        for (user, password, expected) in [
            (
                "Aladdin",
                "open sesame",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
        ] {
            let token = basic(user, &password.into());
            let value = Scheme::Basic.authorization(token.expose_secret()).unwrap();
            assert_eq!(value, expected);
            let decoded = Scheme::Basic.password(&token).unwrap();
            assert_eq!(decoded.expose_secret(), password);
        }
    }

    #[test]
    fn only_a_basic_token_contains_a_password() {
        let token = basic("user", &"a:b".into());
        let decoded = Scheme::Basic.password(&token).unwrap();
        assert_eq!(decoded.expose_secret(), "a:b");
        let key = Scheme::Basic.password(&basic("key", &"".into())).unwrap();
        assert_eq!(key.expose_secret(), "key");
        assert!(Scheme::Bearer.password(&token).is_none());
        assert!(Scheme::Basic.password(&"not base64".into()).is_none());
    }
}
