//! How often and how patiently a request is repeated.

use std::time::Duration;

/// How often and how patiently a request is repeated. The defaults suit
/// `PerspioTalk`, whose `Retry-After` names the rest of a window of 90 s.
///
/// ```
/// use std::time::Duration;
/// use perspio_http::RetryPolicy;
///
/// let hasty = RetryPolicy::new()
///     .attempts(2)
///     .longest_wait(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(super) attempts: u32,
    pub(super) first_backoff: Duration,
    pub(super) longest_backoff: Duration,
    pub(super) longest_wait: Duration,
    pub(super) longest_total: Duration,
}

impl RetryPolicy {
    /// The defaults: five attempts; a back-off of up to half a second, then up
    /// to twice as much each time, up to 30 s; at most two minutes in one wait,
    /// and five in all waits of a call.
    pub fn new() -> Self {
        Self {
            attempts: 5,
            first_backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            longest_wait: Duration::from_secs(120),
            longest_total: Duration::from_secs(300),
        }
    }

    /// Every request is sent once.
    pub fn none() -> Self {
        Self::new().attempts(1)
    }

    /// How often a request is sent at most, the first time included. 5 by
    /// default; 0 counts as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest back-off before the first repetition, half a second by
    /// default. Each further one may be twice as long as the one before it; how
    /// long it is, between nothing and that, is drawn anew each time (full
    /// jitter), so that clients which failed together do not come back together.
    pub fn first_backoff(mut self, backoff: Duration) -> Self {
        self.first_backoff = backoff;
        self
    }

    /// No back-off is longer than this, 30 s by default.
    pub fn longest_backoff(mut self, backoff: Duration) -> Self {
        self.longest_backoff = backoff;
        self
    }

    /// The longest single wait, two minutes by default. If the API asks for a
    /// longer one (`Retry-After`), its answer is returned at once.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// The longest that all waits of a call may take together, five minutes by
    /// default. A wait beyond it is not begun.
    pub fn longest_total(mut self, wait: Duration) -> Self {
        self.longest_total = wait;
        self
    }

    /// The back-off after this many attempts; `random` lies between 0 and 1.
    pub(super) fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.first_backoff
            .saturating_mul(doubled)
            .min(self.longest_backoff)
            .mul_f64(random.clamp(0.0, 1.0))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_its_cap_and_is_drawn_from_all_of_it() {
        let policy = RetryPolicy::new();
        let longest = |attempts| policy.backoff(attempts, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 7, 40, u32::MAX].map(longest),
            [500, 1_000, 2_000, 30_000, 30_000, 30_000]
        );
        assert_eq!(policy.backoff(3, 0.0), Duration::ZERO);
        assert_eq!(policy.backoff(3, 0.25).as_millis(), 500);
    }
}
