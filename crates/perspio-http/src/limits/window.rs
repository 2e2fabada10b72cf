//! A sliding window over the requests or the bytes of one limit.

use std::collections::VecDeque;
use std::time::Duration;

/// The number of entries in a window over bytes, which bounds its memory.
pub(super) const ENTRIES: u32 = 360;

/// The usage of one limit that a server may still count. All times are those of one
/// monotonic clock.
///
/// A server counts a request at some moment between its being sent and its
/// response. A request therefore holds a slot while it is in flight and for one
/// window after its response: whenever the server counted it, the server no longer
/// counts it when the slot is free. No window of the server, wherever it begins,
/// can then hold more requests than there are slots. (A token bucket lets up to
/// twice as many into a window around a burst.)
///
/// Bytes count as they are transferred. Nothing is reserved for responses that are
/// still being received: their length is known from the head at best, and a guess
/// would either hold back requests for which there is room, or admit too many.
///
/// A window can be overdrawn: by responses that are received after the bytes are
/// spent, or by slots that a server of a shared budget granted.
#[derive(Debug)]
pub(super) struct Window {
    most: u64,
    hold: Duration,
    /// Usage within this time is one entry, which counts until the last of it expires.
    resolution: Duration,
    in_flight: u64,
    /// The sum of the entries.
    counted: u64,
    /// In ascending order.
    pub(super) entries: VecDeque<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    first: Duration,
    last: Duration,
    amount: u64,
}

impl Window {
    pub(super) fn requests(most: u64, hold: Duration) -> Self {
        Self {
            most,
            hold,
            resolution: Duration::ZERO,
            in_flight: 0,
            counted: 0,
            entries: VecDeque::new(),
        }
    }

    pub(super) fn bytes(most: u64, hold: Duration) -> Self {
        Self {
            resolution: hold / ENTRIES,
            ..Self::requests(most, hold)
        }
    }

    /// Returns how much is left.
    pub(super) fn room(&mut self, now: Duration) -> u64 {
        while let Some(entry) = self.entries.front()
            && entry.last.saturating_add(self.hold) <= now
        {
            self.counted = self.counted.saturating_sub(entry.amount);
            self.entries.pop_front();
        }
        let used = self.counted.saturating_add(self.in_flight);
        self.most.saturating_sub(used)
    }

    /// Returns the earliest moment at which a request may be sent if `ahead` others
    /// are counted before it. The actual moment may be later, because it is unknown
    /// when the requests in flight are answered, and how long their responses are.
    pub(super) fn earliest(&mut self, ahead: u64, now: Duration) -> Duration {
        let room = self.room(now);
        let Some(excess) = ahead.checked_sub(room) else {
            return now;
        };
        // The slots become free in this order, and in the same order again one
        // window later.
        let (rounds, slot) = (excess / self.most, excess % self.most);
        let used = self.counted.saturating_add(self.in_flight);
        let overdrawn = used.saturating_sub(self.most);
        let mut freed: u64 = 0;
        let entry = self.entries.iter().find(|entry| {
            freed = freed.saturating_add(entry.amount);
            freed > overdrawn.saturating_add(slot)
        });
        let first = entry.map_or(now, |entry| entry.last);
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        first.saturating_add(self.hold.saturating_mul(rounds.saturating_add(1)))
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
        self.count(1, now);
    }

    /// Counts requests or bytes for one window from now.
    pub(super) fn count(&mut self, amount: u64, now: Duration) {
        self.counted = self.counted.saturating_add(amount);
        let last = self.entries.back_mut();
        // Keeps the order if another thread has read the clock later.
        let now = last.as_ref().map_or(now, |last| now.max(last.last));
        match last {
            Some(last) if now.saturating_sub(last.first) < self.resolution => {
                last.last = now;
                last.amount = last.amount.saturating_add(amount);
            }
            _ => self.entries.push_back(Entry {
                first: now,
                last: now,
                amount,
            }),
        }
    }

    /// Returns when the next requests or bytes expire, if that is known.
    pub(super) fn next_free(&self) -> Option<Duration> {
        let first = self.entries.front();
        first.map(|first| first.last.saturating_add(self.hold))
    }
}
