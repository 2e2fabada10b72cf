//! Many sources in one process: one for each tenant, application and person.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{TokenSource, TokenSourceBuilder};
use crate::error::Error;
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
        let entry = Arc::new(Entry {
            source: builder.build()?,
            asked_for: AtomicBool::new(true),
        });
        let source = self.sources.pin().get_or_insert(key, entry).source.clone();
        if self.sources.len() > self.bound {
            self.make_room(source.key());
        }
        Ok(source)
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
