//! Calls that their callers give up.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::*;

/// Polls `future` so many times, as often as it is woken, and drops it: at once,
/// or when it would be polled the next time. Gives what came of it until then.
async fn given_up<T>(future: impl Future<Output = T>, polls: usize, woken: bool) -> Option<T> {
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

/// What a caller may be in the middle of.
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
        // With a connection that is open, and with none yet.
        for open in [true, false] {
            for woken in [false, true] {
                for polls in 0.. {
                    let store = redis.store();
                    if open {
                        assert_eq!(token(&store, &other).await.as_deref(), Some("other"));
                    }
                    // There is something to read and to delete.
                    if token(&redis.store(), &one).await.is_none() {
                        put(&redis.store(), &one, "one").await;
                    }
                    let done = given_up(call(&store, name, &one), polls, woken).await;
                    let found = token(&store, &other).await;
                    assert_eq!(found.as_deref(), Some("other"), "{name}, poll {polls}");
                    let found = token(&store, &one).await;
                    assert!(
                        found.is_none_or(|found| found == "one"),
                        "{name}, poll {polls}"
                    );
                    if done.is_some() {
                        assert!(polls > 1, "it was given up in the middle");
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
    let given_up = tokio::spawn({
        let store = store.clone();
        async move { store.read(&key("one")).await }
    });
    // Somebody who began before is still answered there.
    let waits = tokio::spawn({
        let store = store.clone();
        async move { token(&store, &key("one")).await }
    });
    proxy.held(1).await;
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    proxy.release();
    assert_eq!(token(&store, &key("other")).await.as_deref(), Some("other"));
    assert_eq!(proxy.accepted(), 2);
    assert_eq!(waits.await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn a_lock_whose_acquisition_is_cancelled_is_released() {
    let redis = Redis::start(&[]);
    for polls in 0.. {
        // It would not run out while the next one waits.
        let store = redis.store().lease(Duration::from_secs(3600));
        let taken = given_up(store.lock(&key("a")), polls, false).await;
        let done = taken.is_some();
        drop(taken);
        let lease = redis.store().lock(&key("a")).await.unwrap();
        lease.release().await;
        if done {
            break;
        }
    }
}
