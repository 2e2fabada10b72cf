//! One record, sealed: what a store writes that keeps each under a name of its own.

use super::envelope::{Envelope, Unreadable};
use super::record::{OwnedRecord, RecordRef, to_json};
use super::{StoreKey, TokenRecord};

pub(super) const SEALED_RECORD: Envelope = Envelope::named("perspio token");

/// Why a record could not be sealed, or what was read is none.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct SealError(#[from] pub(super) Unreadable);

impl TokenRecord {
    /// The record as bytes that only `key` opens, and only as what stands under
    /// `name`: for stores of your own. Two seals of one record differ.
    ///
    /// # Errors
    /// This machine gives no random numbers.
    pub fn seal(&self, key: &StoreKey, name: &str) -> Result<Vec<u8>, SealError> {
        let plain = to_json(&RecordRef(self)).map_err(|_| Unreadable::Seal)?;
        Ok(SEALED_RECORD.seal(key, name, &plain)?)
    }

    /// What was sealed with `key` for `name`.
    ///
    /// # Errors
    /// The bytes are no record, are damaged, were sealed with another key or for
    /// another name, or by a newer release; the text says which.
    pub fn unseal(key: &StoreKey, name: &str, bytes: &[u8]) -> Result<Self, SealError> {
        let plain = SEALED_RECORD.open(key, name, bytes)?;
        let read: OwnedRecord = serde_json::from_slice(&plain).map_err(|_| Unreadable::Content)?;
        Ok(read.0)
    }
}

/// Whatever stands in a store, reading it ends in a record or in an error; what
/// was read is written and read again the same.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    use secrecy::{ExposeSecret, SecretString};

    let text = SecretString::from("A".repeat(43) + "=");
    let Ok(key) = StoreKey::from_base64(&text) else {
        unreachable!("the text is a key");
    };
    drop(TokenRecord::unseal(&key, "name", bytes));
    // Nobody forges a seal; the reader behind it is tried without.
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
