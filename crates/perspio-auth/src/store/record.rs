//! What is kept of a token answer.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// What is kept of a token answer.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenRecord {
    /// The access token.
    pub access_token: SecretString,
    /// What renews it, if a person signed in.
    pub refresh_token: Option<SecretString>,
    /// Who signed in, as the identity server says.
    pub id_token: Option<SecretString>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When the token was asked for: from 1970-01-01 UTC.
    pub asked_at: Duration,
    /// How long the access token lives from there.
    pub lifetime: Duration,
    /// When the identity server wants it renewed, from there.
    pub refresh_in: Option<Duration>,
    /// The redirect URI of the sign-in, which some profiles want with a refresh.
    pub redirect_uri: Option<String>,
}

impl fmt::Debug for TokenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRecord")
            .field("scopes", &self.scopes)
            .field("asked_at", &self.asked_at)
            .field("lifetime", &self.lifetime)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}
