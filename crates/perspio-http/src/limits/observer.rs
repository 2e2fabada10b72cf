//! Observers of the waits of calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::options::Priority;

/// Observes why calls wait: for the rate limits, and before retries. The methods are called in the middle of a call and
/// must not block.
pub trait PaceObserver: Send + Sync {
    /// Called when a call begins to wait for a slot.
    fn on_wait(&self, wait: &Wait<'_>) {
        let _ = wait;
    }

    /// Called when the service has asked all callers to wait for `time` (a 429 with
    /// `Retry-After`).
    fn on_paused(&self, time: Duration) {
        let _ = time;
    }

    /// Called when an attempt has failed and another one follows after a pause.
    fn on_retry(&self, retry: &Retry<'_>) {
        let _ = retry;
    }

    /// Called when the server of a shared budget becomes unavailable, for `reason`.
    /// This process continues with its own part of the limits.
    fn on_shared_budget_failed(&self, reason: &str) {
        let _ = reason;
    }

    /// Called when the server of a shared budget is available again and has received
    /// this process's requests. This process keeps to its own part until the other
    /// processes have reported theirs, for half a minute at most.
    fn on_shared_budget_back(&self) {}
}

/// A call that begins to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait<'a> {
    /// The limit that has no room.
    pub because_of: &'a str,
    /// The shortest possible wait, as far as it is known.
    pub at_least: Duration,
    /// The number of calls that are served first.
    pub ahead: usize,
    /// The call's priority.
    pub priority: Priority,
}

/// A failed attempt that another one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry<'a> {
    /// The id of the operation; `request` if the call belongs to none.
    pub operation: &'a str,
    /// The number of the failed attempt, from one.
    pub attempt: u32,
    /// The time until the next attempt, the queue of the rate limits not included.
    pub wait: Duration,
    /// The status, or why there was no response.
    pub reason: &'a str,
}

#[derive(Clone, Default)]
pub(super) struct Observers(pub(super) Vec<Arc<dyn PaceObserver>>);

impl Observers {
    pub(super) fn notify(&self, event: impl Fn(&dyn PaceObserver)) {
        self.0.iter().for_each(|observer| event(&**observer));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}
