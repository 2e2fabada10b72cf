//! A user name and a password for the API itself.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::error::Error;
use crate::token::scheme::basic;

/// A user name and a password that the API accepts with each request (HTTP Basic, RFC
/// 7617, in UTF-8). Nothing is requested from an identity server, and nothing is stored.
///
/// If the API rejects them with a 401, they are not sent again, because repeated failures
/// may lock the account.
///
/// ```
/// use perspio_auth::{BasicAuth, Credential};
///
/// let credential = Credential::from(BasicAuth::new("user", "password"));
/// ```
#[derive(Clone)]
pub struct BasicAuth {
    user: String,
    password: SecretString,
}

impl BasicAuth {
    /// Creates a credential of a user name, which may not contain a colon, and a password.
    /// Many APIs take a key as the user name or as the password; the other is empty then.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Returns the encoded user name and password.
    ///
    /// # Errors
    /// [`Error::Configuration`] if they cannot be sent. The message contains neither.
    pub(crate) fn token(&self) -> Result<SecretString, Error> {
        let password = self.password.expose_secret();
        let fault = if self.user.contains(':') {
            "the configured user name contains a colon, which HTTP Basic cannot send: check \
             whether the password is a part of it"
        } else if self.user.contains(char::is_control) || password.contains(char::is_control) {
            "the configured user name or password contains a control character, such as a line \
             break at its end: remove it"
        } else if self.user.is_empty() && password.is_empty() {
            "the configured user name and password are empty: set them, or use another credential"
        } else {
            return Ok(basic(&self.user, &self.password));
        };
        Err(Error::configuration(fault))
    }
}

impl fmt::Debug for BasicAuth {
    /// Shows neither: some APIs take a key as the user name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_or_password_that_cannot_be_sent_is_an_error() {
        for (user, password, part) in [
            ("ca:nary", "", "colon"),
            ("canary\n", "", "line break"),
            ("canary", "canary\r\n", "line break"),
            ("canary", "\u{7f}", "control"),
            ("", "", "empty"),
        ] {
            let error = BasicAuth::new(user, password).token().unwrap_err();
            assert!(error.is_configuration());
            let text = format!("{error} {error:?}");
            assert!(text.contains(part), "{text}");
            assert!(!text.contains("nary"), "{text}");
        }
    }

    #[test]
    fn either_the_user_name_or_the_password_may_be_empty() {
        for (user, password) in [("key", ""), ("", "key"), ("\u{fc}", "a:b c")] {
            assert!(BasicAuth::new(user, password).token().is_ok());
        }
    }

    #[test]
    fn neither_the_user_name_nor_the_password_shows_in_debug() {
        let credential = BasicAuth::new("canary-user", "canary-password");
        assert!(!format!("{credential:?}").contains("canary"));
    }
}
