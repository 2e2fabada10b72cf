//! The current token, which every thread reads without disturbing another.
//!
//! Two threads that count references to the same token write to the same cache line, which
//! costs more than all else of a cached hit. The token is therefore stored in several shards,
//! each with its own reference count, and a thread uses one of them.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use http::HeaderValue;

use crate::token::clock::Moment;
use crate::token::{AccessToken, Inner};

/// More shards would cost memory for each tenant, and few machines would profit.
const MOST_SHARDS: usize = 8;

static SHARDS: LazyLock<usize> = LazyLock::new(|| {
    std::thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MOST_SHARDS)
});

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: usize = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
}

/// The current token, or none. Clones share it.
#[derive(Clone)]
pub(crate) struct Current {
    shards: Arc<[Shard]>,
}

/// Aligned so that no cache line contains two.
#[repr(align(128))]
#[derive(Default)]
struct Shard(ArcSwapOption<Inner>);

impl Current {
    pub(crate) fn none() -> Self {
        Self {
            shards: (0..*SHARDS).map(|_| Shard::default()).collect(),
        }
    }

    #[inline]
    fn shard(&self) -> Option<&Shard> {
        // A thread that is ending has no number any more, and may use any shard.
        let thread = THREAD.try_with(|thread| *thread).unwrap_or_default();
        self.shards.get(thread % self.shards.len().max(1))
    }

    /// Returns the token.
    #[inline]
    pub(crate) fn get(&self) -> Option<AccessToken> {
        let inner = self.shard()?.0.load_full()?;
        Some(AccessToken { inner })
    }

    /// Returns the header value of the token, if it is fresh.
    pub(crate) fn fresh_authorization(&self, now: Moment) -> Option<HeaderValue> {
        let inner = self.shard()?.0.load();
        let inner = inner.as_ref().filter(|inner| inner.is_fresh(now))?;
        Some(inner.authorization().clone())
    }

    /// Replaces the token. The caller holds the source's lock, so that all shards have the
    /// same one.
    pub(crate) fn set(&self, token: Option<&AccessToken>) {
        for shard in self.shards.iter() {
            shard
                .0
                .store(token.map(AccessToken::copy).map(|token| token.inner));
        }
    }
}
