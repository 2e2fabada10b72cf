//! The current token, where every thread reads it without disturbing another.
//!
//! Two threads that count references to the same token write to the same cache
//! line, and that costs more than all else a hit does. So the token stands in
//! several places, each with references of its own, and a thread keeps to one.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use http::HeaderValue;

use crate::token::clock::Moment;
use crate::token::{AccessToken, Inner};

/// More places would cost memory for each tenant and help few machines.
const MOST_PLACES: usize = 8;

static PLACES: LazyLock<usize> = LazyLock::new(|| {
    std::thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MOST_PLACES)
});

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: usize = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
}

/// The current token, or none. Clones share it.
#[derive(Clone)]
pub(crate) struct Current {
    places: Arc<[Place]>,
}

/// Far enough from its neighbours that no cache line holds two.
#[repr(align(128))]
#[derive(Default)]
struct Place(ArcSwapOption<Inner>);

impl Current {
    pub(crate) fn none() -> Self {
        Self {
            places: (0..*PLACES).map(|_| Place::default()).collect(),
        }
    }

    #[inline]
    fn place(&self) -> Option<&Place> {
        // A thread that is ending has no number any more; any place serves it.
        let thread = THREAD.try_with(|thread| *thread).unwrap_or_default();
        self.places.get(thread % self.places.len().max(1))
    }

    /// The token.
    #[inline]
    pub(crate) fn get(&self) -> Option<AccessToken> {
        let inner = self.place()?.0.load_full()?;
        Some(AccessToken { inner })
    }

    /// The header value of the token, if it is fresh.
    pub(crate) fn fresh_authorization(&self, now: Moment) -> Option<HeaderValue> {
        let inner = self.place()?.0.load();
        let inner = inner.as_ref().filter(|inner| inner.is_fresh(now))?;
        Some(inner.authorization().clone())
    }

    /// Another token, or none. The caller holds the source's lock, so that no
    /// two change it at once.
    pub(crate) fn set(&self, token: Option<&AccessToken>) {
        for place in self.places.iter() {
            place
                .0
                .store(token.map(AccessToken::copy).map(|token| token.inner));
        }
    }
}
