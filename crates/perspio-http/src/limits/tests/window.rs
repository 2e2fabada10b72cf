//! The sliding window over requests.

use std::time::Duration;

use proptest::prelude::*;

use super::SECOND;
use crate::limits::window::Window;

#[test]
fn a_slot_is_free_one_window_after_the_answer_and_not_before() {
    let mut window = Window::new(1, 90 * SECOND);
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
    let mut window = Window::new(2, SECOND);
    window.take();
    window.take();
    window.give_back();
    assert_eq!(window.room(Duration::ZERO), 1);
}

#[test]
fn the_earliest_moment_counts_the_calls_ahead_and_cycles_through_the_slots() {
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
fn slots_taken_beyond_the_limit_must_be_free_first() {
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
    fn no_window_of_the_server_holds_more_than_the_limit(
        most in 1_usize..5,
        steps in prop::collection::vec((0_u64..400, 0_u64..300, 0.0_f64..=1.0), 1..200),
    ) {
        let length = SECOND;
        let mut window = Window::new(most, length);
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
            prop_assert!(within.count() <= most, "{counted:?}");
        }
    }

    /// The earliest moment is exact if each call is answered immediately.
    #[test]
    fn the_reported_wait_is_not_longer_than_needed(
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
