//! The content of a file: its records.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::envelope::EnvelopeError;
use super::super::record::{RecordForm, to_json};
use super::super::{KeyParts, Revision, Stored, TokenKey, TokenRecord};
use super::protection::Protection;

/// All records of a file.
pub(super) struct Records {
    /// The revision of the newest record. It increases over all keys and starts at a
    /// random number, so that a file which is deleted and recreated does not reuse a
    /// revision.
    newest: u64,
    by_key: HashMap<TokenKey, (Revision, TokenRecord)>,
}

impl Records {
    /// Returns the records of a missing file.
    pub(super) fn new() -> Result<Self, EnvelopeError> {
        let mut newest = [0; 8];
        aws_lc_rs::rand::fill(&mut newest).map_err(|_| EnvelopeError::NoRandomness)?;
        Ok(Self {
            newest: u64::from_ne_bytes(newest),
            by_key: HashMap::new(),
        })
    }

    pub(super) fn open(bytes: &[u8], protection: &Protection) -> Result<Self, EnvelopeError> {
        Self::from_plain(&protection.open(bytes)?)
    }

    pub(super) fn close(
        &self,
        protection: &Protection,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let plain = self.to_plain().map_err(|_| EnvelopeError::Seal)?;
        protection.close(&plain)
    }

    pub(super) fn take(mut self, key: &TokenKey) -> Option<Stored> {
        let (revision, record) = self.by_key.remove(key)?;
        Some(Stored { record, revision })
    }

    /// Returns false, and changes nothing, unless the revision is `expected`.
    pub(super) fn replace(
        &mut self,
        key: TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> bool {
        if self.by_key.get(&key).map(|(revision, _)| *revision) != expected {
            return false;
        }
        self.newest = self.newest.wrapping_add(1);
        match record {
            Some(record) => self.by_key.insert(key, (Revision(self.newest), record)),
            None => self.by_key.remove(&key),
        };
        true
    }

    fn from_plain(plain: &[u8]) -> Result<Self, EnvelopeError> {
        let read: Content = serde_json::from_slice(plain).map_err(|_| EnvelopeError::Content)?;
        let records = read.records.into_iter().map(|entry| {
            let key = TokenKey::from_parts(entry.key);
            (key, (Revision(entry.revision), entry.record))
        });
        Ok(Self {
            newest: read.newest,
            by_key: records.collect(),
        })
    }

    fn to_plain(&self) -> serde_json::Result<Zeroizing<Vec<u8>>> {
        let content = ContentRef {
            newest: self.newest,
            records: self
                .by_key
                .iter()
                .map(|(key, (revision, record))| EntryRef {
                    key: key.parts(),
                    revision: revision.0,
                    record,
                })
                .collect(),
        };
        to_json(&content)
    }
}

/// The protected content. A later release may add members, which this one ignores and
/// does not write again; a member that must not be lost needs a new version.
#[derive(Deserialize)]
struct Content {
    newest: u64,
    records: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key: KeyParts,
    revision: u64,
    #[serde(with = "RecordForm")]
    record: TokenRecord,
}

#[derive(Serialize)]
struct ContentRef<'a> {
    newest: u64,
    records: Vec<EntryRef<'a>>,
}

#[derive(Serialize)]
struct EntryRef<'a> {
    key: &'a KeyParts,
    revision: u64,
    #[serde(serialize_with = "RecordForm::serialize")]
    record: &'a TokenRecord,
}

/// Checks that reading any bytes ends in records or an error, and that records which are
/// written and read again are unchanged.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    let text = secrecy::SecretString::from("A".repeat(43) + "=");
    let Ok(key) = super::StoreKey::from_base64(&text) else {
        unreachable!("the text is a key");
    };
    let sealed = Protection::Sealed(key);
    drop(Records::open(bytes, &sealed));
    drop(Records::open(bytes, &Protection::PlainText));
    // A fuzzer cannot forge a seal, so the decoder is called without one.
    if let Ok(records) = Records::from_plain(bytes) {
        for protection in [sealed, Protection::PlainText] {
            let again = records
                .close(&protection)
                .and_then(|closed| Records::open(&closed, &protection));
            let again = again.map(|again| (again.newest, again.by_key.len()));
            assert_eq!(again, Ok((records.newest, records.by_key.len())));
        }
    }
}
