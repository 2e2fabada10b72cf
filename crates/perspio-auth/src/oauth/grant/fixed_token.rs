//! A token that was obtained elsewhere.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

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
