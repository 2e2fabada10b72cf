//! The time after an outage of the store, in which no refresh token is spent.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::token::clock::{Deadline, Moment};
use crate::token::store::StoreError;

/// Longer than another process needs to save a sign-in after an outage: a call that times
/// out, the cool-down of the circuit breaker, and a pause.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// The last failure of the store. If the lease of a lock has run out during an outage, the
/// process that held it may still have the new refresh token in memory only: it saves it
/// first, so that this process does not spend the old one.
#[derive(Debug)]
pub(crate) struct Recovery {
    grace: Duration,
    last: Mutex<Option<(Deadline, StoreError)>>,
}

impl Recovery {
    pub(crate) fn new(grace: Duration) -> Self {
        Self {
            grace,
            last: Mutex::default(),
        }
    }

    /// Records a failure of the store.
    pub(super) fn failed(&self, error: &StoreError, now: Moment) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((now.deadline(self.grace), error.clone()));
    }

    /// Returns the last failure until the time is over.
    pub(super) fn pending(&self, now: Moment) -> Option<StoreError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|(end, _)| end.passed(now));
        last.as_ref().map(|(_, error)| error.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::clock::{Clock, ManualClock};

    #[test]
    fn a_failure_is_pending_until_the_time_is_over() {
        let clock = ManualClock::new();
        let recovery = Recovery::new(GRACE);
        assert!(recovery.pending(clock.now()).is_none());
        recovery.failed(&StoreError::new("of the test", "it is away"), clock.now());
        clock.advance(GRACE / 2);
        assert!(recovery.pending(clock.now()).is_some());
        clock.advance(GRACE / 2);
        assert!(recovery.pending(clock.now()).is_none());
    }
}
