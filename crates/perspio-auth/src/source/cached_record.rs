//! The newest record that this process has, for the time in which the store is unavailable.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::token::store::TokenRecord;

/// What the store has of the sign-in of a cached record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// Nothing: it has never been saved.
    Never,
    /// An earlier record of the same sign-in.
    Earlier,
    /// This record, or a newer one.
    Yes,
}

/// A cached record.
#[derive(Clone, Debug)]
pub(crate) struct CachedRecord {
    pub(crate) record: TokenRecord,
    pub(crate) saved: Saved,
}

/// The record to continue with, and what becomes of the cached one.
#[derive(Debug)]
pub(crate) enum Newest {
    /// The stored one; it replaces the cached one.
    Stored,
    /// The cached one, which the store does not have.
    Cached(TokenRecord),
    /// None: a user has signed out, and the cached one is discarded.
    SignedOut,
}

impl CachedRecord {
    /// Compares the cached record with what the store has.
    pub(crate) fn newest(&self, stored: Option<&TokenRecord>) -> Newest {
        match stored {
            Some(stored) if stored.is_older_than(&self.record) => {
                Newest::Cached(self.record.clone())
            }
            Some(_) => Newest::Stored,
            None if self.saved == Saved::Never => Newest::Cached(self.record.clone()),
            None => Newest::SignedOut,
        }
    }
}

/// A cell for the cached record.
#[derive(Debug, Default)]
pub(crate) struct RecordCache(Mutex<Option<CachedRecord>>);

impl RecordCache {
    fn cell(&self) -> MutexGuard<'_, Option<CachedRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self) -> Option<CachedRecord> {
        self.cell().clone()
    }

    /// Caches a record that the store has.
    pub(crate) fn set_saved(&self, record: &TokenRecord) {
        *self.cell() = Some(CachedRecord {
            record: record.clone(),
            saved: Saved::Yes,
        });
    }

    /// Caches a record that the store does not have yet.
    pub(crate) fn set_unsaved(&self, record: &TokenRecord) {
        let mut cell = self.cell();
        let is_same_sign_in = |cached: &&CachedRecord| {
            cached.saved != Saved::Never && cached.record.signed_in_at == record.signed_in_at
        };
        let saved = match cell.as_ref().filter(is_same_sign_in) {
            Some(_) => Saved::Earlier,
            None => Saved::Never,
        };
        *cell = Some(CachedRecord {
            record: record.clone(),
            saved,
        });
    }

    /// Returns the sign-in that still has to be saved, if any.
    pub(crate) fn unsaved_sign_in(&self) -> Option<TokenRecord> {
        let cell = self.cell();
        let unsaved = cell
            .as_ref()
            .filter(|cached| cached.saved != Saved::Yes && cached.record.refresh_token.is_some());
        unsaved.map(|cached| cached.record.clone())
    }

    /// Returns whether there is nothing to save.
    pub(crate) fn is_saved(&self) -> bool {
        self.cell()
            .as_ref()
            .is_none_or(|cached| cached.saved == Saved::Yes)
    }

    pub(crate) fn clear(&self) {
        *self.cell() = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::token::store::conformance;

    fn record(signed_in_at: u64, generation: u64) -> TokenRecord {
        let mut record = conformance::record("token");
        record.signed_in_at = std::time::UNIX_EPOCH + Duration::from_secs(signed_in_at);
        record.generation = generation;
        record
    }

    fn cached(saved: Saved) -> CachedRecord {
        CachedRecord {
            record: record(5, 3),
            saved,
        }
    }

    #[test]
    fn an_older_stored_record_never_replaces_the_cached_one() {
        for saved in [Saved::Never, Saved::Earlier, Saved::Yes] {
            for older in [record(5, 2), record(4, 9), record(0, 0)] {
                let newest = cached(saved).newest(Some(&older));
                assert!(matches!(newest, Newest::Cached(_)), "{saved:?} {older:?}");
            }
            for newer in [record(5, 3), record(5, 4), record(6, 0)] {
                let newest = cached(saved).newest(Some(&newer));
                assert!(matches!(newest, Newest::Stored), "{saved:?} {newer:?}");
            }
        }
    }

    #[test]
    fn a_missing_record_means_signed_out_unless_it_was_never_saved() {
        assert!(matches!(
            cached(Saved::Never).newest(None),
            Newest::Cached(_)
        ));
        for saved in [Saved::Earlier, Saved::Yes] {
            assert!(matches!(cached(saved).newest(None), Newest::SignedOut));
        }
    }

    #[test]
    fn the_cache_remembers_that_an_earlier_record_of_the_sign_in_was_saved() {
        let cache = RecordCache::default();
        cache.set_unsaved(&record(5, 0));
        assert_eq!(cache.get().unwrap().saved, Saved::Never);
        cache.set_unsaved(&record(5, 1));
        assert_eq!(cache.get().unwrap().saved, Saved::Never);
        cache.set_saved(&record(5, 1));
        cache.set_unsaved(&record(5, 2));
        cache.set_unsaved(&record(5, 3));
        assert_eq!(cache.get().unwrap().saved, Saved::Earlier);
        cache.set_unsaved(&record(9, 0));
        assert_eq!(cache.get().unwrap().saved, Saved::Never);
    }
}
