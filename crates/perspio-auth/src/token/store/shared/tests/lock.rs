//! Locks on a server.

use super::*;

/// Lets all tasks do what they can.
async fn turns() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_has_lost_a_lock_does_not_free_that_of_the_next_and_asks_no_more_once_released() {
    let fixture = Fixture::new();
    let (late, next) = (fixture.store(), fixture.store());
    let lost = late.lock(&key("a")).await.unwrap();
    fixture.server.values.lock().unwrap().clear();
    let held = next.lock(&key("a")).await.unwrap();
    lost.release().await;
    assert_eq!(fixture.server.values.lock().unwrap().len(), 1);
    held.release().await;
    let calls = fixture.calls();
    for _ in 0..50 {
        fixture.clock().advance(SECOND);
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.calls(), calls);
}

#[tokio::test]
async fn a_lock_is_kept_while_its_holder_lives_and_runs_out_after() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.store(), fixture.store());
    let lease = one.lock(&key("a")).await.unwrap();
    let waits = tokio::spawn({
        let other = other.clone();
        async move { other.lock(&key("a")).await }
    });
    for _ in 0..30 {
        // In small steps, as time passes: the holder and the waiter act on each.
        fixture.clock().advance(SECOND);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert!(!waits.is_finished(), "the holder lives");
    // As a process dies: nothing is sent any more.
    std::mem::forget(lease);
    fixture.server.values.lock().unwrap().clear();
    fixture.clock().advance(SECOND);
    waits.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_whose_holder_has_died_is_free_after_its_lease() {
    let fixture = Fixture::new();
    let store = fixture.store().lease(5 * SECOND);
    {
        // A runtime that ends takes the holder along.
        let store = store.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let lease = runtime.block_on(store.lock(&key("a"))).unwrap();
            drop(runtime);
            drop(lease);
        })
        .join()
        .unwrap();
    }
    let waits = tokio::spawn({
        let store = store.clone();
        async move { store.lock(&key("a")).await.map(drop) }
    });
    fixture.clock().sleeps(1).await;
    fixture.clock().advance(4 * SECOND);
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!waits.is_finished());
    fixture.clock().advance(SECOND);
    waits.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_that_arrives_when_its_caller_has_given_up_is_freed() {
    use futures::FutureExt;
    let fixture = Fixture::new();
    let (store, key) = (fixture.store(), key("a"));
    fixture.server.late.store(1, Ordering::SeqCst);
    {
        let mut given_up = std::pin::pin!(store.lock(&key));
        while fixture.calls() == 0 {
            assert!((&mut given_up).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
    }
    turns().await;
    fixture.server.let_through.notify_one();
    turns().await;
    assert!(fixture.server.values.lock().unwrap().is_empty());
    store.lock(&key).await.unwrap().release().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lock_whose_caller_gave_up_before_its_request_began_is_freed_behind_it() {
    use futures::FutureExt;
    let fixture = Fixture::new();
    let store = fixture.store();
    // On a worker, which begins with what it has spawned last.
    let given_up = tokio::spawn(async move {
        assert!(store.lock(&key("a")).now_or_never().is_none());
        turns().await;
    });
    given_up.await.unwrap();
    assert!(fixture.server.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_lock_that_arrives_when_the_server_was_given_up_on_is_freed() {
    let fixture = Fixture::new();
    let store = fixture.store();
    fixture.server.late.store(1, Ordering::SeqCst);
    let asked = tokio::spawn(async move { store.lock(&key("a")).await.map(drop) });
    fixture.clock().sleeps(1).await;
    fixture.clock().advance(2 * SECOND);
    asked.await.unwrap().unwrap_err();
    for _ in 0..3 {
        turns().await;
        fixture.clock().advance(SECOND);
    }
    // Later than the first request that would free it.
    fixture.server.let_through.notify_one();
    turns().await;
    assert_eq!(fixture.server.values.lock().unwrap().len(), 1);
    for _ in 0..4 {
        fixture.clock().advance(SECOND);
        turns().await;
    }
    assert!(fixture.server.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_lock_that_cannot_be_freed_while_the_server_is_away_is_freed_when_it_is_back() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let lease = store.lock(&key("a")).await.unwrap();
    fixture.server.hangs.store(true, Ordering::SeqCst);
    let released = tokio::spawn(lease.release());
    turns().await;
    fixture.clock().advance(2 * SECOND);
    released.await.unwrap();
    fixture.server.hangs.store(false, Ordering::SeqCst);
    turns().await;
    fixture.clock().advance(SECOND);
    turns().await;
    assert!(fixture.server.values.lock().unwrap().is_empty());
    let calls = fixture.calls();
    for _ in 0..100 {
        fixture.clock().advance(SECOND);
        turns().await;
    }
    assert_eq!(fixture.calls(), calls, "once it is free, nobody asks");
}

#[tokio::test]
async fn a_lock_that_was_never_sent_for_is_not_freed() {
    let fixture = Fixture::new();
    let (store, held) = (fixture.store(), fixture.store());
    fixture.server.hangs.store(true, Ordering::SeqCst);
    let asked = tokio::spawn({
        let store = store.clone();
        async move { store.read(&key("a")).await.map(drop) }
    });
    fixture.clock().sleeps(1).await;
    fixture.clock().advance(2 * SECOND);
    asked.await.unwrap().unwrap_err();
    fixture.server.hangs.store(false, Ordering::SeqCst);
    let calls = fixture.calls();
    store.lock(&key("a")).await.unwrap_err();
    for _ in 0..100 {
        fixture.clock().advance(SECOND);
        turns().await;
    }
    assert_eq!(fixture.calls(), calls);
    held.lock(&key("a")).await.unwrap().release().await;
}

#[tokio::test]
async fn a_lock_is_freed_behind_a_request_that_keeps_it() {
    let fixture = Fixture::new();
    let lease = fixture.store().lock(&key("a")).await.unwrap();
    fixture.server.late.store(1, Ordering::SeqCst);
    fixture.clock().sleeps(1).await;
    fixture.clock().advance(LEASE / 3);
    turns().await;
    let released = tokio::spawn(lease.release());
    turns().await;
    assert!(!released.is_finished());
    fixture.server.let_through.notify_one();
    released.await.unwrap();
    assert!(fixture.server.values.lock().unwrap().is_empty());
}
