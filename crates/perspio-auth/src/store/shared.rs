//! A store on a server that many processes and machines share.

mod line;
mod lock;
mod server;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use server::{KeyValueServer, NewValue, ServerError};

use super::sealed_record::{SEALED_RECORD, SealError};
use super::{Lease, Revision, StoreError, StoreKey, Stored, TokenKey, TokenRecord, TokenStore};
use crate::clock::{Clock, SystemClock};
use line::Line;

/// A lock whose holder has died is free after that.
const LEASE: Duration = Duration::from_secs(10);

/// A refresh token that nobody uses dies after 90 days at Entra; the vendor's
/// page names the same time.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// A server takes no lifetime of nothing.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// Keeps records on a server that many processes and machines share.
///
/// Every record is sealed with the caller's key, together with the name that it
/// stands under, which is a hash. Whoever reads the server's memory, its disk or
/// the network sees no token and no client id, and what is put under another
/// name does not open there. Who may write to the server can delete records all
/// the same, or put older ones back.
///
/// A record expires with its token: an access token when it says, a refresh
/// token 90 days after it was last used. A lock is free 10 s after its holder
/// has died. A server that is away, or gives no answer for 2 s, is left alone
/// for a second; meanwhile each call is an error at once, upon which a
/// [`TokenSource`](crate::TokenSource) goes on with its own memory.
///
/// All who share it need the same key, and clocks that agree to the second.
pub struct SharedStore<S> {
    line: Arc<Line<S>>,
    key: Arc<StoreKey>,
    prefix: String,
    lease: Duration,
}

impl<S: KeyValueServer> SharedStore<S> {
    /// The store on `server`. Nothing is sent yet.
    pub fn new(server: S, key: StoreKey) -> Self {
        Self {
            line: Arc::new(Line::new(Arc::new(server), Arc::new(SystemClock))),
            key: Arc::new(key),
            prefix: "perspio".to_owned(),
            lease: LEASE,
        }
    }

    /// With names that begin with `prefix` instead of `perspio`: for more than
    /// one store, each with a key of its own, on one server. Visible ASCII
    /// characters, 100 at most.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// With locks that are free `lease` after their holder has died, instead of
    /// 10 s. A lock that is in use is kept beyond that.
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// With a clock other than the machine's.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.line = Arc::new(Line::new(self.line.server.clone(), clock));
        self
    }

    /// The name that `key` stands under, for whoever looks for it on the server.
    pub fn name(&self, key: &TokenKey) -> String {
        format!("{}:{}", self.prefix, key.name())
    }

    async fn get(&self, name: &str) -> Result<Option<Found>, StoreError> {
        let found = self.line.bounded(self.line.server.get(name)).await?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        let record = TokenRecord::unseal(&self.key, name, &bytes);
        let stored = record.and_then(|record| {
            let revision = SEALED_RECORD.revision(&bytes)?;
            Ok(Stored { record, revision })
        });
        let stored = stored.map_err(|error| self.unreadable(name, &error))?;
        Ok(Some(Found { bytes, stored }))
    }

    /// Puts a record, or nothing, in the place of the one with the revision `expected`.
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
        let swap = self.line.server.swap(&name, old.as_deref(), new);
        self.line.bounded(swap).await
    }

    /// How long a record is of use from now on.
    fn lifetime(&self, record: &TokenRecord) -> Duration {
        let end = match &record.refresh_token {
            Some(_) => record.asked_at.saturating_add(REFRESH_TOKEN_LIFETIME),
            None => record.expires_at(),
        };
        let left = end.saturating_sub(self.line.clock.now().wall);
        left.max(SHORTEST_LIFETIME)
    }

    fn unreadable(&self, name: &str, error: &SealError) -> StoreError {
        let reason = error.0.advised(
            "choose another prefix, or delete it",
            "give all who share the store the same key, and another key another prefix; \
             or delete it",
        );
        self.line.failed(format!("{name}: {reason}"))
    }
}

/// A value, and what was sealed in it.
struct Found {
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
            return Err(self.line.failed(
                "it may forget a record at any time, so refresh tokens are not put there: \
                 use another store for persons' sign-ins",
            ));
        }
        self.put(key, expected, Some(record)).await
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.put(key, Some(expected), None).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let name = format!("{}:lock", self.name(key));
        lock::hold(self.line.clone(), name, self.lease).await
    }

    fn keeps_refresh_tokens(&self) -> bool {
        self.line.server.keeps_refresh_tokens()
    }
}

impl<S> Clone for SharedStore<S> {
    fn clone(&self) -> Self {
        Self {
            line: self.line.clone(),
            key: self.key.clone(),
            prefix: self.prefix.clone(),
            lease: self.lease,
        }
    }
}

impl<S: KeyValueServer> fmt::Debug for SharedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore")
            .field("server", &self.line.server)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
