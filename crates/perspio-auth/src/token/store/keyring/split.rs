//! A record in several keyring entries, because some keyrings limit the size of an entry.
//!
//! The head is the entry with the name of the record. It contains the record, or the set
//! (one of two) and the number of the record's parts. A new record is written to the set
//! that the head does not name, and takes effect when the head is replaced; until then the
//! old record is complete. A crash leaves no gap among the parts of a set, so that the next
//! write finds all leftovers.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Entries, Failure};
use crate::token::store::record::{OwnedRecord, RecordRef, to_json};
use crate::token::store::{Revision, Stored, TokenRecord};

/// The version of the head. A later release may add members, which this one ignores; a
/// member that must not be ignored needs a new version.
const VERSION: u64 = 1;

/// The length of the mark that a part begins with: the revision in hexadecimal digits.
const MARK_LEN: usize = 16;

/// The entries of one record.
pub(super) struct Split<'a, E> {
    pub(super) entries: &'a E,
    /// The name of the head. The names of the parts begin with it.
    pub(super) name: &'a str,
    /// The size limit of an entry, in bytes.
    pub(super) capacity: usize,
}

impl<E: Entries> Split<'_, E> {
    pub(super) fn read(&self) -> Result<Option<Stored>, Failure> {
        let mut incomplete = None;
        while let Some(head) = self.head()? {
            let revision = Revision(head.revision);
            let record = match (head.record, head.parts) {
                (Some(record), None) => Some(record),
                (None, Some(parts)) => self.joined(revision, &parts)?,
                _ => return Err(self.unusable()),
            };
            match record {
                Some(OwnedRecord(record)) => return Ok(Some(Stored { record, revision })),
                None if incomplete == Some(revision) => return Err(self.unusable()),
                // Replaced while it was read, unless the head is the same again.
                None => incomplete = Some(revision),
            }
        }
        Ok(None)
    }

    /// Replaces the record; `None` deletes it. Returns false, and changes nothing, unless the
    /// revision is `expected`. The caller holds the lock for writing.
    pub(super) fn replace(
        &self,
        expected: Option<Revision>,
        record: Option<&TokenRecord>,
    ) -> Result<bool, Failure> {
        let head = self.head()?;
        if head.as_ref().map(|head| Revision(head.revision)) != expected {
            return Ok(false);
        }
        let Some(record) = record else {
            // The head first: a head without its parts would be reported as damaged.
            self.entries.remove(self.name)?;
            self.clear(Set::A)?;
            self.clear(Set::B)?;
            return Ok(true);
        };
        let used = head.and_then(|head| head.parts).map(|parts| parts.set);
        let used = self.write(record, used)?;
        for set in [Set::A, Set::B] {
            if Some(set) != used
                && let Err(cause) = self.clear(set)
            {
                // The record is stored; the next write removes the leftovers.
                tracing::debug!(?cause, "old parts could not be removed from the keyring");
            }
        }
        Ok(true)
    }

    /// Writes the record, and returns the set of its parts if it has any.
    fn write(&self, record: &TokenRecord, used: Option<Set>) -> Result<Option<Set>, Failure> {
        let revision = random_revision()?;
        let whole = json(&HeadRef {
            version: VERSION,
            revision,
            record: Some(RecordRef(record)),
            parts: None,
        })?;
        if whole.len() <= self.capacity {
            self.entries.put(self.name, &whole)?;
            return Ok(None);
        }
        let set = used.map_or(Set::A, Set::other);
        self.clear(set)?;
        let head = HeadRef {
            version: VERSION,
            revision,
            record: None,
            parts: Some(Parts {
                set,
                count: self.write_parts(set, revision, record)?,
            }),
        };
        self.entries.put(self.name, &json(&head)?)?;
        Ok(Some(set))
    }

    fn write_parts(&self, set: Set, revision: u64, record: &TokenRecord) -> Result<u32, Failure> {
        let record = json(&RecordRef(record))?;
        let mut rest = str::from_utf8(&record).map_err(|_| self.unusable())?;
        let mut count = 0;
        while !rest.is_empty() {
            let (text, remaining) = split(rest, self.capacity.saturating_sub(MARK_LEN));
            // Allocated once: growing would leave copies in memory that are not wiped.
            let mut part = Zeroizing::new(String::with_capacity(MARK_LEN + text.len()));
            part.push_str(&mark(revision));
            part.push_str(text);
            self.entries.put(&self.part(set, count), part.as_bytes())?;
            rest = remaining;
            count += 1;
        }
        Ok(count)
    }

    /// Joins the parts of the record of `revision`; `None` if one is missing.
    fn joined(&self, revision: Revision, parts: &Parts) -> Result<Option<OwnedRecord>, Failure> {
        let mark = mark(revision.0);
        let mut texts = Vec::new();
        for index in 0..parts.count {
            let Some(part) = self.entries.get(&self.part(parts.set, index))? else {
                return Ok(None);
            };
            if !part.starts_with(mark.as_bytes()) {
                return Ok(None);
            }
            texts.push(part);
        }
        let length = texts.iter().map(|part| part.len()).sum();
        let mut record = Zeroizing::new(Vec::with_capacity(length));
        for part in &texts {
            record.extend_from_slice(part.get(MARK_LEN..).unwrap_or_default());
        }
        let record = serde_json::from_slice(&record).map_err(|_| self.unusable())?;
        Ok(Some(record))
    }

    /// Removes all parts of a set. The last one is removed first, so that a crash leaves no
    /// gap that would hide the others from the next write.
    fn clear(&self, set: Set) -> Result<(), Failure> {
        let mut count = 0;
        while self.entries.contains(&self.part(set, count))? {
            count += 1;
        }
        for index in (0..count).rev() {
            self.entries.remove(&self.part(set, index))?;
        }
        Ok(())
    }

    fn head(&self) -> Result<Option<Head>, Failure> {
        let Some(bytes) = self.entries.get(self.name)? else {
            return Ok(None);
        };
        let version: Result<Version, _> = serde_json::from_slice(&bytes);
        match version {
            Ok(Version { version: VERSION }) => {}
            Ok(Version { version }) if version > VERSION => {
                return Err(Failure::Other(format!(
                    "its entry {} was written by a newer release (version {version}): \
                     update this program",
                    self.name
                )));
            }
            _ => return Err(self.unusable()),
        }
        let head = serde_json::from_slice(&bytes).map_err(|_| self.unusable())?;
        Ok(Some(head))
    }

    fn part(&self, set: Set, index: u32) -> String {
        format!("{}.{set}.{index}", self.name)
    }

    /// Returns the error of an invalid entry. It contains nothing of the entry.
    fn unusable(&self) -> Failure {
        Failure::Other(format!(
            "its entry {} is not a complete token record: remove it, and the entries whose names \
             begin with it, with the keyring's own program, and sign in again",
            self.name
        ))
    }
}

/// The version alone, which distinguishes a newer entry from a damaged one.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Serialize)]
struct HeadRef<'a> {
    version: u64,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordRef<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
}

#[derive(Deserialize)]
struct Head {
    revision: u64,
    record: Option<OwnedRecord>,
    parts: Option<Parts>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    set: Set,
    count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Set {
    A,
    B,
}

impl Set {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

fn mark(revision: u64) -> String {
    format!("{revision:0MARK_LEN$x}")
}

/// Splits `text` after `capacity` bytes or at the last character boundary before, but never
/// returns an empty first part.
fn split(text: &str, capacity: usize) -> (&str, &str) {
    let is_end = |end: &usize| text.is_char_boundary(*end);
    let within = (1..=capacity.min(text.len())).rev().find(is_end);
    let end = within.or_else(|| (1..=text.len()).find(is_end));
    text.split_at(end.unwrap_or(text.len()))
}

fn json(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    to_json(value).map_err(|_| Failure::Other("the record cannot be written as JSON".to_owned()))
}

fn random_revision() -> Result<u64, Failure> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| {
        Failure::Other("the random number generator of this machine failed".to_owned())
    })?;
    Ok(u64::from_ne_bytes(random))
}
