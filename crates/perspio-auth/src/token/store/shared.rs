//! A store on a server that many processes and machines share.

mod circuit_breaker;
mod lock;
mod server;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use server::{KeyValueServer, NewValue, ServerError};

use super::sealed_record::{SEALED_RECORD, SealError};
use super::{Lease, Revision, StoreError, StoreKey, Stored, TokenKey, TokenRecord, TokenStore};
use crate::token::clock::{Clock, SystemClock, between, later};
use circuit_breaker::CircuitBreaker;

/// A lock is released this long after its holder has died.
const LEASE: Duration = Duration::from_secs(10);

/// Entra's default lifetime of an unused refresh token.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// Servers reject a lifetime of zero.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// A token store on a server that several processes and machines share.
///
/// Every record is encrypted with the caller's key and bound to its name, which is
/// a hash. Read access to the server's memory, its disk or the network reveals no
/// token and no client id, and a record that is moved to another name cannot be
/// opened. Write access to the server still allows deleting records and restoring
/// older ones.
///
/// A record expires with its token: an access token at the end of its lifetime, a
/// refresh token 90 days after its last use. A lock is released 10 s after its
/// holder has died. If the server is unavailable or does not respond within 2 s,
/// it is not contacted for one second; calls fail immediately during that time,
/// and a [`TokenSource`](crate::TokenSource) continues with its in-memory token.
///
/// All processes that share the store need the same key, and clocks that agree to
/// the second.
pub struct SharedStore<S> {
    breaker: Arc<CircuitBreaker<S>>,
    key: Arc<StoreKey>,
    prefix: String,
    lease: Duration,
}

impl<S: KeyValueServer> SharedStore<S> {
    /// Creates a store on `server`. No request is sent yet.
    pub fn new(server: S, key: StoreKey) -> Self {
        Self {
            breaker: Arc::new(CircuitBreaker::new(Arc::new(server), Arc::new(SystemClock))),
            key: Arc::new(key),
            prefix: "oauth-tokens".to_owned(),
            lease: LEASE,
        }
    }

    /// Sets the prefix of the names on the server; `oauth-tokens` by default. Two
    /// stores with different keys on one server need different prefixes. A prefix
    /// consists of at most 100 visible ASCII characters.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long after the death of its holder a lock is released; 10 s by
    /// default. A lock that is in use is extended beyond that.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.breaker = Arc::new(CircuitBreaker::new(self.breaker.server.clone(), clock));
        self
    }

    /// Returns the name of the record of `key` on the server.
    pub fn name(&self, key: &TokenKey) -> String {
        format!("{}:{}", self.prefix, key.name())
    }

    async fn get(&self, name: &str) -> Result<Option<LoadedRecord>, StoreError> {
        let found = self.breaker.run(self.breaker.server.get(name)).await?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        let record = TokenRecord::unseal(&self.key, name, &bytes);
        let stored = record.and_then(|record| {
            let revision = SEALED_RECORD.revision(&bytes)?;
            Ok(Stored { record, revision })
        });
        let stored = stored.map_err(|error| self.unreadable(name, &error))?;
        Ok(Some(LoadedRecord { bytes, stored }))
    }

    /// Replaces the record of the revision `expected`; `None` deletes it.
    async fn put(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let name = self.name(key);
        let old = match expected {
            None => None,
            Some(expected) => match self.get(&name).await? {
                Some(found) if found.stored.revision == expected => Some(found.bytes),
                _ => return Ok(false),
            },
        };
        let sealed = record.as_ref().map(|record| record.seal(&self.key, &name));
        let sealed = sealed.transpose();
        let sealed = sealed.map_err(|error| self.unreadable(&name, &error))?;
        let new = sealed.as_ref().zip(record.as_ref());
        let new = new.map(|(bytes, record)| NewValue {
            bytes,
            lifetime: self.lifetime(record),
        });
        let swap = self.breaker.server.swap(&name, old.as_deref(), new);
        self.breaker.run(swap).await
    }

    /// Returns how long a record is useful from now on.
    fn lifetime(&self, record: &TokenRecord) -> Duration {
        let end = match &record.refresh_token {
            Some(_) => later(record.requested_at, REFRESH_TOKEN_LIFETIME),
            None => record.expires_at(),
        };
        let left = between(self.breaker.clock.now().wall, end);
        left.max(SHORTEST_LIFETIME)
    }

    fn unreadable(&self, name: &str, error: &SealError) -> StoreError {
        let reason = error.0.advised(
            "choose another prefix, or delete it",
            "use the same key in all processes that share the store, and another prefix for \
             another key; or delete it",
        );
        self.breaker.failed(format!("{name}: {reason}"))
    }
}

/// A sealed value, and its record.
struct LoadedRecord {
    bytes: Vec<u8>,
    stored: Stored,
}

#[async_trait]
impl<S: KeyValueServer> TokenStore for SharedStore<S> {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let found = self.get(&self.name(key)).await?;
        Ok(found.map(|found| found.stored))
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        if record.refresh_token.is_some() && !self.keeps_refresh_tokens() {
            return Err(self.breaker.failed(
                "it may evict a record at any time, so refresh tokens are not stored there: \
                 use another store for users' sign-ins",
            ));
        }
        self.put(key, expected, Some(record)).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.put(key, Some(expected), None).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let name = format!("{}:lock", self.name(key));
        lock::hold(self.breaker.clone(), name, self.lease).await
    }

    fn keeps_refresh_tokens(&self) -> bool {
        self.breaker.server.keeps_refresh_tokens()
    }
}

impl<S> Clone for SharedStore<S> {
    fn clone(&self) -> Self {
        Self {
            breaker: self.breaker.clone(),
            key: self.key.clone(),
            prefix: self.prefix.clone(),
            lease: self.lease,
        }
    }
}

impl<S: KeyValueServer> fmt::Debug for SharedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore")
            .field("server", &self.breaker.server)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
