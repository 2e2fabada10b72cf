//! Locks on a server.

use super::*;

/// Lets all tasks make progress.
async fn turns() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_lost_lock_is_neither_released_for_its_next_holder_nor_extended() {
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
async fn a_lock_is_extended_while_its_holder_lives() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.store(), fixture.store());
    let lease = one.lock(&key("a")).await.unwrap();
    let waits = tokio::spawn({
        let other = other.clone();
        async move { other.lock(&key("a")).await }
    });
    for _ in 0..30 {
        // In small steps, so that the holder and the waiter act on each.
        fixture.clock().advance(SECOND);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert!(!waits.is_finished(), "the holder lives");
    // As in a process that dies: nothing more is sent.
    std::mem::forget(lease);
    fixture.server.values.lock().unwrap().clear();
    fixture.clock().advance(SECOND);
    waits.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_of_a_dead_holder_expires_after_its_lease() {
    let fixture = Fixture::new();
    let store = fixture.store().lease(5 * SECOND);
    {
        // The holder is dropped with its runtime.
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
async fn a_lock_acquired_after_its_caller_was_cancelled_is_released() {
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
async fn a_lock_cancelled_before_its_request_started_is_released_after_it() {
    use futures::FutureExt;
    let fixture = Fixture::new();
    let store = fixture.store();
    // On a worker thread, which first runs the task that it spawned last.
    let given_up = tokio::spawn(async move {
        assert!(store.lock(&key("a")).now_or_never().is_none());
        turns().await;
    });
    given_up.await.unwrap();
    assert!(fixture.server.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_lock_acquired_after_its_request_timed_out_is_released() {
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
    // After the first request that releases the lock.
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
async fn a_lock_is_released_when_an_unavailable_server_is_available_again() {
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
    assert_eq!(
        fixture.calls(),
        calls,
        "no request is sent once it is released"
    );
}

#[tokio::test]
async fn a_lock_that_was_never_requested_is_not_released() {
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
async fn a_lock_is_released_after_a_pending_extension() {
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
