//! The state machine of a token source: what a caller gets, and when a request
//! goes out. Nothing here waits, sends, or reads a clock.
//!
//! The token is *fresh*, then *ageing* (from 5/6 of its life, or when the
//! identity server wants it renewed), then *gone* (expired, rejected, or never
//! there). Beside it stands whether a fetch runs, and three pauses:
//!
//! | token | fetch runs | pause in force | a caller gets | and |
//! |---|---|---|---|---|
//! | fresh | – | – | the token | |
//! | ageing | no | none | the token | a fetch starts behind |
//! | ageing | yes, or a pause after a failed renewal or a `Retry-After` | | the token | |
//! | gone | yes | – | the outcome of that fetch | |
//! | gone | no | `Retry-After` | `Throttled` | |
//! | gone | no | none | the outcome of the fetch | that starts now |
//!
//! | event | what changes |
//! |---|---|
//! | a fetch brings a token | the token is fresh; failures and pauses are forgotten |
//! | a fetch fails | the token stays; early renewals pause, twice as long each time; `Retry-After` pauses all |
//! | a fetch is ended from outside | as a failure; the next caller starts another |
//! | the API rejects the current token | gone, once; if the token that came in its place is rejected too, it stays and rejections count for nothing during a pause, twice as long each time |
//! | the API rejects another token | nothing |
//! | the API accepts a token | rejections are forgotten |

use std::time::Duration;

use crate::token::clock::{Deadline, Moment};

/// The first pause after a failed early renewal.
const RENEWAL_PAUSE: Duration = Duration::from_secs(10);
/// The first pause after a fresh token was rejected.
const REJECTION_PAUSE: Duration = Duration::from_secs(30);
/// No pause of ours is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How old the token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    Ageing,
    Gone,
}

/// What a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The token.
    Give,
    /// The token; the caller starts a fetch behind it.
    GiveAndFetch,
    /// The outcome of the fetch that runs.
    Join,
    /// The outcome of the fetch that the caller starts.
    Fetch,
    /// Nothing: the identity server wants a pause, of which this is left.
    Throttled(Duration),
}

/// What a rejection does to the current token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is given to nobody any more.
    Evict,
    /// It stays: it was just fetched, and another one would fare no better.
    Keep,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    fetching: bool,
    failures: u32,
    early_renewal_from: Option<Deadline>,
    throttled_until: Option<Deadline>,
    /// The current token came in the place of a rejected one and was not yet accepted.
    on_trial: bool,
    strikes: u32,
    rejections_count_from: Option<Deadline>,
}

impl State {
    /// A caller asks for the token.
    pub(crate) fn ask(&mut self, age: Age, now: Moment) -> Step {
        let throttled = self.throttled_until.filter(|until| !until.passed(now));
        let step = match age {
            Age::Fresh => Step::Give,
            Age::Ageing => {
                let paused = self
                    .early_renewal_from
                    .is_some_and(|from| !from.passed(now));
                if self.fetching || paused || throttled.is_some() {
                    Step::Give
                } else {
                    Step::GiveAndFetch
                }
            }
            Age::Gone => match throttled {
                _ if self.fetching => Step::Join,
                Some(until) => Step::Throttled(until.remaining(now)),
                None => Step::Fetch,
            },
        };
        if matches!(step, Step::Fetch | Step::GiveAndFetch) {
            self.fetching = true;
        }
        step
    }

    /// The fetch has brought a token.
    pub(crate) fn obtained(&mut self) {
        self.fetching = false;
        self.failures = 0;
        self.early_renewal_from = None;
        self.throttled_until = None;
    }

    /// The fetch has failed, or was ended from outside.
    pub(crate) fn failed(&mut self, retry_after: Option<Duration>, now: Moment) {
        self.fetching = false;
        self.early_renewal_from = Some(now.deadline(doubled(RENEWAL_PAUSE, self.failures)));
        self.failures = self.failures.saturating_add(1);
        self.throttled_until = retry_after.map(|wait| now.deadline(wait));
    }

    /// The API has rejected the current token.
    pub(crate) fn rejected(&mut self, now: Moment) -> Verdict {
        if self
            .rejections_count_from
            .is_some_and(|from| !from.passed(now))
        {
            return Verdict::Keep;
        }
        if self.on_trial {
            self.on_trial = false;
            let pause = doubled(REJECTION_PAUSE, self.strikes);
            self.strikes = self.strikes.saturating_add(1);
            self.rejections_count_from = Some(now.deadline(pause));
            return Verdict::Keep;
        }
        self.on_trial = true;
        self.rejections_count_from = None;
        Verdict::Evict
    }

    /// The API has accepted the current token.
    pub(crate) fn accepted(&mut self) {
        self.on_trial = false;
        self.strikes = 0;
        self.rejections_count_from = None;
    }

    /// Whether an acceptance would change anything.
    pub(crate) fn doubts(&self) -> bool {
        self.on_trial || self.strikes > 0
    }
}

/// `pause`, doubled `times`, at most the longest.
fn doubled(pause: Duration, times: u32) -> Duration {
    pause
        .saturating_mul(2_u32.saturating_pow(times))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;
