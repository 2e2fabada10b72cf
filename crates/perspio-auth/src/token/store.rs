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
//!
//! All stores but the first encrypt records with a [`StoreKey`], or leave that to the
//! keyring. [`FileStore::open_plain_text`] is the exception, for a machine on which a key
//! could only be stored next to the file. A valid token is returned from the source's memory: a store is
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
//! If such an outage lasts longer than the lease of a lock on a server, other processes can
//! lock the key before the new refresh token is saved. A process that has seen the outage
//! therefore spends no single-use refresh token in the first 5 s after its last failed call,
//! and meanwhile uses the token that the other process saves. A process that has not seen the
//! outage can spend the old refresh token, which then ends the sign-in.
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

use std::fmt;

use async_trait::async_trait;

pub use file::FileStore;
#[cfg(any(test, fuzzing))]
pub(crate) use file::fuzz;
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

#[cfg(feature = "keyring")]
use super::key::stable_number;
use super::key::{KeyParts, hexadecimal};
pub use super::key::{TokenKey, hashed_name};

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

    /// Makes sure that the record of `key` can be replaced, for instance by reserving disk
    /// space. It is called directly before a refresh token is spent that cannot be used
    /// again; if it fails, the token is not spent. The default
    /// [confirms the lock](Lease::confirm).
    async fn prepare(&self, key: &TokenKey, lease: &Lease) -> Result<(), StoreError> {
        let _ = key;
        lease.confirm().await
    }

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
#[non_exhaustive]
pub struct StoreError {
    /// The name or address of the store.
    pub store: String,
    /// What failed and what to do; contains no secret.
    pub reason: String,
}

impl StoreError {
    /// Creates the error of a custom store. Neither text may contain a secret.
    pub fn new(store: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            store: store.into(),
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests;
