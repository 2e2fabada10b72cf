//! Many sources in one process: one for each tenant, application and person.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{TokenSource, TokenSourceBuilder, identity_client};
use crate::error::Error;
use crate::profile::Profile;
use crate::store::TokenKey;

/// Keeps one [`TokenSource`] for each [`TokenKey`], up to a bound.
///
/// A look-up takes no lock and costs the same with one tenant as with ten
/// thousand. Beyond the bound, sources that were not asked for since the last
/// sweep make room; one that is asked for again is set up anew, and finds its
/// token in its store.
pub struct TokenSources {
    sources: papaya::HashMap<TokenKey, Arc<Entry>>,
    bound: usize,
    /// One HTTP client for all sources of a scheme: https, and this machine's http.
    clients: Mutex<BTreeMap<String, reqwest::Client>>,
}

struct Entry {
    source: TokenSource,
    asked_for: AtomicBool,
}

impl TokenSources {
    /// Room for `bound` sources.
    pub fn new(bound: usize) -> Self {
        Self {
            sources: papaya::HashMap::new(),
            bound: bound.max(1),
            clients: Mutex::default(),
        }
    }

    /// The source under `key`, if it is there.
    pub fn get(&self, key: &TokenKey) -> Option<TokenSource> {
        let sources = self.sources.pin();
        let entry = sources.get(key)?;
        // Written only when it changes: a shared cache line that all read stays shared.
        if !entry.asked_for.load(Ordering::Relaxed) {
            entry.asked_for.store(true, Ordering::Relaxed);
        }
        Some(entry.source.clone())
    }

    /// The source under the key of `builder`; set up from it if it is not there.
    /// Two callers at once get the same one.
    pub fn get_or_build(&self, builder: TokenSourceBuilder) -> Result<TokenSource, Error> {
        let key = builder.key();
        if let Some(source) = self.get(&key) {
            return Ok(source);
        }
        let http = self.client(builder.profile())?;
        let entry = Arc::new(Entry {
            source: builder.http(http).build()?,
            asked_for: AtomicBool::new(true),
        });
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
        let client = identity_client(profile)?;
        clients.insert(scheme.to_owned(), client.clone());
        Ok(client)
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Second chance: whoever was not asked for since the last sweep goes; if
    /// all were, any go but `kept`.
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
    use crate::credential::FixedToken;

    fn builder(user: u32) -> TokenSourceBuilder {
        let token = FixedToken::new(format!("token-{user}"));
        TokenSource::builder(&Profile::perspiotalk(), token).user(user.to_string())
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
    fn the_bound_is_kept_and_who_is_asked_for_stays() {
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
