//! The time that the sandbox goes by.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The latest time of a clock, so that lifetimes can still be added to it.
const END: Duration = Duration::from_secs(u64::MAX / 4);

/// The system's time, which a test can [move](Self::advance), [speed up](Self::set_speed) and
/// [freeze](Self::freeze).
///
/// Tokens are issued and checked by this clock without any leeway, and requests are counted by
/// it to the nanosecond.
#[derive(Debug)]
pub struct SandboxClock {
    time: Mutex<Time>,
}

/// Since 1970. Not a `SystemTime`, because some systems count those in steps of 100 ns.
#[derive(Clone, Copy, Debug)]
struct Time {
    /// The sandbox's time when the system's was `since`.
    base: Duration,
    since: Duration,
    speed: u32,
    frozen: bool,
}

/// The settings of a clock, read in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockReading {
    pub(crate) now: Duration,
    /// The seconds added to the system's time; may be negative.
    pub(crate) offset: i64,
    pub(crate) speed: u32,
    pub(crate) frozen: bool,
}

impl Default for SandboxClock {
    fn default() -> Self {
        Self {
            time: Mutex::new(Time::default()),
        }
    }
}

impl SandboxClock {
    /// Moves the clock forward, in addition to earlier moves.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time();
        time.base = time.base.saturating_add(by);
    }

    /// Sets how many seconds of the sandbox pass in one second of the system; 1 by default, and
    /// 0 stops the clock. A frozen clock stays frozen and takes the speed when it is
    /// [unfrozen](Self::unfreeze).
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), perspio_sandbox::Error> {
    /// use perspio_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// // A token of one hour lives for a minute.
    /// sandbox.clock().set_speed(60);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_speed(&self, speed: u32) {
        self.change(|time| time.speed = speed);
    }

    /// Freezes the clock: from now on only [`advance`](Self::advance) moves it, by exactly the
    /// given time. A frozen clock stays frozen until [`unfreeze`](Self::unfreeze).
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
        self.change(|time| time.frozen = true);
    }

    /// Lets a frozen clock continue from the time that it shows.
    pub fn unfreeze(&self) {
        self.change(|time| time.frozen = false);
    }

    /// Sets the seconds that are added to the system's time.
    pub(crate) fn set_offset(&self, seconds: i64) {
        let shift = Duration::from_secs(seconds.unsigned_abs());
        self.change(|time| {
            time.base = if seconds < 0 {
                time.since.saturating_sub(shift)
            } else {
                time.since.saturating_add(shift)
            };
        });
    }

    /// Restores the system's time.
    pub(crate) fn reset(&self) {
        *self.time() = Time::default();
    }

    pub(crate) fn reading(&self) -> ClockReading {
        let time = *self.time();
        let system = system();
        let now = time.at(system);
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        // Rounded, because a frozen offset would otherwise flicker between two seconds.
        let half = Duration::from_millis(500);
        let offset = if now >= system {
            seconds(now.saturating_sub(system).saturating_add(half))
        } else {
            -seconds(system.saturating_sub(now).saturating_add(half))
        };
        ClockReading {
            now,
            offset,
            speed: time.speed,
            frozen: time.frozen,
        }
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

    /// Changes how the clock runs, beginning with the time that it shows.
    fn change(&self, change: impl FnOnce(&mut Time)) {
        let mut time = self.time();
        let system = system();
        time.base = time.at(system);
        time.since = system;
        change(&mut time);
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Time {
    fn default() -> Self {
        let system = system();
        Self {
            base: system,
            since: system,
            speed: 1,
            frozen: false,
        }
    }
}

impl Time {
    fn since_1970(self) -> Duration {
        self.at(system())
    }

    /// Returns the sandbox's time when the system's is `system`, which may have been set back.
    fn at(self, system: Duration) -> Duration {
        let speed = if self.frozen { 0 } else { self.speed };
        let passed = system.saturating_sub(self.since).saturating_mul(speed);
        let set_back = self.since.saturating_sub(system).saturating_mul(speed);
        let time = self.base.saturating_add(passed).saturating_sub(set_back);
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
    fn a_speed_applies_from_now_on_and_an_unfrozen_clock_continues() {
        let time = Time {
            base: Duration::from_secs(100),
            since: Duration::from_secs(10),
            speed: 60,
            frozen: false,
        };
        assert_eq!(time.at(Duration::from_secs(10)), Duration::from_secs(100));
        assert_eq!(time.at(Duration::from_secs(12)), Duration::from_secs(220));
        assert_eq!(time.at(Duration::from_secs(9)), Duration::from_secs(40));
        let frozen = Time {
            frozen: true,
            ..time
        };
        assert_eq!(frozen.at(Duration::from_secs(12)), Duration::from_secs(100));

        let clock = SandboxClock::default();
        clock.freeze();
        let frozen = clock.since_1970();
        clock.set_speed(1000);
        assert_eq!(clock.since_1970(), frozen);
        clock.unfreeze();
        let reading = clock.reading();
        assert_eq!((reading.speed, reading.frozen), (1000, false));
        assert!(reading.now >= frozen);
    }

    #[test]
    fn an_offset_is_absolute_and_a_reset_removes_it() {
        let clock = SandboxClock::default();
        clock.advance(Duration::from_secs(5000));
        clock.set_offset(3600);
        assert_eq!(clock.reading().offset, 3600);
        clock.set_offset(-60);
        assert_eq!(clock.reading().offset, -60);
        clock.set_speed(9);
        clock.freeze();
        clock.reset();
        let reading = clock.reading();
        assert_eq!(
            (reading.offset, reading.speed, reading.frozen),
            (0, 1, false)
        );
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
