//! A sliding window over requests.

use std::collections::VecDeque;
use std::time::Duration;

/// The requests of one limit that a server may still count.
///
/// A server counts a request at some moment between its being sent and its
/// response. A request therefore holds a slot while it is in flight and for one
/// window after its response: whenever the server counted it, the server no longer
/// counts it when the slot is free. No window of the server, wherever it begins,
/// can then hold more requests than there are slots. (A token bucket lets up to
/// twice as many into a window around a burst.)
///
/// More slots can be taken than the limit has, if a server of a shared budget
/// granted them. All times are those of one monotonic clock.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    hold: Duration,
    in_flight: usize,
    /// When the slots of answered requests become free, in ascending order.
    frees: VecDeque<Duration>,
}

impl Window {
    pub(super) fn new(most: usize, hold: Duration) -> Self {
        Self {
            most,
            hold,
            in_flight: 0,
            frees: VecDeque::new(),
        }
    }

    /// Returns how many requests may be sent now.
    pub(super) fn room(&mut self, now: Duration) -> usize {
        while self.frees.front().is_some_and(|free| *free <= now) {
            self.frees.pop_front();
        }
        self.most.saturating_sub(self.used())
    }

    fn used(&self) -> usize {
        self.in_flight + self.frees.len()
    }

    /// Returns the earliest moment at which a request may be sent that has `ahead`
    /// others before it. The actual moment may be later, because it is unknown when
    /// the requests in flight are answered.
    pub(super) fn earliest(&mut self, ahead: usize, now: Duration) -> Duration {
        let room = self.room(now);
        let Some(excess) = ahead.checked_sub(room) else {
            return now;
        };
        // The slots become free in this order, and in the same order again one
        // window later.
        let (rounds, slot) = (excess / self.most, excess % self.most);
        let overdrawn = self.used().saturating_sub(self.most);
        let first = self.frees.get(overdrawn + slot).copied();
        let first = first.unwrap_or(now.saturating_add(self.hold));
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        first.saturating_add(self.hold.saturating_mul(rounds))
    }

    /// Takes a slot for a request that is being sent.
    pub(super) fn take(&mut self) {
        self.in_flight += 1;
    }

    /// Frees the slot of a request that was not sent.
    pub(super) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Starts the hold of a request that was answered or has failed.
    pub(super) fn answered(&mut self, now: Duration) {
        self.give_back();
        let free = now.saturating_add(self.hold);
        // Keeps the order if the clock was read before another thread's.
        let free = self.frees.back().map_or(free, |last| free.max(*last));
        self.frees.push_back(free);
    }

    /// Returns when the next slot becomes free, if that is known.
    pub(super) fn next_free(&self) -> Option<Duration> {
        self.frees.front().copied()
    }
}
