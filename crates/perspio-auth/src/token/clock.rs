//! The injected clock: no other code in this crate reads the time.

mod manual;
mod system;

use std::fmt;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

pub use manual::ManualClock;
pub use system::SystemClock;

/// The times of both clocks of a [`Clock`] at one moment.
///
/// The monotonic clock stops while a machine sleeps, the wall clock can be set
/// back; a [`Deadline`] therefore keeps both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of the monotonic clock, from an unspecified start.
    pub monotonic: Duration,
    /// The time of the wall clock.
    pub wall: SystemTime,
}

impl Moment {
    /// Returns the deadline `after` this moment, at most a year later.
    pub fn deadline(self, after: Duration) -> Deadline {
        let after = after.min(YEAR);
        Deadline {
            monotonic: self.monotonic.saturating_add(after),
            wall: later(self.wall, after),
        }
    }
}

/// The longest time until a deadline. It prevents an overflow by a lifetime that a server
/// sends, and no token lives longer.
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// A future moment. It has passed as soon as it has by either clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    monotonic: Duration,
    wall: SystemTime,
}

impl Deadline {
    /// Returns whether the deadline has passed at `now` by either clock.
    pub fn passed(&self, now: Moment) -> bool {
        now.monotonic >= self.monotonic || now.wall >= self.wall
    }

    /// Returns the time until the deadline; zero once it has passed.
    pub fn remaining(&self, now: Moment) -> Duration {
        let monotonic = self.monotonic.saturating_sub(now.monotonic);
        let wall = between(now.wall, self.wall);
        monotonic.min(wall)
    }
}

/// Returns the time that is `by` after `time`, at most a thousand years: not every platform can
/// represent later times.
pub(crate) fn later(time: SystemTime, by: Duration) -> SystemTime {
    const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);
    time.checked_add(by.min(LONGEST)).unwrap_or(time)
}

/// Returns the seconds since 1970-01-01 UTC, as claims of a JWT have them (RFC 7519 §2).
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    between(SystemTime::UNIX_EPOCH, time).as_secs()
}

/// Returns the time from `earlier` to `later`; zero if they are in another order, for example
/// because the wall clock was set back.
pub(crate) fn between(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

/// The longest single sleep, so that a suspended machine is noticed soon after it resumes.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

impl dyn Clock + '_ {
    /// Completes when `deadline` has passed by either clock. A single sleep would not
    /// progress while the machine is suspended.
    pub async fn passed(&self, deadline: Deadline) {
        loop {
            let now = self.now();
            if deadline.passed(now) {
                return;
            }
            self.sleep(deadline.remaining(now).min(LONGEST_SLEEP)).await;
        }
    }
}

/// A source of time, and of timers.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the times of both clocks. They may lag by a few milliseconds.
    fn now(&self) -> Moment;

    /// Returns the time of the monotonic clock with the precision of the machine.
    fn monotonic(&self) -> Duration {
        self.now().monotonic
    }

    /// Completes when `time` has passed.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_deadline_passes_while_the_machine_is_suspended() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(MINUTE);
        clock.sleep_machine(MINUTE);
        assert!(deadline.passed(clock.now()));
        assert_eq!(deadline.remaining(clock.now()), Duration::ZERO);
    }

    #[test]
    fn setting_the_wall_clock_back_does_not_postpone_a_deadline() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(MINUTE);
        clock.set_back(60 * MINUTE);
        clock.advance(MINUTE);
        assert!(deadline.passed(clock.now()));
    }

    #[test]
    fn a_huge_lifetime_is_limited_and_does_not_overflow() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(Duration::MAX);
        assert!(!deadline.passed(clock.now()));
        assert_eq!(deadline.remaining(clock.now()), YEAR);
    }

    #[test]
    fn a_time_that_cannot_be_represented_is_limited_and_not_in_the_past() {
        let now = SystemClock.now().wall;
        let century = Duration::from_secs(100 * 365 * 24 * 3600);
        assert!(between(now, later(now, Duration::MAX)) > century);
        assert_eq!(between(now, later(now, MINUTE)), MINUTE);
        assert_eq!(between(later(now, MINUTE), now), Duration::ZERO);
    }

    #[test]
    fn the_clocks_of_the_machine_advance_and_are_correct() {
        let first = SystemClock.now();
        let second = SystemClock.now();
        assert!(second.monotonic >= first.monotonic);
        let precise = SystemTime::now();
        assert!(between(second.wall, precise).max(between(precise, second.wall)) < MINUTE);
    }
}
