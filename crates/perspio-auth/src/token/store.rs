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
//! could only be stored next to the file. A valid token is returned from the source's
//! memory: a store is accessed only if there is none.
//!
//! # Crash safety
//!
//! A refresh locks the key, reads the record again, prepares the store, sends the token
//! request, replaces the record that it has read, and releases the lock. A process can be
//! killed at any of these steps. A file lock is then released immediately, a lock on a
//! server after its lease (10 s), and the store contains either the old or the new record.
//!
//! Some identity servers accept a refresh token only once, and revoke the whole sign-in if
//! it is used again ([`Profile::single_use_refresh_tokens`](crate::Profile), true unless a
//! profile says otherwise). Such a token is spent only if its replacement can be saved: the
//! lock is held and confirmed, the store was read, and a file has its disk space reserved.
//! Otherwise the access token is used as long as it is valid, and then a call fails with
//! [`Error::RefreshPostponed`](crate::Error::RefreshPostponed); the sign-in is kept. If the
//! record cannot be saved after all, the process keeps the lock and the record, and saves
//! it as soon as the store is available again. A record is never replaced by an older one,
//! neither in memory nor in the store.
//!
//! Where old refresh tokens stay valid after use (Entra), an unavailable store is no outage:
//! calls continue with the record in memory, and it is saved later.
//!
//! ## The remaining window
//!
//! Between the moment in which the identity server receives a single-use refresh token and
//! the durable write of its replacement, a sign-in is lost if
//!
//! - the process is killed, or the machine stops (a program that ends in the usual way
//!   waits, see [`TokenSource::settle`](crate::TokenSource::settle)),
//! - the response is lost,
//! - the lock runs out, because the machine is suspended or the store is unavailable for
//!   longer than the lease, and another process refreshes meanwhile, or
//! - the store is restored to an older state, and a process that does not have the newer
//!   record refreshes.
//!
//! No order of steps avoids this, since a response cannot be stored before it is received.
//! An application then sends one more token request; a user must sign in again.
//!
//! Each failure of a store is reported to
//! [`TokenObserver::on_store_failed`](crate::TokenObserver::on_store_failed).
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
//! `conformance::check` (feature `conformance`) tests both. A store is called from a thread
//! of this crate, within a tokio runtime of its own, whatever runtimes the program has.

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
mod sealed_secret;
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
