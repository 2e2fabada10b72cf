//! The time that the sandbox goes by.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's time plus an offset that tests move forward.
///
/// Tokens are issued and judged by this clock, without any leeway.
#[derive(Debug, Default)]
pub struct SandboxClock {
    offset: Mutex<Duration>,
}

impl SandboxClock {
    /// Moves the clock forward, on top of earlier moves.
    pub fn advance(&self, by: Duration) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(by);
    }

    /// The sandbox's present.
    pub fn now(&self) -> SystemTime {
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let system = SystemTime::now();
        system.checked_add(offset).unwrap_or(system)
    }

    /// The sandbox's present since 1970. Short lives are measured by it: in
    /// whole seconds, one of 60 could end after 59.
    pub(crate) fn since_1970(&self) -> Duration {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// The sandbox's present in whole seconds since 1970, as tokens count.
    pub(crate) fn unix_seconds(&self) -> u64 {
        self.since_1970().as_secs()
    }
}
