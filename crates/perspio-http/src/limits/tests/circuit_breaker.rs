//! The circuit breaker in front of the server of a shared budget.

use std::time::Duration;

use super::SECOND;
use crate::limits::circuit_breaker::CircuitBreaker;

#[test]
fn each_failure_doubles_the_cool_down_up_to_half_a_minute() {
    let mut circuit = CircuitBreaker::default();
    let mut now = SECOND;
    for (seconds, opens) in [
        (2, true),
        (4, false),
        (8, false),
        (16, false),
        (30, false),
        (30, false),
    ] {
        assert_eq!(circuit.failed(now), opens);
        assert!(circuit.is_open() && !circuit.is_closed(now));
        let cool_down = Duration::from_secs(seconds);
        assert_eq!(circuit.cool_down(now), Some(cool_down));
        now += cool_down;
        assert_eq!(circuit.cool_down(now), None, "the server may be tried");
        assert!(!circuit.is_closed(now), "it has not replied yet");
    }
}

#[test]
fn a_reply_closes_the_circuit_after_the_next_longer_cool_down() {
    // The number of failures, and the seconds of reconciliation.
    for (failures, seconds) in [(1, 4), (2, 8), (4, 30), (9, 30)] {
        let mut circuit = CircuitBreaker::default();
        for _ in 0..failures {
            circuit.failed(SECOND);
        }
        let now = 100 * SECOND;
        assert!(circuit.succeeded(now));
        let closes = now + Duration::from_secs(seconds);
        assert_eq!(circuit.closes_at(), Some(closes));
        assert!(!circuit.is_open() && !circuit.is_closed(now));
        assert!(circuit.is_closed(closes));
        assert!(!circuit.succeeded(now), "it was not open any more");
    }
}

#[test]
fn a_failure_during_reconciliation_opens_the_circuit_again() {
    let mut circuit = CircuitBreaker::default();
    circuit.failed(SECOND);
    circuit.succeeded(4 * SECOND);
    assert!(circuit.failed(5 * SECOND));
    assert_eq!(circuit.cool_down(5 * SECOND), Some(2 * SECOND));
}

#[test]
fn a_server_that_replies_is_used() {
    let mut circuit = CircuitBreaker::default();
    assert!(!circuit.succeeded(SECOND), "it was available before");
    assert!(circuit.is_closed(SECOND));
    assert_eq!(
        (circuit.closes_at(), circuit.cool_down(SECOND)),
        (None, None)
    );
}
