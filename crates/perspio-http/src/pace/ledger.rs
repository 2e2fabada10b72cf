//! What has been spent of every limit.

use std::time::Duration;

use super::bandwidth::Bandwidth;
use super::budget::LimitBudget;
use super::limits::{Limit, Limits, Unit};
use super::window::Window;

/// What has been spent of every limit of one application. All times are those
/// of one monotonic clock.
#[derive(Debug)]
pub(super) struct Ledger {
    accounts: Vec<Account>,
    /// Until when the service asks for peace.
    paused_until: Duration,
}

#[derive(Debug)]
struct Account {
    limit: Limit,
    spent: Spent,
}

#[derive(Debug)]
enum Spent {
    Requests(Window),
    Bytes(Bandwidth),
}

/// When a request may be sent, and what it waits for until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Earliest {
    pub(super) at: Duration,
    pub(super) because_of: String,
}

impl Ledger {
    pub(super) fn new(limits: &Limits) -> Self {
        let account = |limit: &Limit| Account {
            limit: limit.clone(),
            spent: match limit.unit() {
                Unit::Requests => {
                    let most = usize::try_from(limit.most()).unwrap_or(usize::MAX);
                    Spent::Requests(Window::new(most, limit.hold()))
                }
                Unit::Bytes => Spent::Bytes(Bandwidth::new(limit.most(), limit.hold())),
            },
        };
        Self {
            accounts: limits.iter().map(account).collect(),
            paused_until: Duration::ZERO,
        }
    }

    /// Whether requests may be sent at any time.
    pub(super) fn has_no_limits(&self) -> bool {
        self.accounts.is_empty() && self.paused_until.is_zero()
    }

    /// How many requests may be sent now.
    pub(super) fn room(&mut self, now: Duration) -> usize {
        if now < self.paused_until {
            return 0;
        }
        let rooms = self
            .accounts
            .iter_mut()
            .map(|account| match &mut account.spent {
                Spent::Requests(window) => window.room(now),
                Spent::Bytes(bandwidth) => match bandwidth.room(now) {
                    0 => 0,
                    _ => usize::MAX,
                },
            });
        rooms.min().unwrap_or(usize::MAX)
    }

    /// When one may be sent that goes behind `ahead` others, at the earliest.
    pub(super) fn earliest(&mut self, ahead: usize, now: Duration) -> Earliest {
        let paused = self.pause_ends(now);
        let accounts = self.accounts.iter_mut().map(|account| Earliest {
            at: match &mut account.spent {
                Spent::Requests(window) => window.earliest(ahead, now),
                Spent::Bytes(bandwidth) => bandwidth.earliest(now),
            },
            because_of: account.limit.name().to_owned(),
        });
        // The first of those that are equally late, so that the pause is named.
        accounts.fold(
            paused,
            |latest, next| {
                if next.at > latest.at { next } else { latest }
            },
        )
    }

    /// When one may be sent for all that the service's pause is concerned.
    pub(super) fn pause_ends(&self, now: Duration) -> Earliest {
        Earliest {
            at: self.paused_until.max(now),
            because_of: "the service's pause".to_owned(),
        }
    }

    /// A request is sent.
    pub(super) fn take(&mut self) {
        self.each_window(Window::take);
    }

    /// A request was not sent after all.
    pub(super) fn give_back(&mut self) {
        self.each_window(Window::give_back);
    }

    /// A request was answered, or its failure is known.
    pub(super) fn answered(&mut self, now: Duration) {
        self.each_window(|window| window.answered(now));
    }

    fn each_window(&mut self, change: impl Fn(&mut Window)) {
        for account in &mut self.accounts {
            if let Spent::Requests(window) = &mut account.spent {
                change(window);
            }
        }
    }

    /// Bytes have been sent or have come.
    pub(super) fn debit(&mut self, bytes: u64, now: Duration) {
        for account in &mut self.accounts {
            if let Spent::Bytes(bandwidth) = &mut account.spent {
                bandwidth.debit(bytes, now);
            }
        }
    }

    /// The service asks for no request before `until`; an earlier, longer pause stays.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
    }

    /// How long the service's pause lasts yet.
    pub(super) fn paused_for(&self, now: Duration) -> Option<Duration> {
        let left = self.paused_until.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// What is left of each limit.
    pub(super) fn budgets(&mut self, now: Duration) -> Vec<LimitBudget> {
        let budget = |account: &mut Account| {
            let (left, next_free) = match &mut account.spent {
                Spent::Requests(window) => {
                    let room = window.room(now);
                    let left = u64::try_from(room).unwrap_or(u64::MAX);
                    (left, window.next_free())
                }
                Spent::Bytes(bandwidth) => (bandwidth.room(now), bandwidth.next_free()),
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
