//! Calls that are given up at each point. (memcache-async 0.10 was seen to give
//! the next caller the other one's token then.)

use perspio_auth::store::{KeyValueServer, ServerError};

use super::*;

/// So long that it comes in many pieces.
const LENGTH: usize = 300_000;

fn letters(letter: u8) -> Vec<u8> {
    vec![letter; LENGTH]
}

/// How many calls are given up on their way. A quick server's are done before.
const GIVEN_UP: usize = 20;

/// Who waits for an answer that another call has taken waits for ever.
const LONGEST: Duration = Duration::from_secs(120);

/// Gives `call` up after one poll, two polls and so on until it is done in
/// time, and reads the other values after each.
async fn cut_off<T, F>(server: &Server, call: impl Fn(Arc<Memcached>) -> F)
where
    F: Future<Output = Result<T, ServerError>>,
{
    let tried = tokio::time::timeout(LONGEST, cut_off_again_and_again(server, call));
    tried.await.expect("every call is answered");
}

async fn cut_off_again_and_again<T, F>(server: &Server, call: impl Fn(Arc<Memcached>) -> F)
where
    F: Future<Output = Result<T, ServerError>>,
{
    let client = Arc::new(memcached(server));
    let mut wire = Wire::to(server);
    wire.set("other", &letters(b'o'));
    let (mut given_up, mut polls) = (0, 0);
    for _ in 0..10_000 {
        wire.set("own", &letters(b'1'));
        wire.ask("md new");
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
            given_up += usize::from(polls > 0);
            polls += 1;
        }
        if given_up >= GIVEN_UP && polls == 0 {
            return;
        }
    }
    panic!("only {given_up} calls were given up on their way");
}

#[tokio::test]
async fn a_cancelled_get_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cut_off(&server, |client| async move { client.get("own").await }).await;
}

#[tokio::test]
async fn a_cancelled_replacement_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cut_off(&server, |client| async move {
        let (old, new) = (letters(b'1'), letters(b'2'));
        client.swap("own", Some(&old), Some(value(&new))).await
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_addition_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cut_off(&server, |client| async move {
        let new = letters(b'2');
        client.swap("new", None, Some(value(&new))).await
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_deletion_leaves_its_reply_to_no_other_call() {
    let server = Server::memcached(&[]);
    cut_off(&server, |client| async move {
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
        // It would not run out while the next one waits.
        let store = store(&server).lease(3600 * SECOND);
        let polls = round % 10;
        // On a worker, which begins with the task that was spawned last.
        let given_up = tokio::spawn({
            let store = store.clone();
            async move { drop(polled(store.lock(&key("client")), polls).await) }
        });
        given_up.await.unwrap();
        let next = tokio::time::timeout(LONGEST, store.lock(&key("client"))).await;
        let next = next.unwrap_or_else(|_| panic!("after {polls} polls"));
        next.unwrap().release().await;
    }
}
