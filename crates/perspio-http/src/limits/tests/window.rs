//! The sliding window.

use std::time::Duration;

use proptest::prelude::*;

use super::SECOND;
use crate::limits::window::{ENTRIES, Window};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_slot_is_free_one_window_after_the_answer_and_not_before() {
    let mut window = Window::requests(1, 90 * SECOND);
    window.take();
    assert_eq!(window.room(1000 * SECOND), 0, "it is still in flight");
    window.answered(1000 * SECOND);
    let free = 1090 * SECOND;
    let before = Duration::new(1089, 999_999_999);
    assert_eq!(window.room(before), 0);
    assert_eq!(window.room(free), 1);
}

#[test]
fn a_request_that_was_not_sent_frees_its_slot_immediately() {
    let mut window = Window::requests(2, SECOND);
    window.take();
    window.take();
    window.give_back();
    assert_eq!(window.room(Duration::ZERO), 1);
}

#[test]
fn the_earliest_moment_counts_the_calls_ahead_and_cycles_through_the_slots() {
    let mut window = Window::requests(2, 10 * SECOND);
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
fn slots_taken_beyond_the_limit_must_be_free_first() {
    let mut window = Window::requests(1, 10 * SECOND);
    for answered in 1..=3 {
        window.take();
        window.answered(answered * SECOND);
    }
    assert_eq!(window.earliest(0, 4 * SECOND), 13 * SECOND);
    assert_eq!(window.room(13 * SECOND), 1);
}

#[test]
fn a_spent_budget_opens_when_enough_bytes_have_expired() {
    let mut window = Window::bytes(100, HOUR);
    window.count(30, SECOND);
    window.count(80, 100 * SECOND);
    assert_eq!(window.room(101 * SECOND), 0);
    let open = HOUR + SECOND;
    assert_eq!(window.earliest(0, 101 * SECOND), open);
    let before = HOUR + Duration::from_nanos(999_999_999);
    assert_eq!(window.room(before), 0);
    assert_eq!(window.room(open), 20);
    assert_eq!(window.room(HOUR + 100 * SECOND), 100);
}

#[test]
fn an_overdrawn_budget_opens_when_the_excess_has_expired() {
    let mut window = Window::bytes(10, HOUR);
    window.count(5, Duration::ZERO);
    window.count(1000, 20 * SECOND);
    assert_eq!(window.earliest(0, 30 * SECOND), HOUR + 20 * SECOND);
}

#[test]
fn the_bytes_of_an_interval_count_until_the_last_of_them_expires() {
    let mut window = Window::bytes(10, HOUR);
    window.count(5, Duration::ZERO);
    window.count(5, 9 * SECOND);
    assert_eq!(window.next_free(), Some(HOUR + 9 * SECOND));
}

#[test]
fn a_million_responses_take_little_memory() {
    let mut window = Window::bytes(u64::MAX, HOUR);
    for millisecond in 0..1_000_000_u64 {
        let now = Duration::from_millis(4 * millisecond);
        window.count(1, now);
        window.room(now);
    }
    assert!(window.entries.len() <= ENTRIES as usize + 1);
}

proptest! {
    /// A server that counts each request at any moment between its being sent
    /// and its answer never sees more than it allows in any window.
    #[test]
    fn no_window_of_the_server_holds_more_than_the_limit(
        most in 1_u64..5,
        steps in prop::collection::vec((0_u64..400, 0_u64..300, 0.0_f64..=1.0), 1..200),
    ) {
        let length = SECOND;
        let mut window = Window::requests(most, length);
        let mut now = Duration::ZERO;
        let mut in_flight: Vec<(Duration, Duration)> = Vec::new();
        let mut counted = Vec::new();
        for (wait, takes, counts_at) in steps {
            now += Duration::from_millis(wait);
            in_flight.sort();
            while let Some(at) = in_flight.first().map(|it| it.0).filter(|at| *at <= now) {
                in_flight.remove(0);
                window.answered(at);
            }
            if window.room(now) > 0 {
                window.take();
                let takes = Duration::from_millis(takes);
                counted.push(now + takes.mul_f64(counts_at));
                in_flight.push((now + takes, now));
            }
        }
        counted.sort();
        for (index, first) in counted.iter().enumerate() {
            let within = counted[index..].iter().filter(|at| **at < *first + length);
            prop_assert!(within.count() <= usize::try_from(most).unwrap(), "{counted:?}");
        }
    }

    /// The earliest moment is exact if each call is answered immediately.
    #[test]
    fn the_reported_wait_is_not_longer_than_needed(
        most in 1_u64..5,
        answers in prop::collection::vec(0_u64..3000, 0..5),
        ahead in 0_u64..12,
    ) {
        let hold = SECOND;
        let mut answers: Vec<_> = answers.into_iter().take(usize::try_from(most).unwrap()).collect();
        answers.sort_unstable();
        let mut window = Window::requests(most, hold);
        for answer in &answers {
            window.take();
            window.answered(Duration::from_millis(*answer));
        }
        let now = 3 * SECOND;
        let earliest = window.earliest(ahead, now);
        // The calls ahead are sent as soon as possible and answered immediately.
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
        prop_assert_eq!(earliest, time);
    }
}
