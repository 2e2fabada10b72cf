//! Why a failed request is not retried.

use std::fmt;
use std::time::Duration;

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
