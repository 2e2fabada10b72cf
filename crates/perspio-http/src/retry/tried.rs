//! How often a request was tried, and why not again.

use std::fmt;
use std::time::Duration;

/// How often a request was tried, and why not once more. [`Retry`](super::Retry)
/// puts it into the extensions of the request and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// How often it was sent, or would have been, had there been a connection.
    pub attempts: u32,
    /// Why a failure that may pass was returned all the same.
    pub gave_up: Option<GaveUp>,
}

/// Why a failure that may pass was not waited for. Its text goes into errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GaveUp {
    /// The API may have done it, and doing it twice may not be the same as once.
    MayBeDone,
    /// Its body is a stream, which cannot be sent a second time.
    Streamed,
    /// It was tried as often as the policy allows.
    Attempts,
    /// The API asks for a longer wait than the policy allows.
    LongWait {
        /// What the API asks for.
        asked: Duration,
        /// What the policy allows.
        longest: Duration,
    },
    /// All waits together would take longer than the policy allows.
    LongTotal {
        /// What the policy allows.
        longest: Duration,
    },
    /// The call's time would be over before the wait.
    NoTimeLeft {
        /// How long the wait would have been.
        wait: Duration,
        /// What was left of the call's time.
        left: Duration,
    },
}

impl Default for Tried {
    fn default() -> Self {
        Self {
            attempts: 1,
            gave_up: None,
        }
    }
}

/// In parentheses, behind an error's words; nothing if it was tried once and
/// there is no more to say.
impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.attempts, self.gave_up) {
            (0 | 1, None | Some(GaveUp::Attempts)) => Ok(()),
            (0 | 1, Some(reason)) => write!(f, " (not tried again: {reason})"),
            (attempts, None | Some(GaveUp::Attempts)) => write!(f, " (tried {attempts} times)"),
            (attempts, Some(reason)) => {
                write!(f, " (tried {attempts} times, not again: {reason})")
            }
        }
    }
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MayBeDone => f.write_str("the API may have done it"),
            Self::Streamed => f.write_str("its body is a stream, which cannot be sent twice"),
            Self::Attempts => f.write_str("no more attempts are allowed"),
            Self::LongWait { asked, longest } => write!(
                f,
                "the API asks to wait {}, and at most {} are allowed",
                seconds(*asked),
                seconds(*longest)
            ),
            Self::LongTotal { longest } => write!(
                f,
                "all waits together would take longer than {}",
                seconds(*longest)
            ),
            Self::NoTimeLeft { wait, left } => write!(
                f,
                "the wait of {} would outlast the {} that the call has left",
                seconds(*wait),
                seconds(*left)
            ),
        }
    }
}

/// To tenths, and no digits that say nothing.
fn seconds(time: Duration) -> String {
    let tenths = (time.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_say_how_often_and_why_not_again() {
        let text = |attempts, gave_up| Tried { attempts, gave_up }.to_string();
        assert_eq!(text(1, None), "");
        assert_eq!(text(5, Some(GaveUp::Attempts)), " (tried 5 times)");
        assert_eq!(
            text(1, Some(GaveUp::MayBeDone)),
            " (not tried again: the API may have done it)"
        );
        let reason = GaveUp::NoTimeLeft {
            wait: Duration::from_secs(90),
            left: Duration::from_millis(2_345),
        };
        assert_eq!(
            text(2, Some(reason)),
            " (tried 2 times, not again: the wait of 90 s would outlast the 2.3 s that the call \
             has left)"
        );
    }
}
