//! One sealed record, for stores that keep each record under its own name.

use super::envelope::{Envelope, EnvelopeError};
use super::record::{OwnedRecord, RecordRef, to_json};
use super::{StoreKey, TokenRecord};

pub(super) const SEALED_RECORD: Envelope = Envelope::named("oauth-token");

/// Why a record could not be sealed or unsealed.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct SealError(#[from] pub(super) EnvelopeError);

impl TokenRecord {
    /// Encrypts the record with `key` and binds it to `name`, for custom stores.
    /// Sealing the same record twice gives different bytes.
    ///
    /// # Errors
    /// The system's random number generator failed.
    pub fn seal(&self, key: &StoreKey, name: &str) -> Result<Vec<u8>, SealError> {
        let plain = to_json(&RecordRef(self)).map_err(|_| EnvelopeError::Seal)?;
        Ok(SEALED_RECORD.seal(key, name, &plain)?)
    }

    /// Decrypts a record that was sealed with `key` for `name`.
    ///
    /// # Errors
    /// The bytes are not a sealed record, are damaged, or were sealed with another
    /// key, for another name, or by a newer release; the message says which.
    pub fn unseal(key: &StoreKey, name: &str, bytes: &[u8]) -> Result<Self, SealError> {
        let plain = SEALED_RECORD.open(key, name, bytes)?;
        let read: OwnedRecord =
            serde_json::from_slice(&plain).map_err(|_| EnvelopeError::Content)?;
        Ok(read.0)
    }
}

/// Checks that reading any bytes ends in a record or an error, and that a record
/// which is written and read again is unchanged.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    use secrecy::{ExposeSecret, SecretString};

    let text = SecretString::from("A".repeat(43) + "=");
    let Ok(key) = StoreKey::from_base64(&text) else {
        unreachable!("the text is a key");
    };
    drop(TokenRecord::unseal(&key, "name", bytes));
    // A fuzzer cannot forge a seal, so the decoder is called without one.
    if let Ok(OwnedRecord(record)) = serde_json::from_slice(bytes) {
        let sealed = record.seal(&key, "name");
        let again = sealed.and_then(|sealed| TokenRecord::unseal(&key, "name", &sealed));
        let again = again.ok();
        let token = again
            .as_ref()
            .map(|again| again.access_token.expose_secret());
        assert_eq!(token, Some(record.access_token.expose_secret()));
    }
}
