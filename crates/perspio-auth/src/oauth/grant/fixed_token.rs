//! A token that was obtained elsewhere.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::error::Error;
use crate::oauth::identity::is_sendable;

/// A token that was obtained elsewhere and is not refreshed.
#[derive(Clone)]
pub struct FixedToken {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Option<Duration>,
}

impl FixedToken {
    /// Creates a credential with a token of unknown lifetime: it is used until the
    /// API rejects it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            lifetime: None,
        }
    }

    /// Returns an error if the token cannot be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let token = self.token.expose_secret();
        let scheme = token.get(..7).unwrap_or_default();
        if is_sendable(token) && !scheme.eq_ignore_ascii_case("bearer ") {
            return Ok(());
        }
        Err(Error::configuration(if token.trim().is_empty() {
            "the configured access token is empty: set a token, or use another credential"
        } else {
            "the configured access token is more than a token: set the token alone, without \
             `Bearer`, spaces around it, or a line break at its end"
        }))
    }

    /// Sets the remaining lifetime of the token, from now on.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl fmt::Debug for FixedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedToken")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
