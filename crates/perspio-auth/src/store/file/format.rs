//! What stands in the file: a line that anybody can read, then sealed records.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::record::RecordForm;
use super::super::{KeyParts, Revision, StoreKey, Stored, TokenKey, TokenRecord};

/// The first line, up to the version.
const NAME: &[u8] = b"perspio tokens ";

/// The first line as it is written now. It is sealed with the rest, as
/// associated data: another version's reader cannot be made to read it.
const HEADER: &[u8] = b"perspio tokens 1\n";

/// The version in [`HEADER`].
const VERSION: u64 = 1;

/// Why the bytes of a file are no records.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is not a token store: name another file, or remove this one")]
    NotAStore,
    #[error("it was written by a newer release (version {version}): update this program")]
    Newer { version: u64 },
    #[error(
        "it cannot be opened: the key is not the one that it was written with, or it is \
         damaged. Give the right key, or remove the file and sign in again"
    )]
    WrongKeyOrDamaged,
    #[error("its content makes no sense: remove the file and sign in again")]
    Content,
    #[error("it cannot be sealed")]
    Seal,
    #[error("this machine gives no random numbers")]
    NoRandomness,
}

/// All records of a file.
pub(super) struct Records {
    /// The revision of the newest record. It counts on over all keys, and from a
    /// random number: not even a file that is removed and begun again has a
    /// revision twice.
    newest: u64,
    kept: HashMap<TokenKey, (Revision, TokenRecord)>,
}

impl Records {
    /// Those of a file that is not there yet.
    pub(super) fn new() -> Result<Self, Unreadable> {
        let mut newest = [0; 8];
        aws_lc_rs::rand::fill(&mut newest).map_err(|_| Unreadable::NoRandomness)?;
        Ok(Self {
            newest: u64::from_ne_bytes(newest),
            kept: HashMap::new(),
        })
    }

    pub(super) fn open(bytes: &[u8], key: &StoreKey) -> Result<Self, Unreadable> {
        let Some(sealed) = bytes.strip_prefix(HEADER) else {
            return Err(foreign(bytes));
        };
        let plain = key
            .open(HEADER, sealed)
            .map_err(|_| Unreadable::WrongKeyOrDamaged)?;
        Self::from_plain(&plain)
    }

    pub(super) fn seal(&self, key: &StoreKey) -> Result<Vec<u8>, Unreadable> {
        let plain = self.to_plain().map_err(|_| Unreadable::Seal)?;
        let sealed = key.seal(HEADER, &plain).map_err(|_| Unreadable::Seal)?;
        Ok([HEADER, &sealed].concat())
    }

    pub(super) fn take(mut self, key: &TokenKey) -> Option<Stored> {
        let (revision, record) = self.kept.remove(key)?;
        Some(Stored { record, revision })
    }

    /// False, and nothing changes, unless `expected` stands there.
    pub(super) fn replace(
        &mut self,
        key: TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> bool {
        if self.kept.get(&key).map(|(revision, _)| *revision) != expected {
            return false;
        }
        self.newest = self.newest.wrapping_add(1);
        match record {
            Some(record) => self.kept.insert(key, (Revision(self.newest), record)),
            None => self.kept.remove(&key),
        };
        true
    }

    fn from_plain(plain: &[u8]) -> Result<Self, Unreadable> {
        let read: Content = serde_json::from_slice(plain).map_err(|_| Unreadable::Content)?;
        let kept = read.records.into_iter().map(|entry| {
            let key = TokenKey::from_parts(entry.key);
            (key, (Revision(entry.revision), entry.record))
        });
        Ok(Self {
            newest: read.newest,
            kept: kept.collect(),
        })
    }

    fn to_plain(&self) -> serde_json::Result<Zeroizing<Vec<u8>>> {
        let content = ContentRef {
            newest: self.newest,
            records: self
                .kept
                .iter()
                .map(|(key, (revision, record))| EntryRef {
                    key: key.parts(),
                    revision: revision.0,
                    record,
                })
                .collect(),
        };
        // Measured first: a buffer that grows leaves copies that nobody wipes.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, &content)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *plain, &content)?;
        Ok(plain)
    }
}

/// What bytes without our first line are.
fn foreign(bytes: &[u8]) -> Unreadable {
    let version = bytes
        .strip_prefix(NAME)
        .and_then(|rest| rest.split(|byte| *byte == b'\n').next())
        .and_then(|version| std::str::from_utf8(version).ok())
        .and_then(|version| version.parse().ok());
    match version {
        Some(version) if version > VERSION => Unreadable::Newer { version },
        Some(_) => Unreadable::WrongKeyOrDamaged,
        None => Unreadable::NotAStore,
    }
}

/// What is sealed. A later release may add members, which this one passes over
/// and does not write again; whatever must not be lost needs a new version.
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

/// Counts what is written to it.
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

/// Whatever the bytes are, reading them ends in records or in an error; what
/// was read is written and read again the same.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    let text = secrecy::SecretString::from("A".repeat(43) + "=");
    let Ok(key) = StoreKey::from_base64(&text) else {
        unreachable!("the text is a key");
    };
    drop(Records::open(bytes, &key));
    // Nobody forges a seal; the reader behind it is tried without.
    if let Ok(records) = Records::from_plain(bytes) {
        let again = records
            .seal(&key)
            .and_then(|sealed| Records::open(&sealed, &key));
        let again = again.map(|again| (again.newest, again.kept.len()));
        assert_eq!(again, Ok((records.newest, records.kept.len())));
    }
}
