//! The stored part of a token response.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::token::id_token::IdToken;

/// The stored part of a token response.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenRecord {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, if a user has signed in.
    pub refresh_token: Option<SecretString>,
    /// The ID token, which identifies the user.
    pub id_token: Option<SecretString>,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// The time of the token request, since 1970-01-01 UTC.
    pub asked_at: Duration,
    /// The lifetime of the access token, from the request.
    pub lifetime: Duration,
    /// When the identity server recommends a refresh, from the request.
    pub refresh_in: Option<Duration>,
    /// The redirect URI of the sign-in, which some profiles want with a refresh.
    pub redirect_uri: Option<String>,
    /// When the user signed in: from 1970-01-01 UTC. Refreshes keep it.
    pub signed_in_at: Duration,
    /// The number of refreshes since the user signed in.
    pub generation: u64,
}

impl TokenRecord {
    /// Returns whether `other` is a later record of the same sign-in, or of a later sign-in.
    /// Clocks of several machines may differ, so records of one sign-in are ordered by the
    /// number of refreshes.
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        (self.signed_in_at, self.generation) < (other.signed_in_at, other.generation)
    }

    /// Returns the ID token, if the identity server has sent one.
    pub fn id_token(&self) -> Option<IdToken> {
        self.id_token.clone().map(IdToken::new)
    }

    /// Returns when the access token expires, since 1970-01-01 UTC.
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

/// The serialized form of a record. The record itself cannot be serialized, so that it is not
/// written unencrypted by mistake.
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
    #[serde(default)]
    signed_in_at: Duration,
    #[serde(default)]
    generation: u64,
}

/// The serialized form of a record that is stored alone.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct RecordRef<'a>(
    #[serde(serialize_with = "RecordForm::serialize")] pub(super) &'a TokenRecord,
);

/// Deserializes a [`RecordRef`].
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct OwnedRecord(#[serde(with = "RecordForm")] pub(super) TokenRecord);

/// Serializes `value` as JSON into a buffer that is wiped.
pub(super) fn to_json(value: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    // Measured first: a buffer that grows leaves copies in memory that are not wiped.
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value)?;
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *json, value)?;
    Ok(json)
}

/// Counts the bytes that are written to it.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Secrets are encoded in base64: a text with escapes would pass through a buffer of the JSON
/// reader, which is not wiped.
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

    /// Decodes a secret. The error contains nothing of the text.
    pub(super) fn decode<E: Error>(text: &str) -> Result<SecretString, E> {
        // Allocated once, because the decoder would grow it otherwise.
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
