//! Cancelled calls.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::*;

/// Polls `future` at most `polls` times and drops it: immediately, or, if `woken`, when it is
/// woken the next time. Returns its output if it was ready.
async fn cancelled<T>(future: impl Future<Output = T>, polls: usize, woken: bool) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if left == 0 && !woken => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The operations that are cancelled.
const CALLS: [&str; 4] = ["read", "replace", "delete", "lock"];

async fn call(store: &RedisStore, call: &str, key: &TokenKey) {
    let revision = || async { store.read(key).await.unwrap().map(|found| found.revision) };
    match call {
        "read" => drop(store.read(key).await.unwrap()),
        "replace" => {
            let expected = revision().await;
            store.replace(key, expected, record("one")).await.unwrap();
        }
        "delete" => {
            if let Some(expected) = revision().await {
                store.delete(key, expected).await.unwrap();
            }
        }
        _ => store.lock(key).await.unwrap().release().await,
    }
}

#[tokio::test]
async fn the_reply_of_a_cancelled_call_reaches_no_other_call() {
    let redis = Redis::start(&[]);
    let (one, other) = (key("one"), key("other"));
    put(&redis.store(), &other, "other").await;
    for name in CALLS {
        // With an open connection, and without one.
        for open in [true, false] {
            for woken in [false, true] {
                for polls in 0.. {
                    let store = redis.store();
                    if open {
                        assert_eq!(token(&store, &other).await.as_deref(), Some("other"));
                    }
                    // There is a record to read and to delete.
                    if token(&redis.store(), &one).await.is_none() {
                        put(&redis.store(), &one, "one").await;
                    }
                    let done = cancelled(call(&store, name, &one), polls, woken).await;
                    let found = token(&store, &other).await;
                    assert_eq!(found.as_deref(), Some("other"), "{name}, poll {polls}");
                    let found = token(&store, &one).await;
                    assert!(
                        found.is_none_or(|found| found == "one"),
                        "{name}, poll {polls}"
                    );
                    if done.is_some() {
                        assert!(polls > 1, "it was cancelled before it was ready");
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_connection_with_an_outstanding_reply_takes_no_new_call() {
    let redis = Redis::start(&[]);
    let (proxy, store, _) = redis.proxied().await;
    put(&store, &key("one"), "one").await;
    put(&store, &key("other"), "other").await;
    assert_eq!(proxy.accepted(), 1);
    proxy.hold();
    let cancelled = tokio::spawn({
        let store = store.clone();
        async move { store.read(&key("one")).await }
    });
    // A call that has started earlier still gets its reply.
    let waits = tokio::spawn({
        let store = store.clone();
        async move { token(&store, &key("one")).await }
    });
    proxy.held(1).await;
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    proxy.release();
    assert_eq!(token(&store, &key("other")).await.as_deref(), Some("other"));
    assert_eq!(proxy.accepted(), 2);
    assert_eq!(waits.await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn a_lock_whose_acquisition_is_cancelled_is_released() {
    let redis = Redis::start(&[]);
    for polls in 0.. {
        // The lock would not expire while the next caller waits.
        let store = redis.store().lease(Duration::from_secs(3600));
        let taken = cancelled(store.lock(&key("a")), polls, false).await;
        let done = taken.is_some();
        drop(taken);
        let lease = redis.store().lock(&key("a")).await.unwrap();
        lease.release().await;
        if done {
            break;
        }
    }
}
