//! Concurrent writers, and a restarted server that reuses check-and-set numbers.

use perspio_auth::store::KeyValueServer;

use super::*;

/// Runs the complete swap of `other` after each step of `one`, and asserts that exactly one
/// of them succeeds.
async fn race(old: Option<&[u8]>, new: [Option<&[u8]>; 2]) {
    let server = Server::memcached(&[]);
    let (one, other) = (memcached(&server), memcached(&server));
    let mut wire = Wire::to(&server);
    let mut times = 0;
    let mut won = [false; 2];
    loop {
        wire.execute("md name");
        if let Some(old) = old {
            wire.set("name", old);
        }
        let mut first = one.swap("name", old, new[0].map(value));
        let begun = polled(&mut first, times).await;
        let second = other.swap("name", old, new[1].map(value)).await.unwrap();
        let ended = begun.is_some();
        let first = match begun {
            Some(done) => done.unwrap(),
            None => first.await.unwrap(),
        };
        assert!(first != second, "one of them wins, after {times} polls");
        let winner = if first { new[0] } else { new[1] };
        assert_eq!(wire.get("name").as_deref(), winner, "after {times} polls");
        won = [won[0] || first, won[1] || second];
        if ended {
            break;
        }
        times += 1;
        assert!(times < 1000, "it ends");
    }
    assert_eq!(won, [true; 2], "it came to both orders");
}

#[tokio::test]
async fn one_of_two_concurrent_replacements_succeeds() {
    race(Some(b"old"), [Some(b"one"), Some(b"other")]).await;
}

#[tokio::test]
async fn one_of_two_concurrent_additions_succeeds() {
    race(None, [Some(b"one"), Some(b"other")]).await;
}

#[tokio::test]
async fn either_a_concurrent_deletion_or_replacement_succeeds() {
    race(Some(b"old"), [None, Some(b"other")]).await;
    race(Some(b"old"), [Some(b"one"), None]).await;
}

#[tokio::test]
async fn one_of_many_writers_of_a_revision_succeeds() {
    let server = Server::memcached(&[]);
    let stores: Vec<_> = (0..8).map(|_| store(&server)).collect();
    let key = key("client");
    let mut expected = None;
    for round in 0..20 {
        let replacements = stores
            .iter()
            .map(|store| store.replace(&key, expected, record("new")));
        let done = futures::future::join_all(replacements).await;
        let winners = done.into_iter().filter(|done| *done.as_ref().unwrap());
        assert_eq!(winners.count(), 1, "{round}");
        expected = stores[0].read(&key).await.unwrap().map(|it| it.revision);
    }
}

#[tokio::test]
async fn a_cas_number_reused_after_a_restart_matches_no_old_revision() {
    // On one thread, responses arrive in the order of the requests.
    let mut server = Server::memcached(&["-t", "1"]);
    let (mut on_the_way, mut polls) = (0, 0);
    // A fast server may have completed everything after one poll.
    for _ in 0..400 {
        let client = memcached(&server);
        server.start_again();
        let put = client.swap("name", None, Some(value(b"old"))).await;
        assert_eq!(put, Ok(true));
        let mut wire = Wire::to(&server);
        let unique = wire.unique("name");
        let mut swap = client.swap("name", Some(b"old"), Some(value(b"stale")));
        let begun = polled(&mut swap, polls).await;
        let was_done = wire.get("name").unwrap() == b"stale";
        server.start_again();
        let mut wire = Wire::to(&server);
        wire.set("name", b"newer");
        assert_eq!(wire.unique("name"), unique, "the same number");
        if begun.is_some() {
            polls = 0;
            continue;
        }
        let done = swap.await;
        assert!(was_done || done != Ok(true), "after {polls} polls");
        let current = wire.get("name").unwrap();
        assert_eq!(current, b"newer", "after {polls} polls");
        on_the_way += usize::from(polls > 0);
        polls += 1;
        if on_the_way >= 20 {
            return;
        }
    }
    panic!("the server was started anew on the way only {on_the_way} times");
}

#[tokio::test]
async fn a_revision_of_an_earlier_server_matches_no_record_of_a_new_one() {
    let mut server = Server::memcached(&[]);
    let store = store(&server);
    let key = key("client");
    let put = store.replace(&key, None, record("old")).await;
    assert!(put.unwrap());
    let old = store.read(&key).await.unwrap().unwrap().revision;
    server.start_again();
    for done in [
        store.replace(&key, Some(old), record("stale")).await,
        store.delete(&key, old).await,
    ] {
        assert!(!done.unwrap(), "there is no record");
    }
    let put = store.replace(&key, None, record("newer")).await;
    assert!(put.unwrap());
    for done in [
        store.replace(&key, Some(old), record("stale")).await,
        store.delete(&key, old).await,
    ] {
        assert!(!done.unwrap(), "there is another revision");
    }
    assert_eq!(token(&store, &key).await.as_deref(), Some("newer"));
}
