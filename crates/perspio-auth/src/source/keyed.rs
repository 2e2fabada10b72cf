//! Many sources in one process: one for each tenant, application and user.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{TokenSource, TokenSourceBuilder};
use crate::oauth::Error;
use crate::oauth::Identity;
use crate::oauth::Profile;
use crate::token::store::TokenKey;

/// A bounded cache of [`TokenSource`]s, one for each [`TokenKey`].
///
/// A look-up takes no lock and costs the same with one tenant as with ten thousand.
/// When the bound is exceeded, sources that were not used since the last sweep are
/// evicted. An evicted source is rebuilt when it is needed again, and reads its token
/// from its store.
pub struct TokenSources {
    sources: papaya::HashMap<TokenKey, Entry>,
    bound: usize,
    /// One HTTP client for all sources of a scheme: https, and http to this machine.
    clients: Mutex<BTreeMap<String, reqwest::Client>>,
}

struct Entry {
    source: TokenSource,
    asked_for: AtomicBool,
}

impl TokenSources {
    /// Creates a cache of at most `bound` sources.
    pub fn new(bound: usize) -> Self {
        Self {
            sources: papaya::HashMap::new(),
            bound: bound.max(1),
            clients: Mutex::default(),
        }
    }

    /// Returns the source of `key`, if it is cached.
    pub fn get(&self, key: &TokenKey) -> Option<TokenSource> {
        let sources = self.sources.pin();
        let entry = sources.get(key)?;
        // Written only if it changes, so that the cache line stays shared between readers.
        if !entry.asked_for.load(Ordering::Relaxed) {
            entry.asked_for.store(true, Ordering::Relaxed);
        }
        Some(entry.source.clone())
    }

    /// Returns the cached source of the key of `builder`, or builds it. Concurrent
    /// callers get the same source.
    ///
    /// # Errors
    /// The same as [`TokenSourceBuilder::build`].
    pub fn get_or_build(&self, builder: TokenSourceBuilder) -> Result<TokenSource, Error> {
        let key = builder.key();
        if let Some(source) = self.get(&key) {
            return Ok(source);
        }
        let http = self.client(builder.profile())?;
        let entry = Entry {
            source: builder.http(http).build()?,
            asked_for: AtomicBool::new(true),
        };
        let source = self.sources.pin().get_or_insert(key, entry).source.clone();
        if self.sources.len() > self.bound {
            self.make_room(source.key());
        }
        Ok(source)
    }

    fn client(&self, profile: &Profile) -> Result<reqwest::Client, Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let scheme = profile.token_url().url().scheme();
        if let Some(client) = clients.get(scheme) {
            return Ok(client.clone());
        }
        let client = Identity::http_client(profile)?;
        clients.insert(scheme.to_owned(), client.clone());
        Ok(client)
    }

    /// Returns the number of cached sources.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Returns whether no source is cached.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Evicts the sources that were not used since the last sweep (second chance); if
    /// all were used, evicts any but `kept`.
    fn make_room(&self, kept: &TokenKey) {
        let sources = self.sources.pin();
        sources.retain(|key, entry| key == kept || entry.asked_for.swap(false, Ordering::Relaxed));
        let excess = sources.len().saturating_sub(self.bound);
        let victims: Vec<_> = sources
            .keys()
            .filter(|key| *key != kept)
            .take(excess)
            .cloned()
            .collect();
        for key in victims {
            sources.remove(&key);
        }
    }
}

impl fmt::Debug for TokenSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSources")
            .field("len", &self.len())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::FixedToken;
    use crate::testing;

    fn builder(user: u32) -> TokenSourceBuilder {
        let token = FixedToken::new(format!("token-{user}"));
        TokenSource::builder(&testing::profile(), token).user(user.to_string())
    }

    #[tokio::test]
    async fn each_key_has_one_source_and_its_own_token() {
        let sources = TokenSources::new(100);
        for round in 0..2 {
            for user in 0..50 {
                let source = sources.get_or_build(builder(user)).unwrap();
                let token = source.token().await.unwrap();
                assert_eq!(token.expose_secret(), format!("token-{user}"), "{round}");
            }
        }
        assert_eq!(sources.len(), 50);
        assert!(sources.get(&builder(50).key()).is_none());
    }

    #[test]
    fn the_bound_holds_and_sources_in_use_are_not_evicted() {
        let sources = TokenSources::new(10);
        let favourite = builder(0).key();
        for user in 0..200 {
            sources.get_or_build(builder(user)).unwrap();
            assert!(sources.len() <= 10, "{}", sources.len());
            if user % 3 == 0 {
                sources.get(&favourite);
            }
        }
        let newest = builder(199).key();
        assert!(sources.get(&newest).is_some());
    }
}
