//! The usage of all limits.

use std::time::Duration;

use super::budget::LimitBudget;
use super::limit::{Limit, Limits, Unit};
use super::window::Window;

/// The usage of all limits, and the service's pause. All times are those of one
/// monotonic clock.
#[derive(Debug)]
pub(super) struct Ledger {
    accounts: Vec<(Limit, Window)>,
    /// The end of the pause that the service asked for.
    paused_until: Duration,
}

/// The earliest moment at which a request may be sent, and the limit that it waits
/// for until then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Earliest {
    pub(super) at: Duration,
    pub(super) because_of: String,
}

impl Ledger {
    pub(super) fn new(limits: &Limits) -> Self {
        let account = |limit: &Limit| {
            let window = match limit.unit() {
                Unit::Requests => Window::requests,
                Unit::Bytes => Window::bytes,
            };
            (limit.clone(), window(limit.most(), limit.hold()))
        };
        Self {
            accounts: limits.iter().map(account).collect(),
            paused_until: Duration::ZERO,
        }
    }

    /// Returns how many requests may be sent now.
    pub(super) fn room(&mut self, now: Duration) -> u64 {
        if now < self.paused_until {
            return 0;
        }
        let accounts = self.accounts.iter_mut();
        let rooms = accounts.map(|(limit, window)| match (limit.unit(), window.room(now)) {
            // The bytes of a request are unknown before its response.
            (Unit::Bytes, 1..) => u64::MAX,
            (_, room) => room,
        });
        rooms.min().unwrap_or(u64::MAX)
    }

    /// Returns the earliest moment at which a request may be sent that has `ahead`
    /// others before it.
    pub(super) fn earliest(&mut self, ahead: usize, now: Duration) -> Earliest {
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
        let mut latest = self.pause_ends(now);
        for (limit, window) in &mut self.accounts {
            let ahead = match limit.unit() {
                Unit::Requests => ahead,
                Unit::Bytes => 0,
            };
            let at = window.earliest(ahead, now);
            if at > latest.at {
                let because_of = limit.name().to_owned();
                latest = Earliest { at, because_of };
            }
        }
        latest
    }

    /// Returns when the service's pause ends, or `now`.
    pub(super) fn pause_ends(&self, now: Duration) -> Earliest {
        Earliest {
            at: self.paused_until.max(now),
            because_of: "the service's pause".to_owned(),
        }
    }

    /// Takes a slot of every limit for a request that is being sent.
    pub(super) fn take(&mut self) {
        self.each(Unit::Requests, Window::take);
    }

    /// Frees the slots of a request that was not sent.
    pub(super) fn give_back(&mut self) {
        self.each(Unit::Requests, Window::give_back);
    }

    /// Starts the hold of a request that was answered or has failed.
    pub(super) fn answered(&mut self, now: Duration) {
        self.each(Unit::Requests, |window| window.answered(now));
    }

    /// Debits bytes that were sent or received.
    pub(super) fn debit(&mut self, bytes: u64, now: Duration) {
        self.each(Unit::Bytes, |window| window.count(bytes, now));
    }

    fn each(&mut self, unit: Unit, change: impl Fn(&mut Window)) {
        let accounts = self.accounts.iter_mut();
        let accounts = accounts.filter(|(limit, _)| limit.unit() == unit);
        accounts.for_each(|(_, window)| change(window));
    }

    /// Sends no request before `until`. A pause that ends later stays in force.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
    }

    /// Returns the remaining time of the service's pause.
    pub(super) fn paused_for(&self, now: Duration) -> Option<Duration> {
        let left = self.paused_until.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Returns the remaining budget of each limit.
    pub(super) fn budgets(&mut self, now: Duration) -> Vec<LimitBudget> {
        let accounts = self.accounts.iter_mut();
        let budgets = accounts.map(|(limit, window)| LimitBudget {
            limit: limit.clone(),
            left: window.room(now),
            more_in: window.next_free().map(|free| free.saturating_sub(now)),
        });
        budgets.collect()
    }
}
