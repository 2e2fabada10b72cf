//! The slots of this process that a service may still count.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::limit::{Limit, Limits, Unit};
use super::report::Answered;

/// The slots of this process that a service may still count, by the numbers under
/// which the server of a shared budget leases them. They are kept here because the
/// server may have been unavailable when they were taken, or may have lost them.
#[derive(Debug, Default)]
pub(super) struct Leases {
    /// How long a slot counts after its response, by the longest window.
    hold: Duration,
    last_number: u64,
    in_flight: BTreeSet<u64>,
    /// In the order of their times.
    answered: VecDeque<Answered>,
}

impl Leases {
    pub(super) fn new(limits: &Limits) -> Self {
        let requests = limits.iter().filter(|it| it.unit() == Unit::Requests);
        Self {
            hold: requests.map(Limit::hold).max().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Returns a number that no slot has had.
    pub(super) fn new_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(super) fn take(&mut self, number: u64) {
        self.in_flight.insert(number);
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.in_flight.remove(&number);
    }

    pub(super) fn answered(&mut self, slot: Answered) {
        self.in_flight.remove(&slot.number);
        self.answered.push_back(slot);
        self.expire(slot.at);
    }

    /// Returns the slots of requests in flight, and those of answered requests that
    /// still count.
    pub(super) fn all(&mut self, now: Duration) -> (Vec<u64>, Vec<Answered>) {
        self.expire(now);
        let in_flight = self.in_flight.iter().copied().collect();
        (in_flight, self.answered.iter().copied().collect())
    }

    fn expire(&mut self, now: Duration) {
        let is_over = |slot: &Answered| slot.at.saturating_add(self.hold) <= now;
        while self.answered.front().is_some_and(is_over) {
            self.answered.pop_front();
        }
    }
}
