//! The sliding window over bytes.

use std::time::Duration;

use super::SECOND;
use crate::limits::bandwidth::{Bandwidth, PARTS};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_spent_budget_opens_when_enough_bytes_have_expired() {
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
fn an_overdrawn_budget_opens_when_the_excess_has_expired() {
    let mut bandwidth = Bandwidth::new(10, HOUR);
    bandwidth.debit(5, Duration::ZERO);
    bandwidth.debit(1000, 20 * SECOND);
    assert_eq!(bandwidth.earliest(30 * SECOND), HOUR + 20 * SECOND);
}

#[test]
fn the_bytes_of_an_interval_count_until_the_last_of_them_expires() {
    let mut bandwidth = Bandwidth::new(10, HOUR);
    bandwidth.debit(5, Duration::ZERO);
    bandwidth.debit(5, 9 * SECOND);
    assert_eq!(bandwidth.next_free(), Some(HOUR + 9 * SECOND));
}

#[test]
fn a_million_responses_take_little_memory() {
    let mut bandwidth = Bandwidth::new(u64::MAX, HOUR);
    for millisecond in 0..1_000_000_u64 {
        let now = Duration::from_millis(4 * millisecond);
        bandwidth.debit(1, now);
        bandwidth.room(now);
    }
    assert!(bandwidth.parts.len() <= PARTS as usize + 1);
}
