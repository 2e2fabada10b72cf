//! How often a request is retried, and how long a retry waits.

use std::time::Duration;

/// How often a request is retried, and how long a retry waits.
///
/// ```
/// use std::time::Duration;
/// use perspio_auth::retry::RetryPolicy;
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
    /// Creates the default policy: five attempts; a back-off of up to half a second that
    /// doubles with each attempt, up to 30 s; at most two minutes for one wait, and five
    /// minutes for all waits of a call.
    pub fn new() -> Self {
        Self {
            attempts: 5,
            first_backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            longest_wait: Duration::from_secs(120),
            longest_total: Duration::from_secs(300),
        }
    }

    /// Creates a policy without retries.
    pub fn none() -> Self {
        Self::new().attempts(1)
    }

    /// Sets the largest number of attempts, the first one included. 5 by default; 0 counts
    /// as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the longest back-off before the first retry, half a second by default. It
    /// doubles with each further retry. The back-off itself is a random share of it (full
    /// jitter), so that clients which failed together do not come back together.
    pub fn first_backoff(mut self, backoff: Duration) -> Self {
        self.first_backoff = backoff;
        self
    }

    /// Sets the bound on every back-off, 30 s by default.
    pub fn longest_backoff(mut self, backoff: Duration) -> Self {
        self.longest_backoff = backoff;
        self
    }

    /// Sets the longest single wait, two minutes by default. If the API asks for a longer
    /// one (`Retry-After`), its response is returned immediately.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Sets the longest total of the waits of a call, five minutes by default. A wait that
    /// would exceed it is not begun.
    pub fn longest_total(mut self, wait: Duration) -> Self {
        self.longest_total = wait;
        self
    }

    /// Returns the back-off after this many attempts; `random` is between 0 and 1.
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
