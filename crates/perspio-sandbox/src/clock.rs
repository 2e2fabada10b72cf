//! The time that the sandbox goes by.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Moved further, a clock stands here, so that lives can still be added to its time.
const END: Duration = Duration::from_secs(u64::MAX / 4);

/// The system's time plus an offset that tests move forward; once
/// [frozen](Self::freeze), a time that tests alone move.
///
/// Tokens are issued and judged by this clock, without any leeway; limits too,
/// to the nanosecond.
#[derive(Debug)]
pub struct SandboxClock {
    time: Mutex<Time>,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    /// The system's, and so much on top of it.
    Running { offset: Duration },
    /// Since 1970. Not a `SystemTime`: some systems count those in steps of 100 ns.
    Frozen(Duration),
}

impl Default for SandboxClock {
    fn default() -> Self {
        let offset = Duration::ZERO;
        Self {
            time: Mutex::new(Time::Running { offset }),
        }
    }
}

impl SandboxClock {
    /// Moves the clock forward, on top of earlier moves.
    pub fn advance(&self, by: Duration) {
        match &mut *self.time() {
            Time::Running { offset: time } | Time::Frozen(time) => *time = time.saturating_add(by),
        }
    }

    /// Stops the clock where it stands: from now on only [`advance`](Self::advance)
    /// moves it, by exactly what it is told. A frozen clock stays frozen.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), perspio_sandbox::Error> {
    /// use std::time::Duration;
    /// use perspio_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.clock().freeze();
    /// let before = sandbox.clock().now();
    /// sandbox.clock().advance(Duration::from_secs(90));
    /// assert_eq!(sandbox.clock().now(), before + Duration::from_secs(90));
    /// # Ok(())
    /// # }
    /// ```
    pub fn freeze(&self) {
        let mut time = self.time();
        *time = Time::Frozen(time.since_1970());
    }

    /// The sandbox's present.
    pub fn now(&self) -> SystemTime {
        let time = *self.time();
        // Only a clock moved beyond what the system can tell has no such time.
        UNIX_EPOCH
            .checked_add(time.since_1970())
            .unwrap_or_else(SystemTime::now)
    }

    /// The sandbox's present since 1970. Short lives are measured by it: in
    /// whole seconds, one of 60 could end after 59.
    pub(crate) fn since_1970(&self) -> Duration {
        self.time().since_1970()
    }

    /// The sandbox's present in whole seconds since 1970, as tokens count.
    pub(crate) fn unix_seconds(&self) -> u64 {
        self.since_1970().as_secs()
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time {
    fn since_1970(self) -> Duration {
        let time = match self {
            Self::Running { offset } => system().saturating_add(offset),
            Self::Frozen(time) => time,
        };
        time.min(END)
    }
}

fn system() -> Duration {
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_clock_is_the_systems_and_what_it_was_moved() {
        let clock = SandboxClock::default();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(30));
        let before = system();
        let now = clock.since_1970();
        let after = system();
        let moved = Duration::from_secs(90);
        assert!((before + moved..=after + moved).contains(&now));
    }

    #[test]
    fn a_frozen_clock_moves_by_exactly_what_it_is_told() {
        let clock = SandboxClock::default();
        clock.advance(Duration::from_secs(60));
        let before = clock.since_1970();
        clock.freeze();
        let frozen = clock.since_1970();
        assert!(frozen >= before);
        // The system's time goes on meanwhile, if only by nanoseconds.
        while system() + Duration::from_secs(60) <= frozen {}
        assert_eq!(clock.since_1970(), frozen);
        clock.advance(Duration::from_nanos(1));
        clock.freeze();
        assert_eq!(clock.since_1970(), frozen + Duration::from_nanos(1));
    }

    #[test]
    fn a_clock_moved_beyond_all_time_still_tells_one() {
        let clock = SandboxClock::default();
        clock.freeze();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.since_1970(), END);
        assert!(clock.now() >= UNIX_EPOCH);
    }
}
