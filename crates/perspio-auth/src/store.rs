//! Token stores, for one process or several.
//!
//! # Choosing a store
//!
//! | store | shared by | users' sign-ins | feature |
//! |---|---|---|---|
//! | [`MemoryStore`], the default | one process | until the process ends | |
//! | [`FileStore`] | the processes of one machine and user | yes | |
//! | `KeyringStore` | the programs of one user's desktop | yes | `keyring` |
//! | `RedisStore` | several machines | yes, on a server with persistence | `redis` |
//! | `MemcachedStore` | several machines | no: it may evict records | `memcached` |
//! | [`SharedStore`] | several machines, on any server | as the server says | |
//! | [`PlainTextFileStore`] | every process that can read the file | yes, unencrypted | |
//!
//! All stores but the first and the last encrypt records with a [`StoreKey`], or leave
//! that to the keyring. A valid token is returned from the source's memory: a store is
//! accessed only if there is none.
//!
//! # Crash safety
//!
//! A refresh locks the key, reads the record again, sends the token request, replaces
//! the record that it has read, and releases the lock. A process can be killed at any
//! of these steps. A file lock is then released immediately, a lock on a server after
//! its lease (10 s), and the store contains either the old or the new record.
//!
//! Between the token response and the acknowledgement of the store, only this process
//! has the new tokens. If it is killed at that point, they are lost. An application then
//! sends one more token request. A user's sign-in continues with the old refresh token
//! if the identity server still accepts it (Entra does). If the server revokes a refresh
//! token when it is used, the next refresh fails with an error that asks for a new
//! sign-in. No order of steps avoids this, since the response cannot be stored before it
//! is received.
//!
//! If the store is unavailable, calls continue with the in-memory token. Each failure is
//! reported to [`TokenObserver::on_store_failed`](crate::TokenObserver::on_store_failed),
//! and a sign-in that was refreshed meanwhile is saved as soon as the store is available
//! again.
//!
//! # Custom stores
//!
//! For a server with a compare-and-swap operation, implement the two operations of
//! [`KeyValueServer`]; [`SharedStore`] adds names, encryption, locks and timeouts. For
//! anything else, such as a database table, implement [`TokenStore`]:
//! [`TokenKey::name`] returns the name of a record and [`TokenRecord::seal`] its bytes.
//! `conformance::check` (feature `conformance`) tests both.

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

/// A store of token records by key.
///
/// A [`TokenSource`](crate::TokenSource) locks a key, reads it again, obtains a token
/// only if there is still none, and replaces the record. Several processes therefore
/// share one request, and a rotated refresh token is never lost.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// Returns the record of `key` with its revision, or `None`.
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError>;

    /// Replaces the revision `expected` by `record`; `None` expects that there is no
    /// record. Returns false, and changes nothing, if there is another revision. If it
    /// returns true, the record is persistent.
    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError>;

    /// Deletes the revision `expected`. Returns false, and changes nothing, if there is
    /// another revision or no record.
    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError>;

    /// Waits for the lock of `key`, and holds it until the lease is dropped. Dropping
    /// the future releases the lock. The lock must be released when its holder dies,
    /// and the wait must be bounded.
    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError>;

    /// Returns whether a record is kept until it is deleted. A cache that may evict
    /// records must return false: it is then accepted for applications, which obtain
    /// new tokens by themselves, and rejected for users.
    fn keeps_refresh_tokens(&self) -> bool {
        true
    }
}

/// A record and its revision, which is needed to replace it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The record.
    pub record: TokenRecord,
    /// The revision of the record.
    pub revision: Revision,
}

/// Identifies one of the records that a key has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// The failure of a store.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the token store {store} failed: {reason}")]
pub struct StoreError {
    /// The name or address of the store.
    pub store: String,
    /// What failed and what to do; contains no secret.
    pub reason: String,
}

/// The key of a token: token endpoint (with its directory), application, user, and
/// scopes. Keys that differ in any of them never share a token.
#[derive(Clone, Debug)]
pub struct TokenKey {
    parts: Arc<KeyParts>,
    /// The hash of the parts, computed once so that a look-up is cheap.
    number: u64,
}

/// Persistent stores write this type: a new member requires a new version of their
/// formats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyParts {
    token_url: String,
    client_id: String,
    user: Option<String>,
    scopes: Vec<String>,
}

impl TokenKey {
    /// Returns the key of a credential; `user` separates several users of one
    /// application.
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

    /// Returns the name of the key in a store: 64 hexadecimal digits, a hash that is the
    /// same in every process and release and reveals nothing about the key.
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

    /// Returns a hash that is the same in every process.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// Returns a name that is made of several parts, some of which may be missing, for a
/// shared server: 64 hexadecimal digits, a hash that is the same in every process and
/// release and reveals nothing about the parts.
pub fn hashed_name<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        // Prefixed with its length, so that no two lists have the same digest.
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

/// Users' tokens never share a key with the tokens of an application.
fn default_user(credential: &Credential) -> Option<String> {
    (!credential.is_application()).then(|| "signed-in user".to_owned())
}

#[cfg(test)]
mod tests;
