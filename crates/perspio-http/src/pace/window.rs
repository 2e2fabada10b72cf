//! How many requests there were of late.

use std::collections::VecDeque;
use std::time::Duration;

/// The requests of one limit that a server may still count.
///
/// A server counts a request somewhere between its being sent and its answer.
/// So a request holds a slot while it is on its way, and for one window more
/// from its answer on: whenever the server counted it, it counts it no longer
/// when the slot is free. Then no window of the server's, wherever it begins, can
/// hold more requests than there are slots. (A bucket that fills up over time
/// lets up to twice as many into a window around a burst.)
///
/// More may be taken than there are slots, by who has been allowed to elsewhere.
/// All times are those of one monotonic clock.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    hold: Duration,
    on_their_way: usize,
    /// When the slots of answered requests become free, in order.
    frees: VecDeque<Duration>,
}

impl Window {
    pub(super) fn new(most: usize, hold: Duration) -> Self {
        Self {
            most,
            hold,
            on_their_way: 0,
            frees: VecDeque::new(),
        }
    }

    /// How many may be sent now.
    pub(super) fn room(&mut self, now: Duration) -> usize {
        while self.frees.front().is_some_and(|free| *free <= now) {
            self.frees.pop_front();
        }
        self.most.saturating_sub(self.used())
    }

    fn used(&self) -> usize {
        self.on_their_way + self.frees.len()
    }

    /// The earliest moment at which one may be sent that goes behind `ahead`
    /// others. It may be later: of requests on their way nobody knows when
    /// their answers come.
    pub(super) fn earliest(&mut self, ahead: usize, now: Duration) -> Duration {
        let room = self.room(now);
        let Some(behind) = ahead.checked_sub(room) else {
            return now;
        };
        // The slots become free in this order, and then again, a window later.
        let (rounds, slot) = (behind / self.most, behind % self.most);
        let too_many = self.used().saturating_sub(self.most);
        let first = self.frees.get(too_many + slot).copied();
        let first = first.unwrap_or(now.saturating_add(self.hold));
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        first.saturating_add(self.hold.saturating_mul(rounds))
    }

    /// A request is sent.
    pub(super) fn take(&mut self) {
        self.on_their_way += 1;
    }

    /// A request was not sent after all.
    pub(super) fn give_back(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// A request was answered, or its failure is known.
    pub(super) fn answered(&mut self, now: Duration) {
        self.give_back();
        let free = now.saturating_add(self.hold);
        // Never before one that was answered earlier.
        let free = self.frees.back().map_or(free, |last| free.max(*last));
        self.frees.push_back(free);
    }

    /// When the next slot becomes free, if one is known to.
    pub(super) fn next_free(&self) -> Option<Duration> {
        self.frees.front().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_slot_is_free_one_window_after_the_answer_and_not_before() {
        let mut window = Window::new(1, 90 * SECOND);
        window.take();
        assert_eq!(window.room(1000 * SECOND), 0, "it is still on its way");
        window.answered(1000 * SECOND);
        let free = 1090 * SECOND;
        let before = Duration::new(1089, 999_999_999);
        assert_eq!(window.room(before), 0);
        assert_eq!(window.room(free), 1);
    }

    #[test]
    fn a_request_that_was_not_sent_leaves_its_slot_at_once() {
        let mut window = Window::new(2, SECOND);
        window.take();
        window.take();
        window.give_back();
        assert_eq!(window.room(Duration::ZERO), 1);
    }

    #[test]
    fn the_earliest_moment_counts_who_is_ahead_and_goes_round_the_slots() {
        let mut window = Window::new(2, 10 * SECOND);
        assert_eq!(window.earliest(1, SECOND), SECOND);
        assert_eq!(window.earliest(2, SECOND), 11 * SECOND);
        window.take();
        window.answered(SECOND);
        window.take();
        window.answered(3 * SECOND);
        let now = 4 * SECOND;
        let earliest: Vec<_> = (0..5)
            .map(|ahead| window.earliest(ahead, now).as_secs())
            .collect();
        assert_eq!(earliest, [11, 13, 21, 23, 31]);
    }

    #[test]
    fn what_was_taken_beyond_the_limit_must_be_free_first() {
        let mut window = Window::new(1, 10 * SECOND);
        for answered in 1..=3 {
            window.take();
            window.answered(answered * SECOND);
        }
        assert_eq!(window.earliest(0, 4 * SECOND), 13 * SECOND);
        assert_eq!(window.room(13 * SECOND), 1);
    }

    proptest! {
        /// A server that counts each request at any moment between its being sent
        /// and its answer never sees more than it allows in any window.
        #[test]
        fn no_window_of_the_server_ever_holds_more_than_the_limit(
            most in 1_usize..5,
            steps in prop::collection::vec((0_u64..400, 0_u64..300, 0.0_f64..=1.0), 1..200),
        ) {
            let length = SECOND;
            let mut window = Window::new(most, length);
            let mut now = Duration::ZERO;
            let mut on_their_way: Vec<(Duration, Duration)> = Vec::new();
            let mut counted = Vec::new();
            for (wait, takes, counts_at) in steps {
                now += Duration::from_millis(wait);
                on_their_way.sort();
                while let Some(at) = on_their_way.first().map(|it| it.0).filter(|at| *at <= now) {
                    on_their_way.remove(0);
                    window.answered(at);
                }
                if window.room(now) > 0 {
                    window.take();
                    let takes = Duration::from_millis(takes);
                    counted.push(now + takes.mul_f64(counts_at));
                    on_their_way.push((now + takes, now));
                }
            }
            counted.sort();
            for (index, first) in counted.iter().enumerate() {
                let within = counted[index..].iter().filter(|at| **at < *first + length);
                prop_assert!(within.count() <= most, "{counted:?}");
            }
        }

        /// What is said to be the earliest moment is not too late.
        #[test]
        fn nobody_is_told_to_wait_longer_than_needed(
            most in 1_usize..5,
            answers in prop::collection::vec(0_u64..3000, 0..5),
            ahead in 0_usize..12,
        ) {
            let hold = SECOND;
            let mut answers: Vec<_> = answers.into_iter().take(most).collect();
            answers.sort_unstable();
            let mut window = Window::new(most, hold);
            for answer in &answers {
                window.take();
                window.answered(Duration::from_millis(*answer));
            }
            let now = 3 * SECOND;
            let told = window.earliest(ahead, now);
            // All who are ahead are sent as soon as they can be, and answered at once.
            let mut time = now;
            for _ in 0..ahead {
                while window.room(time) == 0 {
                    time = window.next_free().unwrap();
                }
                window.take();
                window.answered(time);
            }
            while window.room(time) == 0 {
                time = window.next_free().unwrap();
            }
            prop_assert_eq!(told, time);
        }
    }
}
