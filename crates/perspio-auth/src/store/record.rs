//! What is kept of a token answer.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::id_token::IdToken;
use serde::{Deserialize, Serialize};

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

impl TokenRecord {
    /// Who signed in, if the identity server said so.
    pub fn id_token(&self) -> Option<IdToken> {
        self.id_token.clone().map(IdToken::new)
    }

    /// Until when the access token lives: from 1970-01-01 UTC.
    pub fn expires_at(&self) -> Duration {
        self.asked_at.saturating_add(self.lifetime)
    }
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

/// How a record is written where it is sealed. The record itself cannot be
/// serialised, so that nobody writes it in the clear by mistake.
#[derive(Serialize, Deserialize)]
#[serde(remote = "TokenRecord")]
pub(super) struct RecordForm {
    #[serde(with = "secret")]
    access_token: SecretString,
    #[serde(with = "optional_secret", default)]
    refresh_token: Option<SecretString>,
    #[serde(with = "optional_secret", default)]
    id_token: Option<SecretString>,
    #[serde(default)]
    scopes: Vec<String>,
    asked_at: Duration,
    lifetime: Duration,
    refresh_in: Option<Duration>,
    redirect_uri: Option<String>,
}

/// Secrets in base64: a text with escapes would pass through a buffer of the
/// JSON reader, which nobody wipes.
mod secret {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use secrecy::{ExposeSecret, SecretString};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(
        secret: &SecretString,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Zeroizing::new(STANDARD.encode(secret.expose_secret())).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SecretString, D::Error> {
        decode(<&str>::deserialize(deserializer)?)
    }

    /// The error repeats nothing of the text.
    pub(super) fn decode<E: Error>(text: &str) -> Result<SecretString, E> {
        // Room enough at once, as the decoder would grow it otherwise.
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
        let decoded = STANDARD.decode_vec(text, &mut bytes);
        let secret = decoded.ok().and_then(|()| str::from_utf8(&bytes).ok());
        secret
            .map(SecretString::from)
            .ok_or_else(|| E::custom("a secret is not base64"))
    }
}

mod optional_secret {
    use secrecy::SecretString;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        optional: &Option<SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match optional {
            Some(text) => super::secret::serialize(text, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SecretString>, D::Error> {
        let text = Option::<&str>::deserialize(deserializer)?;
        text.map(super::secret::decode).transpose()
    }
}
