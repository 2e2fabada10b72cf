//! Calls that are cancelled at each point. (memcache-async 0.10 then returned the token of
//! the cancelled call to the next caller.)

use perspio_auth::store::{KeyValueServer, ServerError};

use super::*;

/// A length that is received in many pieces.
const LENGTH: usize = 300_000;

fn letters(letter: u8) -> Vec<u8> {
    vec![letter; LENGTH]
}

/// The number of calls that are cancelled after they were sent.
const CANCELLED: usize = 20;

/// The time limit: a caller whose reply another call has received would wait forever.
const LONGEST: Duration = Duration::from_secs(120);

/// Cancels `call` after one poll, two polls and so on until it completes, and reads the other
/// values after each.
async fn cancel<T, F>(server: &Server, call: impl Fn(Arc<Memcached>) -> F)
where
    F: Future<Output = Result<T, ServerError>>,
{
    let tried = tokio::time::timeout(LONGEST, cancel_repeatedly(server, call));
    tried.await.expect("every call completes");
}

async fn cancel_repeatedly<T, F>(server: &Server, call: impl Fn(Arc<Memcached>) -> F)
where
    F: Future<Output = Result<T, ServerError>>,
{
    let client = Arc::new(memcached(server));
    let mut wire = Wire::to(server);
    wire.set("other", &letters(b'o'));
    let (mut cancelled, mut polls) = (0, 0);
    for _ in 0..10_000 {
        wire.set("own", &letters(b'1'));
        wire.execute("md new");
        let done = polled(call(client.clone()), polls).await;
        for _ in 0..3 {
            let other = client.get("other").await.unwrap().unwrap();
            assert!(other == letters(b'o'), "after {polls} polls");
            assert_eq!(client.get("none").await, Ok(None), "after {polls} polls");
        }
        let own = client.get("own").await.unwrap();
        let whole = [None, Some(letters(b'1')), Some(letters(b'2'))];
        assert!(whole.contains(&own), "after {polls} polls");
        if let Some(done) = done {
            done.unwrap_or_else(|error| panic!("{error:?}"));
            polls = 0;
        } else {
            cancelled += usize::from(polls > 0);
            polls += 1;
        }
        if cancelled >= CANCELLED && polls == 0 {
            return;
        }
    }
    panic!("only {cancelled} calls were cancelled after they were sent");
}

#[tokio::test]
async fn a_cancelled_get_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cancel(&server, |client| async move { client.get("own").await }).await;
}

#[tokio::test]
async fn a_cancelled_replacement_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cancel(&server, |client| async move {
        let (old, new) = (letters(b'1'), letters(b'2'));
        client.swap("own", Some(&old), Some(value(&new))).await
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_addition_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cancel(&server, |client| async move {
        let new = letters(b'2');
        client.swap("new", None, Some(value(&new))).await
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_deletion_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cancel(&server, |client| async move {
        let old = letters(b'1');
        client.swap("own", Some(&old), None).await
    })
    .await;
}

#[tokio::test]
async fn a_read_after_a_cancelled_call_returns_its_own_record() {
    let server = Server::memcached(&[]);
    let store = store(&server);
    for tenant in ["one", "other"] {
        let done = store.replace(&key(tenant), None, record(tenant)).await;
        assert!(done.unwrap());
    }
    for times in 0..10 {
        drop(polled(store.read(&key("one")), times).await);
        let found = token(&store, &key("other")).await;
        assert_eq!(found.as_deref(), Some("other"), "after {times} polls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_whose_acquisition_is_cancelled_is_released() {
    let server = Server::memcached(&[]);
    for round in 0..200 {
        // The lock would not expire while the next caller waits.
        let store = store(&server).lease(3600 * SECOND);
        let polls = round % 10;
        // On a worker thread, which first runs the task that it spawned last.
        let cancelled = tokio::spawn({
            let store = store.clone();
            async move { drop(polled(store.lock(&key("client")), polls).await) }
        });
        cancelled.await.unwrap();
        let next = tokio::time::timeout(LONGEST, store.lock(&key("client"))).await;
        let next = next.unwrap_or_else(|_| panic!("after {polls} polls"));
        next.unwrap().release().await;
    }
}
