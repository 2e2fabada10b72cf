//! Being told of waiting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::options::Priority;

/// Is told what the budget does to calls. Called in the middle of a call: it
/// must not block.
pub trait PaceObserver: Send + Sync {
    /// A call begins to wait for its turn.
    fn on_wait(&self, wait: &Wait<'_>) {
        let _ = wait;
    }

    /// The service has asked all callers to wait for `time` (a 429 with `Retry-After`).
    fn on_paused(&self, time: Duration) {
        let _ = time;
    }

    /// The server by which processes share the budget is away, for `reason`: this
    /// process goes on with its own part of the limits.
    fn on_shared_budget_failed(&self, reason: &str) {
        let _ = reason;
    }

    /// The server by which processes share the budget is back, and knows of this
    /// process's requests. Its slots are taken again when the other processes
    /// have had time to tell it of theirs, half a minute later at the most.
    fn on_shared_budget_back(&self) {}
}

/// A call that begins to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait<'a> {
    /// The limit that it waits for.
    pub because_of: &'a str,
    /// The shortest time that it will take, as far as is known.
    pub at_least: Duration,
    /// How many calls go first.
    pub ahead: usize,
    /// The call's priority.
    pub priority: Priority,
}

/// All who are told.
#[derive(Clone, Default)]
pub(super) struct Observers(pub(super) Vec<Arc<dyn PaceObserver>>);

impl Observers {
    pub(super) fn tell(&self, event: impl Fn(&dyn PaceObserver)) {
        self.0.iter().for_each(|observer| event(&**observer));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.len()).finish()
    }
}
