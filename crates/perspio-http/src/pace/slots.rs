//! The slots of this process that a service may still count.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::limits::{Limit, Limits, Unit};
use super::shared::Answered;

/// The slots of this process that a service may still count, by the numbers
/// under which the server of a shared budget has them. That server may have been
/// away when they were taken, or have forgotten them since.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// How long a slot counts after its answer, at the most.
    hold: Duration,
    last_number: u64,
    on_their_way: BTreeSet<u64>,
    /// In the order of their times.
    answered: VecDeque<Answered>,
}

impl Slots {
    pub(super) fn of(limits: &Limits) -> Self {
        let requests = limits.iter().filter(|it| it.unit() == Unit::Requests);
        Self {
            hold: requests.map(Limit::hold).max().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// A number that no slot has had.
    pub(super) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(super) fn take(&mut self, number: u64) {
        self.on_their_way.insert(number);
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.on_their_way.remove(&number);
    }

    pub(super) fn answered(&mut self, slot: Answered) {
        self.on_their_way.remove(&slot.number);
        self.answered.push_back(slot);
        self.forget(slot.at);
    }

    /// The slots of requests on their way, and of those that were answered.
    pub(super) fn all(&mut self, now: Duration) -> (Vec<u64>, Vec<Answered>) {
        self.forget(now);
        let on_their_way = self.on_their_way.iter().copied().collect();
        (on_their_way, self.answered.iter().copied().collect())
    }

    fn forget(&mut self, now: Duration) {
        let is_over = |slot: &Answered| slot.at.saturating_add(self.hold) <= now;
        while self.answered.front().is_some_and(is_over) {
            self.answered.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::Scope;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_slot_is_kept_until_no_limit_counts_it() {
        let requests = |window| Limit::requests("rate", Scope::Tenant, 1, window);
        let limits = Limits::none()
            .with(requests(10 * SECOND))
            .with(requests(100 * SECOND))
            .with(Limit::bytes("bytes", Scope::Tenant, 1, 1000 * SECOND));
        let mut slots = Slots::of(&limits);
        let numbers = [slots.number(), slots.number(), slots.number()];
        for number in numbers {
            slots.take(number);
        }
        let answered = Answered {
            number: numbers[1],
            at: SECOND,
        };
        slots.answered(answered);
        slots.give_back(numbers[2]);
        let hold = 100 * SECOND + SECOND / 10;
        let shortly_before = hold + SECOND.saturating_sub(Duration::from_nanos(1));
        assert_eq!(
            slots.all(shortly_before),
            (vec![numbers[0]], vec![answered])
        );
        assert_eq!(slots.all(hold + SECOND), (vec![numbers[0]], vec![]));
    }
}
