//! How much the gateway lets through: requests, and bytes of answers.

mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::answer::problem;
use crate::clock::SandboxClock;
use window::Window;

/// What may be used in any window of the given length; `None` is without a limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct LimitSettings {
    pub(crate) rate: Option<(u32, Duration)>,
    pub(crate) quota: Option<(u32, Duration)>,
    pub(crate) bandwidth: Option<(u64, Duration)>,
    pub(crate) counts_refused: bool,
}

/// The limits of the sandbox's one application and of its one tenant.
#[derive(Debug)]
pub(crate) struct Limits {
    state: Mutex<State>,
    counts_refused: bool,
}

#[derive(Debug)]
struct State {
    rate: Option<Window>,
    quota: Option<Window>,
    bandwidth: Option<Window>,
    /// The latest time that was seen. The system's time may be set back:
    /// counted by that, a window would hold more than it may.
    latest: Duration,
    refused: u64,
}

/// The part of the budgets that is used; `None` for a budget without a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Usage {
    pub(crate) rate_limit: Option<Budget>,
    pub(crate) quota: Option<Budget>,
    pub(crate) bandwidth: Option<Budget>,
    /// The number of requests that were rejected with 429 because of a limit.
    pub(crate) rejected: u64,
}

/// A limit, and what the window before now has used of it: requests or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Budget {
    pub(crate) used: u64,
    pub(crate) limit: u64,
    pub(crate) window_seconds: f64,
}

/// A request that came too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooEarly {
    /// What is used up.
    reason: &'static str,
    /// Until there is room in all windows, if there is no other caller.
    wait: Duration,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let of_requests = |(most, length)| Window::new(u64::from(most), length);
        Self {
            state: Mutex::new(State {
                rate: settings.rate.map(of_requests),
                quota: settings.quota.map(of_requests),
                bandwidth: settings
                    .bandwidth
                    .map(|(most, length)| Window::new(most, length)),
                latest: Duration::ZERO,
                refused: 0,
            }),
            counts_refused: settings.counts_refused,
        }
    }

    /// Counts the request that arrives now, if there is room for it.
    pub(crate) fn admit(&self, clock: &SandboxClock) -> Result<(), TooEarly> {
        let state = &mut *self.state();
        let now = state.now(clock);
        let has_room = state.room(now);
        if has_room.is_ok() || self.counts_refused {
            for window in [&mut state.rate, &mut state.quota].into_iter().flatten() {
                window.count(now, 1);
            }
        }
        has_room.or_else(|_| {
            state.refused += 1;
            // Asked again: if refused ones count, this one has to be waited for too.
            state.room(now)
        })
    }

    /// Counts the bytes of an answer that is sent now.
    pub(crate) fn sent(&self, clock: &SandboxClock, bytes: u64) {
        let mut state = self.state();
        let now = state.now(clock);
        if let Some(window) = &mut state.bandwidth {
            window.count(now, bytes);
        }
    }

    /// Returns how much of each budget is used now.
    pub(crate) fn usage(&self, clock: &SandboxClock) -> Usage {
        let state = &mut *self.state();
        let now = state.now(clock);
        let budget = |window: &mut Option<Window>| window.as_mut().map(|window| window.budget(now));
        Usage {
            rate_limit: budget(&mut state.rate),
            quota: budget(&mut state.quota),
            bandwidth: budget(&mut state.bandwidth),
            rejected: state.refused,
        }
    }

    /// Forgets everything counted so far.
    pub(crate) fn reset(&self) {
        let state = &mut *self.state();
        let windows = [&mut state.rate, &mut state.quota, &mut state.bandwidth];
        for window in windows.into_iter().flatten() {
            window.clear();
        }
        state.refused = 0;
        state.latest = Duration::ZERO;
    }

    pub(crate) fn refused(&self) -> u64 {
        self.state().refused
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Read under the lock: the order in which requests are counted is that of their times.
    fn now(&mut self, clock: &SandboxClock) -> Duration {
        self.latest = self.latest.max(clock.since_1970());
        self.latest
    }

    /// Names the limit that has to be waited for the longest.
    fn room(&mut self, now: Duration) -> Result<(), TooEarly> {
        let limits = [
            ("Rate limit is exceeded.", &mut self.rate),
            ("Out of call volume quota.", &mut self.quota),
            ("Out of bandwidth quota.", &mut self.bandwidth),
        ];
        let waits = limits.into_iter().filter_map(|(reason, window)| {
            let wait = window.as_mut()?.wait(now)?;
            Some(TooEarly { reason, wait })
        });
        match waits.max_by_key(|refusal| refusal.wait) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }
}

impl TooEarly {
    pub(crate) fn response(self) -> Response {
        let seconds = self.seconds();
        let message = format!("{} Try again in {seconds} seconds.", self.reason);
        let mut response = problem(StatusCode::TOO_MANY_REQUESTS, &message);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }

    /// Rounded up, so that a caller that waits that long is not too early again.
    fn seconds(self) -> u64 {
        let begun = u64::from(self.wait.subsec_nanos() > 0);
        self.wait.as_secs().saturating_add(begun)
    }
}

#[cfg(test)]
mod tests;
