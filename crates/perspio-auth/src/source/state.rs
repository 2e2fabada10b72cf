//! The state machine of a token source: whether a caller gets the token, an error or the
//! outcome of a fetch, and when a token request is sent. Nothing here waits, sends, or
//! reads a clock.
//!
//! The token is *fresh*, then *due* (from 5/6 of its lifetime, or when the identity server
//! wants it refreshed), then *unusable* (expired, rejected, or never obtained). In addition
//! a fetch may be in flight, and two back-offs may be in force:
//!
//! | token | fetch in flight | back-off in force | a caller gets | and |
//! |---|---|---|---|---|
//! | fresh | – | – | the token | |
//! | due | no | none | the token | a fetch starts in the background |
//! | due | yes, or a back-off of either kind | | the token | |
//! | unusable | yes | – | the outcome of that fetch | |
//! | unusable | no | of the identity server | the last error, with the rest of the back-off | |
//! | unusable | no | none | the outcome of the fetch | that starts now |
//!
//! | event | effect |
//! |---|---|
//! | a fetch returns a token | the token is fresh; failures and back-offs are forgotten |
//! | a fetch fails | the token is kept; refreshes back off, twice as long each time, at least for the server's `Retry-After` |
//! | the fetch had reached the identity server | the same for all token requests |
//! | a fetch is aborted | the same as a failure without a request |
//! | the API rejects the current token | it becomes unusable, once; if its replacement is rejected too, that is kept, and rejections are ignored during a pause, twice as long each time |
//! | the API rejects another token | none |
//! | the API accepts a token | rejections are forgotten |

use std::time::Duration;

use crate::token::clock::{Deadline, Moment};

/// The first back-off after a failed fetch. It doubles with each further failure.
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// The longest back-off, unless the server asks for a longer one.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The first pause after a fresh token was rejected.
const REJECTION_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause after fresh tokens were rejected.
const LONGEST_REJECTION_PAUSE: Duration = Duration::from_secs(300);

/// The age of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    /// Valid, and to be refreshed.
    Due,
    /// Expired, rejected, or never obtained.
    Unusable,
}

/// The decision for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Returns the token.
    Return,
    /// Returns the token, and starts a fetch in the background.
    ReturnAndFetch,
    /// Waits for the fetch in flight.
    Join,
    /// Starts a fetch, and waits for it.
    Fetch,
    /// Fails: the next token request may be sent after this time.
    BackOff(Duration),
}

/// The failure of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The identity server failed, is unavailable, or rejected the request.
    Server {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// No token request was sent, for instance because the store is unavailable.
    Local,
}

/// The effect of a rejection on the current token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The token is not returned any more.
    Evict,
    /// The token is kept: it was obtained just now, and another one would be rejected too.
    Keep,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    fetching: bool,
    /// The number of failures in a row.
    failures: u32,
    next_refresh: Option<Deadline>,
    next_request: Option<Deadline>,
    /// The current token replaced a rejected one and was not accepted yet.
    on_trial: bool,
    strikes: u32,
    rejections_count_from: Option<Deadline>,
}

impl State {
    /// Decides for a caller. A decision to fetch counts as a fetch in flight.
    pub(crate) fn ask(&mut self, age: Age, now: Moment) -> Step {
        let left = |deadline: Option<Deadline>| {
            let pending = deadline.filter(|deadline| !deadline.passed(now));
            pending.map(|deadline| deadline.remaining(now))
        };
        let step = match age {
            Age::Fresh => Step::Return,
            Age::Due if self.fetching => Step::Return,
            Age::Due => match (left(self.next_refresh), left(self.next_request)) {
                (None, None) => Step::ReturnAndFetch,
                _ => Step::Return,
            },
            Age::Unusable if self.fetching => Step::Join,
            Age::Unusable => match left(self.next_request) {
                Some(left) => Step::BackOff(left),
                None => Step::Fetch,
            },
        };
        if matches!(step, Step::Fetch | Step::ReturnAndFetch) {
            self.fetching = true;
        }
        step
    }

    /// Returns whether the last fetch failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Records that the fetch has returned a token.
    pub(crate) fn obtained(&mut self) {
        self.fetching = false;
        self.failures = 0;
        self.next_refresh = None;
        self.next_request = None;
    }

    /// Records that the fetch has failed or was aborted. Returns the back-off; `random`,
    /// between 0 and 1, is the share of its second half that is taken.
    pub(crate) fn failed(&mut self, failure: Failure, random: f64, now: Moment) -> Duration {
        self.fetching = false;
        let longest = doubled(FIRST_BACKOFF, self.failures, LONGEST_BACKOFF);
        let backoff = longest.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        self.failures = self.failures.saturating_add(1);
        let (backoff, next_request) = match failure {
            Failure::Server { retry_after } => {
                let backoff = backoff.max(retry_after.unwrap_or_default());
                (backoff, Some(now.deadline(backoff)))
            }
            Failure::Local => (backoff, None),
        };
        self.next_refresh = Some(now.deadline(backoff));
        self.next_request = next_request;
        backoff
    }

    /// Records that the API has rejected the current token.
    pub(crate) fn rejected(&mut self, now: Moment) -> Verdict {
        if self
            .rejections_count_from
            .is_some_and(|from| !from.passed(now))
        {
            return Verdict::Keep;
        }
        if self.on_trial {
            self.on_trial = false;
            let pause = doubled(REJECTION_PAUSE, self.strikes, LONGEST_REJECTION_PAUSE);
            self.strikes = self.strikes.saturating_add(1);
            self.rejections_count_from = Some(now.deadline(pause));
            return Verdict::Keep;
        }
        self.on_trial = true;
        self.rejections_count_from = None;
        Verdict::Evict
    }

    /// Records that the API has accepted the current token.
    pub(crate) fn accepted(&mut self) {
        self.on_trial = false;
        self.strikes = 0;
        self.rejections_count_from = None;
    }

    /// Returns whether an acceptance would change the state.
    pub(crate) fn doubts(&self) -> bool {
        self.on_trial || self.strikes > 0
    }
}

/// Returns `pause`, doubled `times`, and at most `longest`.
fn doubled(pause: Duration, times: u32, longest: Duration) -> Duration {
    pause
        .saturating_mul(2_u32.saturating_pow(times))
        .min(longest)
}

#[cfg(test)]
mod tests;
