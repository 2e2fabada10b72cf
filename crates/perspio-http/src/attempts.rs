//! How often a request was attempted, and why it was not attempted again.

use std::fmt;
use std::time::Duration;

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

/// Why a failure that may be transient was not retried. Its text is part of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The request is not idempotent, and the API may have applied it.
    NotIdempotent,
    /// The body is a stream, which cannot be replayed.
    StreamedBody,
    /// The policy allows no more attempts.
    Attempts,
    /// The API asks for a longer wait than the policy allows.
    LongWait {
        /// The wait that the API asks for.
        asked: Duration,
        /// The longest wait that the policy allows.
        longest: Duration,
    },
    /// The waits of the call would take longer in total than the policy allows.
    LongTotal {
        /// The longest total that the policy allows.
        longest: Duration,
    },
    /// The call's timeout would end it before the wait is over.
    NoTimeLeft {
        /// How long the wait would have been.
        wait: Duration,
        /// What was left of the call's timeout.
        left: Duration,
    },
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

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIdempotent => f.write_str("the API may have applied it"),
            Self::StreamedBody => f.write_str("its body is a stream, which cannot be sent twice"),
            Self::Attempts => f.write_str("no more attempts are allowed"),
            Self::LongWait { asked, longest } => write!(
                f,
                "the API asks for a wait of {}, and at most {} are allowed",
                seconds(*asked),
                seconds(*longest)
            ),
            Self::LongTotal { longest } => write!(
                f,
                "the waits of the call would take longer than {}",
                seconds(*longest)
            ),
            Self::NoTimeLeft { wait, left } => write!(
                f,
                "the wait of {} is longer than the {} that the call has left",
                seconds(*wait),
                seconds(*left)
            ),
        }
    }
}

/// Seconds, rounded to tenths.
fn seconds(time: Duration) -> String {
    let tenths = (time.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

#[cfg(test)]
mod tests {
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
