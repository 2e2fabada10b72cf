//! A sliding window over bytes.

use std::collections::VecDeque;
use std::time::Duration;

/// The resolution of the window, which bounds its memory.
pub(super) const PARTS: u32 = 360;

/// The bytes of one limit that a server may still count. All times are those of
/// one monotonic clock.
///
/// Bytes are debited as they are transferred. Nothing is reserved for responses
/// that are still being received: their length is known from the head at best, and
/// a guess would either hold back requests for which there is room, or admit too
/// many. The budget can therefore be overdrawn, but only by the responses that are
/// being received when it is spent, since no request is sent then. The excess
/// counts for a window as all bytes do, so that the next requests wait for it.
#[derive(Debug)]
pub(super) struct Bandwidth {
    most: u64,
    hold: Duration,
    used: u64,
    pub(super) parts: VecDeque<Part>,
}

/// The bytes of one interval. All of them count until the last one expires.
#[derive(Debug)]
pub(super) struct Part {
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

    /// Returns how many bytes are left; a request may be sent if there are any.
    pub(super) fn room(&mut self, now: Duration) -> u64 {
        while let Some(part) = self.parts.front()
            && self.end(part) <= now
        {
            self.used = self.used.saturating_sub(part.bytes);
            self.parts.pop_front();
        }
        self.most.saturating_sub(self.used)
    }

    /// Returns the earliest moment at which a request may be sent. The actual
    /// moment may be later, because the length of the responses that are still
    /// being received is unknown.
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

    /// Debits bytes that were sent or received.
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

    /// Returns when the next bytes expire, if there are any.
    pub(super) fn next_free(&self) -> Option<Duration> {
        self.parts.front().map(|part| self.end(part))
    }

    fn end(&self, part: &Part) -> Duration {
        part.last.saturating_add(self.hold)
    }
}
