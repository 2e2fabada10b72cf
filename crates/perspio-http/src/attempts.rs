//! How often a request was attempted, and why it was not attempted again.

use std::fmt;

use perspio_auth::retry::StopReason;

/// How often a request was attempted, and why it was not attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempts {
    /// The number of attempts, those without a connection included. Zero if the call
    /// ended before its first one.
    pub count: u32,
    /// Why a failure that may be transient was returned without another attempt.
    pub stopped: Option<StopReason>,
}

impl Attempts {
    pub(crate) const NONE: Self = Self {
        count: 0,
        stopped: None,
    };
}

/// In parentheses, to follow an error's message; empty after a single attempt that
/// needs no explanation.
impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.stopped) {
            (0 | 1, None | Some(StopReason::Attempts)) => Ok(()),
            (0 | 1, Some(reason)) => write!(f, " (not retried: {reason})"),
            (count, None | Some(StopReason::Attempts)) => write!(f, " ({count} attempts)"),
            (count, Some(reason)) => write!(f, " ({count} attempts, not retried again: {reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_text_has_the_number_of_attempts_and_the_reason_to_stop() {
        let text = |count, stopped| Attempts { count, stopped }.to_string();
        assert_eq!(text(1, None), "");
        assert_eq!(text(5, Some(StopReason::Attempts)), " (5 attempts)");
        assert_eq!(
            text(1, Some(StopReason::NotIdempotent)),
            " (not retried: the API may have applied it)"
        );
        let reason = StopReason::NoTimeLeft {
            wait: Duration::from_secs(90),
            left: Duration::from_millis(2_345),
        };
        assert_eq!(
            text(2, Some(reason)),
            " (2 attempts, not retried again: the wait of 90 s is longer than the 2.3 s that the \
             call has left)"
        );
    }
}
