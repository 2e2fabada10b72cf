//! How many bytes there were of late.

use std::collections::VecDeque;
use std::time::Duration;

/// The window is kept in this many parts, so that its memory stays small.
const PARTS: u32 = 360;

/// The bytes of one limit that a server may still count. All times are those of
/// one monotonic clock.
///
/// Bytes are debited as they come. Nothing is reserved for answers on their way:
/// how long one is shows only in its head, if at all, and a guess would either
/// hold calls back for which there is room, or promise what it does not keep. So
/// the budget can be overdrawn, by the answers on their way when it is spent and
/// no more, since no request leaves then; and what is overdrawn counts for a
/// window as all bytes do, so that the next requests wait for it.
#[derive(Debug)]
pub(super) struct Bandwidth {
    most: u64,
    hold: Duration,
    used: u64,
    parts: VecDeque<Part>,
}

/// The bytes of a short while. They count until the last of them does not.
#[derive(Debug)]
struct Part {
    first: Duration,
    last: Duration,
    bytes: u64,
}

impl Bandwidth {
    pub(super) fn new(most: u64, hold: Duration) -> Self {
        Self {
            most,
            hold,
            used: 0,
            parts: VecDeque::new(),
        }
    }

    /// How many bytes are left; a request may be sent if there are any.
    pub(super) fn room(&mut self, now: Duration) -> u64 {
        while let Some(part) = self.parts.front()
            && self.end(part) <= now
        {
            self.used = self.used.saturating_sub(part.bytes);
            self.parts.pop_front();
        }
        self.most.saturating_sub(self.used)
    }

    /// The earliest moment at which a request may be sent. It may be later: of
    /// answers that are still read nobody knows how long they are.
    pub(super) fn earliest(&mut self, now: Duration) -> Duration {
        if self.room(now) > 0 {
            return now;
        }
        let mut used = self.used;
        for part in &self.parts {
            used = used.saturating_sub(part.bytes);
            if used < self.most {
                return self.end(part);
            }
        }
        now
    }

    /// Bytes have been sent or have come.
    pub(super) fn debit(&mut self, bytes: u64, now: Duration) {
        self.used = self.used.saturating_add(bytes);
        match self.parts.back_mut() {
            Some(part) if now.saturating_sub(part.first) < self.hold / PARTS => {
                part.last = part.last.max(now);
                part.bytes = part.bytes.saturating_add(bytes);
            }
            _ => self.parts.push_back(Part {
                first: now,
                last: now,
                bytes,
            }),
        }
    }

    /// When the next bytes no longer count, if there are any.
    pub(super) fn next_free(&self) -> Option<Duration> {
        self.parts.front().map(|part| self.end(part))
    }

    fn end(&self, part: &Part) -> Duration {
        part.last.saturating_add(self.hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_spent_budget_opens_when_enough_bytes_are_a_window_old() {
        let mut bandwidth = Bandwidth::new(100, HOUR);
        bandwidth.debit(30, SECOND);
        bandwidth.debit(80, 100 * SECOND);
        assert_eq!(bandwidth.room(101 * SECOND), 0);
        let open = HOUR + SECOND;
        assert_eq!(bandwidth.earliest(101 * SECOND), open);
        let before = HOUR + Duration::from_nanos(999_999_999);
        assert_eq!(bandwidth.room(before), 0);
        assert_eq!(bandwidth.room(open), 20);
        assert_eq!(bandwidth.room(HOUR + 100 * SECOND), 100);
    }

    #[test]
    fn what_is_left_over_more_than_the_window_does_not_open_it() {
        let mut bandwidth = Bandwidth::new(10, HOUR);
        bandwidth.debit(5, Duration::ZERO);
        bandwidth.debit(1000, 20 * SECOND);
        assert_eq!(bandwidth.earliest(30 * SECOND), HOUR + 20 * SECOND);
    }

    #[test]
    fn the_bytes_of_a_while_count_until_the_last_of_them_is_a_window_old() {
        let mut bandwidth = Bandwidth::new(10, HOUR);
        bandwidth.debit(5, Duration::ZERO);
        bandwidth.debit(5, 9 * SECOND);
        assert_eq!(bandwidth.next_free(), Some(HOUR + 9 * SECOND));
    }

    #[test]
    fn a_million_answers_take_little_memory() {
        let mut bandwidth = Bandwidth::new(u64::MAX, HOUR);
        for millisecond in 0..1_000_000_u64 {
            let now = Duration::from_millis(4 * millisecond);
            bandwidth.debit(1, now);
            bandwidth.room(now);
        }
        assert!(bandwidth.parts.len() <= PARTS as usize + 1);
    }
}
