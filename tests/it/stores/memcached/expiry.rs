//! Expiry, eviction and restarts.

use std::time::Instant;

use super::*;

/// Returns the remaining seconds of `put` on the server, and the seconds that the test
/// itself has taken.
async fn seconds_left(server: &Server, put: TokenRecord, clock: &ManualClock) -> (u64, u64) {
    let store = store(server).clock(Arc::new(clock.clone()));
    let key = key("client");
    let begun = Instant::now();
    let found = store.read(&key).await.unwrap().map(|found| found.revision);
    assert!(store.replace(&key, found, put).await.unwrap());
    let left = Wire::to(server).seconds_left(&store.name(&key));
    assert!(store.read(&key).await.unwrap().is_some());
    (left, begun.elapsed().as_secs() + 1)
}

#[tokio::test]
async fn a_record_is_deleted_soon_after_its_token_expires_and_not_before() {
    let server = Server::memcached(&[]);
    let day = 24 * 3600 * SECOND;
    for (lifetime, passed, expected) in [
        (3599 * SECOND, Duration::ZERO, 3599),
        (3599 * SECOND, 3499 * SECOND, 100),
        (3599 * SECOND + SECOND / 2, Duration::ZERO, 3600),
        // Not a date of 1970: the server interprets a greater number as a date.
        (30 * day, Duration::ZERO, 30 * 24 * 3600 - 1),
        (60 * day, Duration::ZERO, 30 * 24 * 3600 - 1),
    ] {
        let clock = ManualClock::new();
        let mut put = record("token");
        put.requested_at = clock.now().wall;
        put.lifetime = lifetime;
        clock.advance(passed);
        let (left, since) = seconds_left(&server, put, &clock).await;
        // The server's own clock ticks once a second.
        assert!(left <= expected + 1, "{left} of {expected}");
        assert!(left + since > expected, "{left} of {expected}");
    }
}

#[tokio::test]
async fn an_expired_token_is_not_stored_forever() {
    let server = Server::memcached(&[]);
    let (store, clock) = with_clock(&server);
    let put = record("token");
    clock.advance(2 * put.lifetime);
    let done = store.replace(&key("client"), None, put).await;
    assert!(done.unwrap());
    let response = Wire::to(&server).execute(&format!("mg {} t", store.name(&key("client"))));
    assert!(
        ["EN", "HD t0", "HD t1", "HD t2"].contains(&&*response),
        "{response}"
    );
}

#[tokio::test]
async fn a_lock_expires_after_its_lease_and_not_before() {
    let server = Server::memcached(&[]);
    for (lease, expected) in [(10 * SECOND, 10), (SECOND / 2, 1)] {
        let (store, _clock) = with_clock(&server);
        let store = store.lease(lease);
        let begun = Instant::now();
        let held = store.lock(&key("client")).await.unwrap();
        let name = format!("{}:lock", store.name(&key("client")));
        let response = Wire::to(&server).execute(&format!("mg {name} t"));
        let since = begun.elapsed().as_secs() + 1;
        // The value is deleted when it has expired.
        let left = response.strip_prefix("HD t").unwrap_or("0").parse::<u64>();
        let left = left.unwrap();
        assert!(left <= expected + 1, "{left} of {expected}");
        assert!(left + since > expected, "{left} of {expected}");
        held.release().await;
        assert_eq!(Wire::to(&server).execute(&format!("mg {name} t")), "EN");
    }
}

#[tokio::test]
async fn an_evicted_record_is_missing_and_can_be_written_again() {
    let server = Server::memcached(&["-m", "2"]);
    let store = store(&server);
    let key = key("client");
    let put = store.replace(&key, None, record("evicted")).await;
    assert!(put.unwrap());
    let mut wire = Wire::to(&server);
    let revision = store.read(&key).await.unwrap().unwrap().revision;
    let name = store.name(&key);
    let like = wire.get(&name).unwrap();
    // Read without marking the value as recently used.
    let exists = |wire: &mut Wire| wire.execute(&format!("me {name}")) != "EN";
    let mut count = 0;
    while exists(&mut wire) {
        for _ in 0..100 {
            wire.set(&format!("filler:{count}:{}", "x".repeat(64)), &like);
            count += 1;
        }
        assert!(count < 1_000_000, "it is evicted");
    }
    assert_eq!(token(&store, &key).await, None);
    for done in [
        store.replace(&key, Some(revision), record("stale")).await,
        store.delete(&key, revision).await,
    ] {
        assert!(!done.unwrap(), "the record is evicted");
    }
    let put = store.replace(&key, None, record("again")).await;
    assert!(put.unwrap());
    assert_eq!(token(&store, &key).await.as_deref(), Some("again"));
}

#[tokio::test]
async fn a_flushed_server_has_no_records_and_accepts_new_ones() {
    let server = Server::memcached(&[]);
    let store = store(&server);
    let key = key("client");
    let put = store.replace(&key, None, record("old")).await;
    assert!(put.unwrap());
    let lease = store.lock(&key).await.unwrap();
    assert_eq!(Wire::to(&server).execute("flush_all"), "OK");
    assert_eq!(token(&store, &key).await, None);
    // The lock is lost too: one next caller gets it, and only one.
    let next = store.lock(&key).await.unwrap();
    lease.release().await;
    assert!(polled(store.lock(&key), 20).await.is_none());
    next.release().await;
    let put = store.replace(&key, None, record("new")).await;
    assert!(put.unwrap());
    assert_eq!(token(&store, &key).await.as_deref(), Some("new"));
}
