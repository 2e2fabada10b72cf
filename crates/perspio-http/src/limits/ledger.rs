//! The usage of all limits.

use std::time::Duration;

use super::bandwidth::Bandwidth;
use super::budget::LimitBudget;
use super::limit::{Limit, Limits, Unit};
use super::window::Window;

/// The usage of all limits, and the service's pause. All times are those of one
/// monotonic clock.
#[derive(Debug)]
pub(super) struct Ledger {
    accounts: Vec<Account>,
    /// The end of the pause that the service asked for.
    paused_until: Duration,
}

#[derive(Debug)]
struct Account {
    limit: Limit,
    usage: Usage,
}

#[derive(Debug)]
enum Usage {
    Requests(Window),
    Bytes(Bandwidth),
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
        let account = |limit: &Limit| Account {
            limit: limit.clone(),
            usage: match limit.unit() {
                Unit::Requests => {
                    let most = usize::try_from(limit.most()).unwrap_or(usize::MAX);
                    Usage::Requests(Window::new(most, limit.hold()))
                }
                Unit::Bytes => Usage::Bytes(Bandwidth::new(limit.most(), limit.hold())),
            },
        };
        Self {
            accounts: limits.iter().map(account).collect(),
            paused_until: Duration::ZERO,
        }
    }

    /// Returns how many requests may be sent now.
    pub(super) fn room(&mut self, now: Duration) -> usize {
        if now < self.paused_until {
            return 0;
        }
        let rooms = self
            .accounts
            .iter_mut()
            .map(|account| match &mut account.usage {
                Usage::Requests(window) => window.room(now),
                Usage::Bytes(bandwidth) => match bandwidth.room(now) {
                    0 => 0,
                    _ => usize::MAX,
                },
            });
        rooms.min().unwrap_or(usize::MAX)
    }

    /// Returns the earliest moment at which a request may be sent that has `ahead`
    /// others before it.
    pub(super) fn earliest(&mut self, ahead: usize, now: Duration) -> Earliest {
        let paused = self.pause_ends(now);
        let accounts = self.accounts.iter_mut().map(|account| Earliest {
            at: match &mut account.usage {
                Usage::Requests(window) => window.earliest(ahead, now),
                Usage::Bytes(bandwidth) => bandwidth.earliest(now),
            },
            because_of: account.limit.name().to_owned(),
        });
        // Of equally late moments the first is kept, so that the pause is named.
        accounts.fold(
            paused,
            |latest, next| {
                if next.at > latest.at { next } else { latest }
            },
        )
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
        self.each_window(Window::take);
    }

    /// Frees the slots of a request that was not sent.
    pub(super) fn give_back(&mut self) {
        self.each_window(Window::give_back);
    }

    /// Starts the hold of a request that was answered or has failed.
    pub(super) fn answered(&mut self, now: Duration) {
        self.each_window(|window| window.answered(now));
    }

    fn each_window(&mut self, change: impl Fn(&mut Window)) {
        for account in &mut self.accounts {
            if let Usage::Requests(window) = &mut account.usage {
                change(window);
            }
        }
    }

    /// Debits bytes that were sent or received.
    pub(super) fn debit(&mut self, bytes: u64, now: Duration) {
        for account in &mut self.accounts {
            if let Usage::Bytes(bandwidth) = &mut account.usage {
                bandwidth.debit(bytes, now);
            }
        }
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
        let budget = |account: &mut Account| {
            let (left, next_free) = match &mut account.usage {
                Usage::Requests(window) => {
                    let room = window.room(now);
                    let left = u64::try_from(room).unwrap_or(u64::MAX);
                    (left, window.next_free())
                }
                Usage::Bytes(bandwidth) => (bandwidth.room(now), bandwidth.next_free()),
            };
            LimitBudget {
                limit: account.limit.clone(),
                left,
                more_in: next_free.map(|free| free.saturating_sub(now)),
            }
        };
        self.accounts.iter_mut().map(budget).collect()
    }
}
