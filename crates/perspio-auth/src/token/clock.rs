//! Time, injected: nothing in this crate reads a clock of its own.

mod manual;
mod system;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

pub use manual::ManualClock;
pub use system::SystemClock;

/// What a [`Clock`] shows: both clocks at one moment.
///
/// The monotonic clock stops while a machine sleeps, the wall clock can be set
/// back; a [`Deadline`] therefore keeps both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock, from a beginning of its own.
    pub monotonic: Duration,
    /// The wall clock, from 1970-01-01 UTC.
    pub wall: Duration,
}

impl Moment {
    /// The deadline that lies `after` from here. More than a year is cut to a year.
    pub fn deadline(self, after: Duration) -> Deadline {
        let after = after.min(YEAR);
        Deadline {
            monotonic: self.monotonic.saturating_add(after),
            wall: self.wall.saturating_add(after),
        }
    }
}

/// No token lives longer; it keeps the sum of a clock and an answer in range.
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// A moment to come. It has passed as soon as either clock says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    monotonic: Duration,
    wall: Duration,
}

impl Deadline {
    /// Whether `now` is at or behind the deadline by either clock.
    pub fn passed(&self, now: Moment) -> bool {
        now.monotonic >= self.monotonic || now.wall >= self.wall
    }

    /// What is left until the deadline; zero once it has passed.
    pub fn remaining(&self, now: Moment) -> Duration {
        let monotonic = self.monotonic.saturating_sub(now.monotonic);
        let wall = self.wall.saturating_sub(now.wall);
        monotonic.min(wall)
    }
}

/// A machine that slept is noticed this soon after it woke.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

impl dyn Clock + '_ {
    /// Ends when `deadline` has passed by either clock: a sleep alone would
    /// stand still while the machine does.
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

/// Tells the time, and lets it pass.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Both clocks, now. A few milliseconds behind is near enough.
    fn now(&self) -> Moment;

    /// The monotonic clock, now, as precisely as the machine has it.
    fn monotonic(&self) -> Duration {
        self.now().monotonic
    }

    /// Ends when `time` has passed.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
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

    #[test]
    fn the_machines_clocks_go_forward_and_tell_the_year() {
        let first = SystemClock.now();
        let second = SystemClock.now();
        assert!(second.monotonic >= first.monotonic);
        let precise = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        assert!(precise.abs_diff(second.wall) < MINUTE);
    }
}
