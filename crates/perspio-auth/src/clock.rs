//! Time, injected: nothing in this crate reads a clock of its own.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// What a [`Clock`] shows: both clocks at one moment.
///
/// The monotonic clock stops while a machine sleeps, the wall clock can be set
/// back; a [`Deadline`] therefore keeps both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock.
    pub monotonic: Instant,
    /// The wall clock.
    pub wall: SystemTime,
}

impl Moment {
    /// The deadline that lies `after` from here. More than a year is cut to a year.
    pub fn deadline(self, after: Duration) -> Deadline {
        let after = after.min(YEAR);
        Deadline {
            monotonic: self.monotonic.checked_add(after).unwrap_or(self.monotonic),
            wall: self.wall.checked_add(after).unwrap_or(self.wall),
        }
    }
}

/// No token lives longer; it keeps the sum of a clock and an answer in range.
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// A moment to come. It has passed as soon as either clock says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    monotonic: Instant,
    wall: SystemTime,
}

impl Deadline {
    /// Whether `now` is at or behind the deadline by either clock.
    pub fn passed(&self, now: Moment) -> bool {
        now.monotonic >= self.monotonic || now.wall >= self.wall
    }

    /// What is left until the deadline; zero once it has passed.
    pub fn remaining(&self, now: Moment) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(now.monotonic);
        let wall = self.wall.duration_since(now.wall).unwrap_or_default();
        monotonic.min(wall)
    }
}

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Both clocks, now.
    fn now(&self) -> Moment;
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Instant::now(),
            wall: SystemTime::now(),
        }
    }
}

/// Clocks that stand still until a test moves them.
///
/// ```
/// use std::time::Duration;
/// use perspio_auth::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let deadline = clock.now().deadline(Duration::from_secs(60));
/// clock.advance(Duration::from_secs(59));
/// assert!(!deadline.passed(clock.now()));
/// clock.advance(Duration::from_secs(1));
/// assert!(deadline.passed(clock.now()));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Moment>,
}

impl ManualClock {
    /// Starts at the machine's time.
    pub fn new() -> Self {
        Self {
            now: Mutex::new(SystemClock.now()),
        }
    }

    /// Lets `by` pass on both clocks.
    pub fn advance(&self, by: Duration) {
        self.change(|now| {
            now.monotonic += by;
            now.wall += by;
        });
    }

    /// The machine sleeps for `by`: only the wall clock goes on.
    pub fn sleep_machine(&self, by: Duration) {
        self.change(|now| now.wall += by);
    }

    /// Somebody sets the wall clock back by `by`.
    pub fn set_back(&self, by: Duration) {
        self.change(|now| now.wall -= by);
    }

    fn change(&self, change: impl FnOnce(&mut Moment)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_deadline_has_passed_when_the_machine_slept_through_it() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(MINUTE);
        clock.sleep_machine(MINUTE);
        assert!(deadline.passed(clock.now()));
        assert_eq!(deadline.remaining(clock.now()), Duration::ZERO);
    }

    #[test]
    fn setting_the_wall_clock_back_does_not_put_a_deadline_off() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(MINUTE);
        clock.set_back(60 * MINUTE);
        clock.advance(MINUTE);
        assert!(deadline.passed(clock.now()));
    }

    #[test]
    fn a_life_beyond_all_measure_is_cut_and_does_not_overflow() {
        let clock = ManualClock::new();
        let deadline = clock.now().deadline(Duration::MAX);
        assert!(!deadline.passed(clock.now()));
        assert_eq!(deadline.remaining(clock.now()), YEAR);
    }
}
