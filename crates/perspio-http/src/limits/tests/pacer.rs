//! The public handle: waiting callers, deadlines, pauses, observers.

use std::sync::Arc;
use std::task::Poll;

use perspio_auth::clock::{Clock, ManualClock};

use super::*;
use crate::options::Priority::{Bulk, Interactive};

#[tokio::test]
async fn a_call_beyond_the_limit_is_sent_one_window_after_the_first_response() {
    let (pacer, clock) = manual(limits(2));
    let first = pacer.acquire(Interactive, None).await.unwrap();
    let second = pacer.acquire(Interactive, None).await.unwrap();
    let third = call(&pacer, Interactive);
    settle().await;
    clock.advance(10 * MINUTE);
    settle().await;
    assert!(!third.is_finished(), "both are still in flight");
    second.answered();
    settle().await;
    clock.advance(shortly_before(Duration::from_nanos(1)));
    settle().await;
    assert!(!third.is_finished(), "the server may still count it");
    clock.advance(Duration::from_nanos(1));
    settle().await;
    assert!(third.is_finished());
    drop(first);
}

#[tokio::test]
async fn callers_are_served_first_come_first_served() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut calls = Vec::new();
    for number in 0..5 {
        let (pacer, order) = (pacer.clone(), order.clone());
        calls.push(tokio::spawn(async move {
            answered(&pacer).await;
            order.lock().unwrap().push(number);
        }));
        settle().await;
    }
    for _ in 0..5 {
        clock.advance(hold());
        settle().await;
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_late_caller_queues_behind_the_waiting_ones_even_if_there_is_room() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let waiting = call(&pacer, Interactive);
    settle().await;
    // There is room now, but the waiting call has not run yet.
    clock.advance(hold());
    let late = call(&pacer, Interactive);
    settle().await;
    assert!(waiting.is_finished() && !late.is_finished());
}

#[tokio::test]
async fn interactive_calls_are_served_before_bulk_ones() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let bulk = call(&pacer, Bulk);
    settle().await;
    let interactive = call(&pacer, Interactive);
    settle().await;
    clock.advance(hold());
    settle().await;
    assert!(interactive.is_finished() && !bulk.is_finished());
    interactive.await.unwrap().unwrap().answered();
    clock.advance(hold());
    settle().await;
    assert!(bulk.is_finished());
}

#[tokio::test]
async fn a_cancelled_leader_hands_the_time_over_to_the_next_waiter() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let calls: Vec<_> = (0..3).map(|_| call(&pacer, Interactive)).collect();
    settle().await;
    assert_eq!(pacer.budget().waiting, 3);
    calls[0].abort();
    calls[1].abort();
    settle().await;
    assert_eq!(pacer.budget().waiting, 1);
    clock.advance(hold());
    settle().await;
    assert!(calls[2].is_finished());
}

#[tokio::test]
async fn a_granted_slot_whose_caller_was_cancelled_goes_to_the_next() {
    let (pacer, clock) = manual(limits(2));
    answered(&pacer).await;
    answered(&pacer).await;
    let mut first = Box::pin(pacer.acquire(Interactive, None));
    let mut second = Box::pin(pacer.acquire(Interactive, None));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    let third = call(&pacer, Interactive);
    settle().await;
    clock.advance(hold());
    // The leader watches the time for the second call too, which is cancelled now.
    let Poll::Ready(Ok(mut granted)) = futures::poll!(&mut first) else {
        panic!("the first call has no slot");
    };
    granted.sent();
    settle().await;
    assert!(!third.is_finished());
    drop(second);
    settle().await;
    assert!(third.is_finished());
}

#[tokio::test]
async fn a_request_that_is_abandoned_counts_from_then_on() {
    let (pacer, clock) = manual(limits(1));
    let mut abandoned = pacer.acquire(Interactive, None).await.unwrap();
    abandoned.sent();
    clock.advance(5 * SECOND);
    drop(abandoned);
    let next = call(&pacer, Interactive);
    settle().await;
    clock.advance(shortly_before(SECOND));
    settle().await;
    assert!(!next.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(next.is_finished());
}

#[tokio::test]
async fn a_call_without_enough_time_fails_immediately_with_the_length_of_the_wait() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let deadline = Some(clock.now().deadline(10 * SECOND));
    let no_room = pacer.acquire(Interactive, deadline).await.unwrap_err();
    assert_eq!((no_room.wait, &*no_room.because_of), (hold(), "rate"));
    assert_eq!(pacer.budget().waiting, 0);
    let enough = Some(clock.now().deadline(2 * hold()));
    let (one, other) = (
        call(&pacer, Interactive),
        pacer.acquire(Interactive, enough),
    );
    settle().await;
    assert!(!one.is_finished());
    drop(other);
    // A call behind the waiting one would be sent two windows from now.
    let no_room = pacer
        .acquire(Interactive, Some(clock.now().deadline(hold())))
        .await;
    assert_eq!(no_room.unwrap_err().wait, 2 * hold());
}

#[tokio::test]
async fn a_bulk_call_that_is_overtaken_until_its_deadline_fails() {
    let (pacer, clock) = manual(limits(1));
    answered(&pacer).await;
    let deadline = clock.now().deadline(hold() + SECOND);
    let bulk = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.acquire(Bulk, Some(deadline)).await.map(drop) }
    });
    settle().await;
    let interactive = call(&pacer, Interactive);
    settle().await;
    clock.advance(hold());
    settle().await;
    assert!(interactive.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(bulk.await.unwrap().is_err());
}

#[tokio::test]
async fn a_pause_of_the_service_holds_all_calls_back_until_it_ends() {
    let (pacer, clock) = manual(limits(5));
    pacer.pause(30 * SECOND);
    assert_eq!(pacer.budget().paused_for, Some(30 * SECOND));
    let calls = [call(&pacer, Interactive), call(&pacer, Bulk)];
    settle().await;
    // A shorter pause does not end it.
    pacer.pause(SECOND);
    clock.advance(29 * SECOND);
    settle().await;
    assert!(calls.iter().all(|call| !call.is_finished()));
    clock.advance(SECOND);
    settle().await;
    assert!(calls.iter().all(JoinHandle::is_finished));
    assert_eq!(pacer.budget().paused_for, None);
}

#[tokio::test]
async fn a_spent_bandwidth_holds_requests_back_until_its_bytes_expire() {
    let limit = Limit::bytes("bandwidth", Scope::Tenant, 1000, MINUTE);
    let (pacer, clock) = manual(Limits::none().with(limit));
    answered(&pacer).await;
    pacer.debit(999);
    answered(&pacer).await;
    pacer.debit(500);
    assert_eq!(pacer.budget().limits[0].left, 0);
    let next = call(&pacer, Interactive);
    settle().await;
    clock.advance(shortly_before(SECOND));
    settle().await;
    assert!(!next.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(next.is_finished());
}

#[tokio::test]
async fn the_budget_shows_what_is_left_and_when_it_grows() {
    let (pacer, clock) = manual(limits(3));
    answered(&pacer).await;
    clock.advance(10 * SECOND);
    let in_flight = pacer.acquire(Interactive, None).await.unwrap();
    let budget = pacer.budget();
    let [rate] = &budget.limits[..] else {
        panic!("{budget:?}")
    };
    assert_eq!((rate.limit.name(), rate.left), ("rate", 1));
    assert_eq!(rate.more_in, Some(shortly_before(10 * SECOND)));
    drop(in_flight);
}

#[tokio::test]
async fn an_observer_is_notified_of_each_wait_and_pause() {
    let log = Arc::new(Log::default());
    let clock = ManualClock::new();
    let builder = Pacer::builder(limits(1)).clock(Arc::new(clock));
    let pacer = builder.observer(log.clone()).build();
    answered(&pacer).await;
    let _first = call(&pacer, Interactive);
    settle().await;
    let _second = call(&pacer, Bulk);
    settle().await;
    pacer.pause(SECOND);
    let expected = [
        "rate 60.06s 0 Interactive",
        "rate 120.12s 1 Bulk",
        "paused 1s",
    ];
    assert_eq!(log.all(), expected);
}

#[tokio::test]
async fn a_pause_holds_calls_back_that_have_no_limits() {
    let (pacer, clock) = manual(Limits::none());
    answered(&pacer).await;
    pacer.pause(SECOND);
    assert!(pacer.try_acquire().is_none());
    let waiting = call(&pacer, Interactive);
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(waiting.is_finished());
    assert!(pacer.try_acquire().is_some());
}

#[tokio::test]
async fn without_limits_no_call_waits() {
    let pacer = Pacer::new(Limits::none());
    for _ in 0..10_000 {
        answered(&pacer).await;
    }
    assert!(pacer.budget().limits.is_empty());
}

#[tokio::test]
async fn a_shorter_pause_does_not_end_a_longer_one() {
    let (pacer, _) = manual(limits(1));
    pacer.pause(30 * SECOND);
    pacer.pause(SECOND);
    assert_eq!(pacer.budget().paused_for, Some(30 * SECOND));
}

#[tokio::test]
async fn a_call_that_is_still_queued_at_its_deadline_fails_then() {
    let (pacer, clock) = manual(limits(1));
    let _in_flight = pacer.acquire(Interactive, None).await.unwrap();
    let _ahead = call(&pacer, Interactive);
    settle().await;
    let deadline = Some(clock.now().deadline(3 * MINUTE));
    let waiting = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.acquire(Bulk, deadline).await }
    });
    settle().await;
    for _ in 0..3 {
        assert!(!waiting.is_finished());
        clock.advance(MINUTE);
        settle().await;
    }
    assert!(waiting.is_finished(), "its time is over");
    let no_room = waiting.await.unwrap().unwrap_err();
    assert_eq!(no_room.because_of, "the calls ahead of it");
}
