//! Where tokens are kept, for one process or for many.
//!
//! # Which store for which job
//!
//! | store | shared by | persons' sign-ins | feature |
//! |---|---|---|---|
//! | [`MemoryStore`], the default | nobody: it ends with the process | until then | |
//! | [`FileStore`] | the processes of one machine and user | yes | |
//! | `KeyringStore` | the programs of one person's desktop | yes | `keyring` |
//! | `RedisStore` | machines | yes, on a server that writes to disk | `redis` |
//! | `MemcachedStore` | machines | no: it may forget | `memcached` |
//! | [`SharedStore`] | machines, on a server of your own choice | as the server says | |
//! | [`PlainTextFileStore`] | whoever reads the file | yes, for all to see | |
//!
//! All but the last seal what they keep with a [`StoreKey`], or leave it to the
//! keyring. A valid token is given from the source's own memory: a store is
//! asked only when there is none.
//!
//! # What can be lost, and what cannot
//!
//! A renewal locks the key, reads once more, asks the identity server, puts the
//! answer in the place of what it has read, and frees the lock. A process may be
//! killed at any of these steps: the lock is free when the process has ended (a
//! file's) or its lease (10 s on a server), and the store has the old record or
//! the new one, whole.
//!
//! Between the identity server's answer and the store's acknowledgement, nobody
//! but this process knows the new tokens. A process that is killed right there
//! takes them along. That costs an application one more request. A person's
//! sign-in goes on with the old refresh token where the server still takes it
//! (Entra does); where a used one is dead, as dispoGas documents it, the next
//! renewal ends in one error that asks to sign in again. No order of steps
//! avoids it: the answer cannot be stored before it is there.
//!
//! A store that is away is no outage. Each failure is told to
//! [`TokenObserver::on_store_failed`](crate::TokenObserver::on_store_failed), and
//! the source goes on with its own memory; a sign-in that was renewed meanwhile
//! is saved as soon as the store is back.
//!
//! # A store of your own
//!
//! For a server that can compare and swap a value, [`KeyValueServer`] is two
//! operations; names, sealing, locks and time limits come with [`SharedStore`].
//! For anything else, such as a table of a database, there is [`TokenStore`]:
//! [`TokenKey::name`] is the name of a record, [`TokenRecord::seal`] its bytes.
//! `conformance::check` (feature `conformance`) tests either.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod envelope;
mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod lease;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod seal;
mod sealed_record;
mod shared;
mod wait;

use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

#[cfg(any(test, fuzzing))]
pub(crate) use file::fuzz;
pub use file::{FileStore, PlainTextFileStore};
#[cfg(feature = "keyring")]
pub use keyring::KeyringStore;
pub use lease::Lease;
#[cfg(feature = "memcached")]
pub use memcached::{Memcached, MemcachedStore};
pub use memory::MemoryStore;
pub use record::TokenRecord;
#[cfg(feature = "redis")]
pub use redis::{Redis, RedisStore};
pub use seal::{StoreKey, StoreKeyError};
pub use sealed_record::SealError;
#[cfg(any(test, fuzzing))]
pub(crate) use sealed_record::fuzz as fuzz_record;
pub use shared::{KeyValueServer, NewValue, ServerError, SharedStore};
pub(crate) use wait::Pauses;

use crate::credential::Credential;
use crate::profile::Profile;

/// Keeps token records, each under its key.
///
/// A [`TokenSource`](crate::TokenSource) locks a key, reads it once more,
/// obtains a token only if there is still none, and replaces the record: so
/// callers of many processes make one request, and a rotated refresh token is
/// never lost.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The record under `key`, with its revision.
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError>;

    /// Puts `record` in the place of the revision `expected` (none: nothing
    /// stands there). False, and nothing changes, if something else stands
    /// there. Once it is true, the record outlives this process.
    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError>;

    /// Deletes the revision `expected`. False, and nothing changes, if
    /// something else stands there, or nothing.
    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError>;

    /// Waits until nobody else holds `key`, and holds it until the lease ends.
    /// Who waits may go away, and then holds nothing.
    /// The lock must become free by itself when its holder dies, and waiting
    /// for it must end.
    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError>;

    /// Whether a record is there until it is deleted. A cache that may drop one
    /// at any time must say no: it then serves applications, which sign in
    /// again by themselves, and is refused for persons.
    fn keeps_refresh_tokens(&self) -> bool {
        true
    }
}

/// A record with the revision by which it can be replaced.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What is kept.
    pub record: TokenRecord,
    /// Which of the records that have stood under this key it is.
    pub revision: Revision,
}

/// Tells the records that have stood under one key apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// Why a store could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the token store {store} failed: {reason}")]
pub struct StoreError {
    /// The store, by name or place.
    pub store: String,
    /// What went wrong, and what to do; no secret.
    pub reason: String,
}

/// What a token belongs to: token endpoint (with its directory), application,
/// person, and scopes. Two that differ in any of them never share a token.
#[derive(Clone, Debug)]
pub struct TokenKey {
    parts: Arc<KeyParts>,
    /// The hash of the parts, computed once: a look-up costs the same for any key.
    number: u64,
}

/// Stores that outlive the process write it: a new member needs a new version
/// of their formats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyParts {
    token_url: String,
    client_id: String,
    user: Option<String>,
    scopes: Vec<String>,
}

impl TokenKey {
    /// The key of a credential; `user` tells persons apart who sign in to the
    /// same application.
    pub fn new(profile: &Profile, credential: &Credential, user: Option<&str>) -> Self {
        let application = credential.application();
        let mut scopes = credential.scopes(profile);
        scopes.sort();
        let client_id = application.map(|application| application.client_id().to_owned());
        let parts = KeyParts {
            token_url: profile.token_url().base().to_owned(),
            client_id: client_id.unwrap_or_default(),
            user: user.map(str::to_owned).or_else(|| default_user(credential)),
            scopes,
        };
        Self::from_parts(parts)
    }

    fn from_parts(parts: KeyParts) -> Self {
        Self {
            number: stable_number(&format!("{parts:?}")),
            parts: Arc::new(parts),
        }
    }

    /// A name for this key wherever one is needed: 64 hexadecimal digits, the
    /// same in every process and release, from which nobody reads whose key it is.
    pub fn name(&self) -> String {
        let KeyParts {
            token_url,
            client_id,
            user,
            scopes,
        } = &*self.parts;
        let fixed = [Some(&**token_url), Some(&**client_id), user.as_deref()];
        hashed_name(fixed.into_iter().chain(scopes.iter().map(|it| Some(&**it))))
    }

    fn parts(&self) -> &KeyParts {
        &self.parts
    }

    /// A number that stays the same for the same key, in every process.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// A name of several parts, some of which may be missing, for a server that many
/// share: 64 hexadecimal digits, from which nobody reads the parts. The same in
/// every process and release.
pub fn hashed_name<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        // With its length in front, so that no two read the same.
        let part = part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len()));
        digest.update(part.as_bytes());
    }
    hexadecimal(digest.finish().as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// FNV-1a: std's hasher may change from one release to the next.
fn stable_number(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl PartialEq for TokenKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts) || self.parts == other.parts
    }
}

impl Eq for TokenKey {}

impl Hash for TokenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.number);
    }
}

/// Persons' tokens never share a key with an application's own.
fn default_user(credential: &Credential) -> Option<String> {
    (!credential.is_application()).then(|| "signed-in user".to_owned())
}

#[cfg(test)]
mod tests;
