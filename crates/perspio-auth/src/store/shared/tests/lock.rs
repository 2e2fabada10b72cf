//! Locks on a server.

use super::*;

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
    let store = fixture.store().with_lease(5 * SECOND);
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
    let turns = || async {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    };
    turns().await;
    fixture.server.let_through.notify_one();
    turns().await;
    assert!(fixture.server.values.lock().unwrap().is_empty());
    store.lock(&key).await.unwrap().release().await;
}
