//! A server that is unavailable, and comes back.

use super::*;

/// Acquires a slot, which must be granted without waiting.
async fn granted_slot(pacer: &Pacer) -> Slot {
    let call = call(pacer, Interactive);
    settle().await;
    assert!(call.is_finished());
    call.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_hanging_server_delays_one_call_and_is_retried_in_the_background() {
    let (pacer, clock, server) = shared(1000, 1);
    let _hangs = server.gate.lock().await;
    let waiting = call(&pacer, Interactive);
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(2 * SECOND);
    settle().await;
    assert!(waiting.is_finished());
    assert_eq!(server.received().len(), 1);
    let mut asked = Vec::new();
    for second in 3..140 {
        clock.advance(SECOND);
        granted_slot(&pacer).await.answered();
        settle().await;
        asked.extend(server.received().iter().map(|_| second));
    }
    assert_eq!(asked, [4, 10, 20, 38, 70, 102, 134]);
}

#[tokio::test]
async fn a_server_that_is_back_receives_all_slots_before_it_grants_any() {
    let (pacer, clock, server) = shared(20, 4);
    granted_slot(&pacer).await.answered();
    let begun = granted_slot(&pacer).await;
    settle().await;
    let before: Vec<_> = server
        .received()
        .into_iter()
        .flat_map(|it| it.requested)
        .collect();
    server.replies(Err("connection refused".to_owned()));
    clock.advance(SECOND);
    let at = clock.now().monotonic;
    granted_slot(&pacer).await.answered();
    let in_flight = granted_slot(&pacer).await;
    let undelivered = server.received()[0].requested.clone();
    clock.advance(2 * SECOND);
    settle().await;
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(
        (received[0].taken.len(), received[0].taken[0]),
        (2, before[1])
    );
    let answered = &received[0].answered;
    assert_eq!((answered.len(), answered[0].number), (2, before[0]));
    assert_eq!(answered[1].at, at);
    assert_eq!(received[0].given_back, undelivered);
    assert!(received[0].requested.is_empty());
    // The other processes may not have reported yet.
    clock.advance((4 * SECOND).saturating_sub(Duration::from_nanos(1)));
    let own = granted_slot(&pacer).await;
    let received = server.received();
    assert_eq!(
        (received[0].taken.len(), received[0].requested.len()),
        (1, 0)
    );
    clock.advance(Duration::from_nanos(1));
    drop(granted_slot(&pacer).await);
    assert_eq!(server.received()[0].requested.len(), 1);
    drop((begun, in_flight, own));
}

#[tokio::test]
async fn a_wait_for_the_own_part_ends_when_the_server_is_used_again() {
    let (pacer, clock, server) = shared(4, 4);
    server.replies(Err("connection refused".to_owned()));
    granted_slot(&pacer).await.answered();
    clock.advance(2 * SECOND);
    settle().await;
    let soon = Some(clock.now().deadline(5 * SECOND));
    let call = tokio::spawn(async move { pacer.acquire(Interactive, soon).await });
    settle().await;
    assert!(!call.is_finished());
    clock.advance(4 * SECOND);
    settle().await;
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_dropped_pacer_is_freed_although_its_server_is_unavailable() {
    let (pacer, _, server) = shared(20, 4);
    server.replies(Err("connection refused".to_owned()));
    granted_slot(&pacer).await.answered();
    settle().await;
    let left = Arc::downgrade(&pacer.inner);
    drop(pacer);
    assert!(left.upgrade().is_none());
}
