//! The id token of a user's sign-in.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// The id token of a sign-in (OpenID Connect Core §2).
#[derive(Clone)]
pub struct IdToken {
    token: SecretString,
}

impl IdToken {
    pub(crate) fn new(token: SecretString) -> Self {
        Self { token }
    }

    /// Returns the claims without checking the signature; `None` if the token is not a JWT.
    ///
    /// They are suitable for display, because the token was received from the token
    /// endpoint over TLS. Do not base access decisions on them.
    pub fn unverified_claims(&self) -> Option<Map<String, Value>> {
        let payload = self.token.expose_secret().split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&payload).ok()
    }

    /// Returns one of these claims if it is a string, such as `name` or `preferred_username`.
    pub fn unverified_claim(&self, name: &str) -> Option<String> {
        let claims = self.unverified_claims()?;
        claims.get(name)?.as_str().map(str::to_owned)
    }

    /// Returns an id of the user that separates users of one store: the claims `oid` and
    /// `tid` if Entra issued the token, otherwise `iss` and `sub` (OpenID Connect Core
    /// §5.7). `None` if both pairs are incomplete.
    ///
    /// ```no_run
    /// # async fn example(source: perspio_auth::TokenSource) -> Result<(), perspio_auth::Error> {
    /// let token = source.token().await?;
    /// let user = token.id_token().and_then(|id_token| id_token.user_key());
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_key(&self) -> Option<String> {
        let claims = self.unverified_claims()?;
        let claim = |name| {
            let text = claims.get(name)?.as_str()?;
            (!text.is_empty()).then_some(text)
        };
        match (claim("oid"), claim("tid")) {
            (Some(user), Some(directory)) => Some(format!("{directory}/{user}")),
            // An issuer is a URL without a fragment, so the pair is unambiguous.
            _ => Some(format!("{}#{}", claim("iss")?, claim("sub")?)),
        }
    }

    /// Returns the token itself.
    pub fn expose_secret(&self) -> &str {
        self.token.expose_secret()
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_oid_and_tid_or_else_iss_and_sub() {
        let user = |claims: &str| {
            let payload = URL_SAFE_NO_PAD.encode(claims);
            IdToken::new(SecretString::from(format!("e30.{payload}.sig"))).user_key()
        };
        let standard = r#""iss":"https://a.example","sub":"s""#;
        let entra = user(&format!(r#"{{"oid":"o","tid":"d",{standard}}}"#));
        assert_eq!(entra.as_deref(), Some("d/o"));
        for claims in [
            format!("{{{standard}}}"),
            format!(r#"{{"oid":"o",{standard}}}"#),
            format!(r#"{{"oid":"","tid":"d",{standard}}}"#),
        ] {
            assert_eq!(user(&claims).as_deref(), Some("https://a.example#s"));
        }
        for claims in ["{}", r#"{"sub":"s"}"#, r#"{"iss":1,"sub":"s"}"#, "?"] {
            assert_eq!(user(claims), None, "{claims}");
        }
    }

    #[test]
    fn claims_are_read_and_a_text_that_is_not_a_jwt_has_none() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"name":"Ada","tid":"d"}"#);
        let token = IdToken::new(SecretString::from(format!("e30.{payload}.sig")));
        assert_eq!(token.unverified_claims().unwrap()["name"], "Ada");
        for broken in ["", "a", "a.b", "a.!!.c", "a.e30x.c"] {
            assert!(
                IdToken::new(SecretString::from(broken))
                    .unverified_claims()
                    .is_none(),
                "{broken}"
            );
        }
        assert_eq!(format!("{token:?}"), "IdToken");
    }
}
