//! The stored part of a token response.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::token::clock::later;
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
    /// When the token was requested.
    pub requested_at: SystemTime,
    /// The lifetime of the access token, from the request.
    pub lifetime: Duration,
    /// When the identity server recommends a refresh, from the request.
    pub refresh_in: Option<Duration>,
    /// The redirect URI of the sign-in, which some profiles want with a refresh.
    pub redirect_uri: Option<String>,
    /// When the user signed in. Refreshes do not change it.
    pub signed_in_at: SystemTime,
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

    /// Returns when the access token expires.
    pub fn expires_at(&self) -> SystemTime {
        later(self.requested_at, self.lifetime)
    }
}

impl fmt::Debug for TokenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRecord")
            .field("scopes", &self.scopes)
            .field("requested_at", &self.requested_at)
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
    #[serde(rename = "asked_at", with = "since_1970")]
    requested_at: SystemTime,
    lifetime: Duration,
    refresh_in: Option<Duration>,
    redirect_uri: Option<String>,
    #[serde(default = "since_1970::never", with = "since_1970")]
    signed_in_at: SystemTime,
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

/// A time is stored as the [`Duration`] since 1970-01-01 UTC.
mod since_1970 {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::token::clock::between;

    pub(super) fn never() -> SystemTime {
        UNIX_EPOCH
    }

    pub(super) fn serialize<S: Serializer>(
        time: &SystemTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        between(UNIX_EPOCH, *time).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SystemTime, D::Error> {
        UNIX_EPOCH
            .checked_add(Duration::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("a time is too large"))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a record with this time of the token request, in the form of release 0.1.
    fn read(seconds: u64) -> serde_json::Result<TokenRecord> {
        let json = serde_json::json!({
            "access_token": "dA==",
            "asked_at": {"secs": seconds, "nanos": 7},
            "lifetime": {"secs": 3600, "nanos": 0},
        });
        serde_json::from_str::<OwnedRecord>(&json.to_string()).map(|OwnedRecord(record)| record)
    }

    #[test]
    fn times_are_stored_as_durations_since_1970() {
        let record = read(1_700_000_000).unwrap();
        let requested_at = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 7);
        assert_eq!(record.requested_at, requested_at);
        assert_eq!(record.signed_in_at, SystemTime::UNIX_EPOCH);
        let json: serde_json::Value =
            serde_json::from_slice(&to_json(&RecordRef(&record)).unwrap()).unwrap();
        assert_eq!(
            json["asked_at"],
            serde_json::json!({"secs": 1_700_000_000, "nanos": 7})
        );
    }

    #[test]
    fn a_stored_time_that_is_too_large_is_an_error() {
        let error = read(u64::MAX).unwrap_err().to_string();
        assert!(error.contains("a time is too large"), "{error}");
    }
}
