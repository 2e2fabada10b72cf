//! Turns and times, by a clock that stands still until it is moved.

mod bytes;
mod schedule;
mod shared;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio_auth::clock::{Clock, ManualClock};
use tokio::task::JoinHandle;

use super::waiting::Slot;
use super::*;
use crate::options::Priority::{self, Bulk, Interactive};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// `most` requests a minute.
fn limits(most: u32) -> Limits {
    Limits::none().with(Limit::requests("rate", Scope::Application, most, MINUTE))
}

/// What a slot counts after its answer, with the margin for the server's clock.
fn hold() -> Duration {
    MINUTE + MINUTE / 1000
}

/// So long before a slot is free.
fn shortly_before(by: Duration) -> Duration {
    hold().saturating_sub(by)
}

fn pacer(most: u32) -> (Pacer, ManualClock) {
    let clock = ManualClock::new();
    let builder = Pacer::builder(limits(most)).clock(Arc::new(clock.clone()));
    (builder.build(), clock)
}

/// Lets all tasks do what they can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// A call that waits for its turn.
fn call(pacer: &Pacer, priority: Priority) -> JoinHandle<Result<Slot, NoRoom>> {
    let pacer = pacer.clone();
    tokio::spawn(async move { pacer.admit(priority, None).await })
}

/// A request that is sent and answered at once.
async fn answered(pacer: &Pacer) {
    pacer.admit(Interactive, None).await.unwrap().answered();
}

#[tokio::test]
async fn as_many_as_allowed_go_at_once_and_the_next_one_window_after_the_answer() {
    let (pacer, clock) = pacer(2);
    let first = pacer.admit(Interactive, None).await.unwrap();
    let second = pacer.admit(Interactive, None).await.unwrap();
    let third = call(&pacer, Interactive);
    settle().await;
    clock.advance(10 * MINUTE);
    settle().await;
    assert!(!third.is_finished(), "both are still on their way");
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
async fn the_first_to_come_is_the_first_to_go() {
    let (pacer, clock) = pacer(1);
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
async fn who_comes_while_others_wait_goes_behind_them_even_if_there_is_room() {
    let (pacer, clock) = pacer(1);
    answered(&pacer).await;
    let waiting = call(&pacer, Interactive);
    settle().await;
    // There is room now, and nobody has been told yet.
    clock.advance(hold());
    let late = call(&pacer, Interactive);
    settle().await;
    assert!(waiting.is_finished() && !late.is_finished());
}

#[tokio::test]
async fn interactive_calls_go_before_bulk_ones() {
    let (pacer, clock) = pacer(1);
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
async fn who_stops_waiting_leaves_the_place_and_the_time_to_the_next() {
    let (pacer, clock) = pacer(1);
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
async fn a_turn_that_nobody_takes_is_given_to_the_next() {
    let (pacer, clock) = pacer(2);
    answered(&pacer).await;
    answered(&pacer).await;
    let mut first = Box::pin(pacer.admit(Interactive, None));
    let mut second = Box::pin(pacer.admit(Interactive, None));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    let third = call(&pacer, Interactive);
    settle().await;
    clock.advance(hold());
    // The first sees to the time, for the second too, who goes away just then.
    assert!(futures::poll!(&mut first).is_ready());
    settle().await;
    assert!(!third.is_finished());
    drop(second);
    settle().await;
    assert!(third.is_finished());
}

#[tokio::test]
async fn a_request_that_is_given_up_counts_from_then_on() {
    let (pacer, clock) = pacer(1);
    let given_up = pacer.admit(Interactive, None).await.unwrap();
    clock.advance(5 * SECOND);
    drop(given_up);
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
async fn a_wait_that_is_too_long_for_the_call_fails_at_once_and_says_how_long_it_is() {
    let (pacer, clock) = pacer(1);
    answered(&pacer).await;
    let deadline = Some(clock.now().deadline(10 * SECOND));
    let refused = pacer.admit(Interactive, deadline).await.unwrap_err();
    assert_eq!((refused.wait, &*refused.because_of), (hold(), "rate"));
    assert_eq!(pacer.budget().waiting, 0);
    let enough = Some(clock.now().deadline(2 * hold()));
    let (one, other) = (call(&pacer, Interactive), pacer.admit(Interactive, enough));
    settle().await;
    assert!(!one.is_finished());
    drop(other);
    // The second behind the one that waits would go two windows from now.
    let refused = pacer
        .admit(Interactive, Some(clock.now().deadline(hold())))
        .await;
    assert_eq!(refused.unwrap_err().wait, 2 * hold());
}

#[tokio::test]
async fn who_is_overtaken_until_the_time_is_over_is_told_so() {
    let (pacer, clock) = pacer(1);
    answered(&pacer).await;
    let deadline = clock.now().deadline(hold() + SECOND);
    let bulk = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.admit(Bulk, Some(deadline)).await.map(drop) }
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
async fn a_pause_of_the_service_holds_everybody_back_until_it_is_over() {
    let (pacer, clock) = pacer(5);
    pacer.pause(30 * SECOND);
    assert_eq!(pacer.budget().paused_for, Some(30 * SECOND));
    let calls = [call(&pacer, Interactive), call(&pacer, Bulk)];
    settle().await;
    // A shorter one, told later, does not end it.
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
async fn a_spent_bandwidth_holds_requests_back_until_its_bytes_are_a_window_old() {
    let clock = ManualClock::new();
    let limit = Limit::bytes("bandwidth", Scope::Tenant, 1000, MINUTE);
    let builder = Pacer::builder(Limits::none().with(limit));
    let pacer = builder.clock(Arc::new(clock.clone())).build();
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
async fn the_budget_says_what_is_left_and_when_there_is_more() {
    let (pacer, clock) = pacer(3);
    answered(&pacer).await;
    clock.advance(10 * SECOND);
    let on_its_way = pacer.admit(Interactive, None).await.unwrap();
    let budget = pacer.budget();
    let [rate] = &budget.limits[..] else {
        panic!("{budget:?}")
    };
    assert_eq!((rate.limit.name(), rate.left), ("rate", 1));
    assert_eq!(rate.more_in, Some(shortly_before(10 * SECOND)));
    drop(on_its_way);
}

#[tokio::test]
async fn an_observer_is_told_who_waits_for_what_and_how_long() {
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);
    impl PaceObserver for Told {
        fn on_wait(&self, wait: &Wait<'_>) {
            let Wait {
                because_of,
                at_least,
                ahead,
                priority,
                ..
            } = wait;
            let text = format!("{because_of} {at_least:?} {ahead} {priority:?}");
            self.0.lock().unwrap().push(text);
        }
        fn on_paused(&self, time: Duration) {
            self.0.lock().unwrap().push(format!("paused {time:?}"));
        }
    }
    let told = Arc::new(Told::default());
    let clock = ManualClock::new();
    let builder = Pacer::builder(limits(1)).clock(Arc::new(clock));
    let pacer = builder.observer(told.clone()).build();
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
    assert_eq!(*told.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn without_limits_nobody_waits() {
    let pacer = Pacer::new(Limits::none());
    for _ in 0..10_000 {
        answered(&pacer).await;
    }
    assert!(pacer.budget().limits.is_empty());
}

#[tokio::test]
async fn a_shorter_pause_does_not_end_a_longer_one() {
    let (pacer, _) = pacer(1);
    pacer.pause(30 * SECOND);
    pacer.pause(SECOND);
    assert_eq!(pacer.budget().paused_for, Some(30 * SECOND));
}

#[tokio::test]
async fn who_still_stands_behind_others_when_the_time_is_over_is_told_then() {
    let (pacer, clock) = pacer(1);
    let _on_its_way = pacer.admit(Interactive, None).await.unwrap();
    let _ahead = call(&pacer, Interactive);
    settle().await;
    let deadline = Some(clock.now().deadline(3 * MINUTE));
    let waiting = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.admit(Bulk, deadline).await }
    });
    settle().await;
    for _ in 0..3 {
        assert!(!waiting.is_finished());
        clock.advance(MINUTE);
        settle().await;
    }
    assert!(waiting.is_finished(), "it does not wait any longer");
    let refused = waiting.await.unwrap().unwrap_err();
    assert_eq!(refused.because_of, "the calls ahead of it");
}
