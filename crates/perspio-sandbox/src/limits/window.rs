//! A sliding window: how much was counted in the time before now.

use std::collections::VecDeque;
use std::time::Duration;

use super::Budget;

/// There is room while less than `most` was counted in the `length` before now.
/// What was counted leaves exactly `length` later: of two instants that far
/// apart, the second no longer sees the first.
#[derive(Debug)]
pub(super) struct Window {
    most: u64,
    length: Duration,
    counted: u64,
    /// When, and how much; the oldest first.
    entries: VecDeque<(Duration, u64)>,
}

impl Window {
    pub(super) fn new(most: u64, length: Duration) -> Self {
        Self {
            most,
            length,
            counted: 0,
            entries: VecDeque::new(),
        }
    }

    /// How long it is until there is room if nothing more is counted; `None` if there is.
    pub(super) fn wait(&mut self, now: Duration) -> Option<Duration> {
        self.forget_before(now);
        // Where nothing at all is allowed, no waiting helps.
        let oldest = self.entries.front().map_or(now, |&(at, _)| at);
        let age = now.saturating_sub(oldest);
        (self.counted >= self.most).then(|| self.length.saturating_sub(age))
    }

    /// `now` is never before that of an earlier call.
    pub(super) fn count(&mut self, now: Duration, amount: u64) {
        if amount == 0 {
            return;
        }
        self.entries.push_back((now, amount));
        self.counted = self.counted.saturating_add(amount);
        // What leaves without making room need not be remembered: the oldest
        // entry is always the one that is waited for.
        while let Some(&(_, amount)) = self.entries.front()
            && self.counted.saturating_sub(amount) >= self.most
        {
            self.forget_oldest(amount);
        }
    }

    /// Returns what the window before `now` has used.
    pub(super) fn budget(&mut self, now: Duration) -> Budget {
        self.forget_before(now);
        Budget {
            used: self.counted,
            limit: self.most,
            window_seconds: self.length.as_secs_f64(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.counted = 0;
    }

    fn forget_before(&mut self, now: Duration) {
        while let Some(&(at, amount)) = self.entries.front()
            && now.saturating_sub(at) >= self.length
        {
            self.forget_oldest(amount);
        }
    }

    fn forget_oldest(&mut self, amount: u64) {
        self.entries.pop_front();
        self.counted = self.counted.saturating_sub(amount);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NANOSECOND: Duration = Duration::from_nanos(1);

    fn just_before(time: Duration) -> Duration {
        time.saturating_sub(NANOSECOND)
    }

    #[test]
    fn there_is_room_again_when_the_oldest_is_exactly_one_window_old() {
        let mut window = Window::new(2, SECOND);
        let start = 90 * SECOND;
        window.count(start, 1);
        assert_eq!(window.wait(start), None);
        window.count(start + 3 * NANOSECOND, 1);
        assert_eq!(
            window.wait(start + 4 * NANOSECOND),
            Some(Duration::from_nanos(999_999_996))
        );
        assert_eq!(window.wait(just_before(start + SECOND)), Some(NANOSECOND));
        assert_eq!(window.wait(start + SECOND), None);
        window.count(start + SECOND, 1);
        // The second of the two is 3 ns younger.
        assert_eq!(window.wait(start + SECOND), Some(3 * NANOSECOND));
        assert_eq!(window.wait(start + SECOND + 3 * NANOSECOND), None);
    }

    #[test]
    fn what_is_used_up_beyond_the_limit_is_waited_for_until_enough_has_left() {
        let mut window = Window::new(100, SECOND);
        window.count(Duration::ZERO, 60);
        window.count(NANOSECOND, 39);
        assert_eq!(window.wait(NANOSECOND), None);
        window.count(2 * NANOSECOND, 150);
        // Neither of the first two makes room by leaving.
        assert_eq!(window.wait(2 * NANOSECOND), Some(SECOND));
        assert_eq!(window.wait(SECOND + NANOSECOND), Some(NANOSECOND));
        assert_eq!(window.wait(SECOND + 2 * NANOSECOND), None);
    }

    #[test]
    fn a_window_that_allows_nothing_never_has_room_and_one_without_length_always() {
        let mut closed = Window::new(0, SECOND);
        closed.count(Duration::ZERO, 1);
        assert_eq!(closed.wait(Duration::ZERO), Some(SECOND));
        assert_eq!(closed.wait(1000 * SECOND), Some(SECOND));
        let mut open = Window::new(1, Duration::ZERO);
        open.count(SECOND, 5);
        assert_eq!(open.wait(SECOND), None);
    }

    #[test]
    fn a_flood_is_not_remembered_beyond_the_limit() {
        let mut window = Window::new(20, SECOND);
        for _ in 0..10_000 {
            window.count(SECOND, 1);
        }
        assert_eq!(window.entries.len(), 20);
    }

    /// How many of the instants lie in the window that ends with `now`.
    fn within(instants: &[Duration], now: Duration, length: Duration) -> usize {
        let inside = |at: &&Duration| now.saturating_sub(**at) < length;
        instants.iter().filter(inside).count()
    }

    proptest! {
        /// Steps that fall on borders and beside them are as likely as any other.
        #[test]
        fn never_is_more_counted_than_fits_and_never_less_than_could_be(
            most in 1_usize..6,
            length in 1_u64..12,
            steps in vec(0_u64..5, 1..200),
        ) {
            let length = Duration::from_nanos(length);
            let mut window = Window::new(most as u64, length);
            let mut now = Duration::from_secs(1);
            let mut accepted = Vec::new();
            for step in steps {
                now += Duration::from_nanos(step);
                let before = within(&accepted, now, length);
                match window.wait(now) {
                    None => {
                        prop_assert!(before < most);
                        accepted.push(now);
                        window.count(now, 1);
                    }
                    Some(wait) => {
                        prop_assert_eq!(before, most);
                        // The wait is exact: not a nanosecond less would do.
                        prop_assert!(within(&accepted, now + wait, length) < most);
                        prop_assert_eq!(within(&accepted, just_before(now + wait), length), most);
                    }
                }
            }
            for end in &accepted {
                let until = accepted.partition_point(|at| at <= end);
                prop_assert!(within(&accepted[..until], *end, length) <= most);
            }
        }

        #[test]
        fn what_is_forgotten_early_changes_no_answer(
            most in 1_u64..50,
            length in 1_u64..12,
            counts in vec((0_u64..5, 0_u64..40), 1..200),
        ) {
            let length = Duration::from_nanos(length);
            let mut window = Window::new(most, length);
            let mut now = Duration::from_secs(1);
            let mut all: Vec<(Duration, u64)> = Vec::new();
            for (step, amount) in counts {
                now += Duration::from_nanos(step);
                let used = |now: Duration| -> u64 {
                    let inside = all.iter().filter(|(at, _)| now.saturating_sub(*at) < length);
                    inside.map(|(_, amount)| amount).sum()
                };
                match window.wait(now) {
                    None => prop_assert!(used(now) < most),
                    Some(wait) => {
                        prop_assert!(used(now + wait) < most);
                        prop_assert!(used(just_before(now + wait)) >= most);
                    }
                }
                all.push((now, amount));
                window.count(now, amount);
            }
        }
    }
}
