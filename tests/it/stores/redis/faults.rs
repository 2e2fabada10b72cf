//! Failures of the server and of the network.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Returns the error of a read.
async fn read_error(store: &RedisStore) -> String {
    store.read(&key("a")).await.unwrap_err().to_string()
}

/// Returns the error of a write.
async fn write_error(store: &RedisStore) -> String {
    let outcome = store.replace(&key("new"), None, record("new")).await;
    outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn a_connection_lost_in_a_reply_is_an_error_and_the_next_call_succeeds() {
    let redis = Redis::start(&[]);
    let (proxy, store, clock) = redis.proxied().await;
    put(&store, &key("a"), "a").await;
    let name = store.name(&key("a"));
    let value: Vec<u8> = redis.run(&["GET", &name]).await;
    let reply = format!("${}\r\n\r\n", value.len()).len() + value.len();
    for bytes in (0..reply).step_by(7).chain([reply - 1]) {
        proxy.cut_after(bytes);
        let error = read_error(&store).await;
        let cut = if bytes == 0 {
            "was lost"
        } else {
            "is incomplete"
        };
        assert!(error.contains(cut), "{bytes}: {error}");
        assert!(error.contains(&proxy.address().to_string()), "{error}");
        clock.advance(SECOND);
        assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    }
}

#[tokio::test]
async fn a_write_on_a_lost_connection_leaves_a_readable_record() {
    let redis = Redis::start(&[]);
    let (proxy, store, clock) = redis.proxied().await;
    assert!(store.read(&key("a")).await.unwrap().is_none());
    proxy.cut_after(0);
    store
        .replace(&key("a"), None, record("a"))
        .await
        .unwrap_err();
    clock.advance(SECOND);
    assert_eq!(
        token(&store, &key("a")).await.as_deref(),
        Some("a"),
        "the server has applied it before its reply was lost"
    );
}

#[tokio::test]
async fn a_slow_server_is_a_timeout_error_and_opens_the_circuit() {
    let redis = Redis::start(&[]);
    let (proxy, store, clock) = redis.proxied().await;
    put(&store, &key("a"), "a").await;
    proxy.hold();
    let slow = tokio::spawn({
        let store = store.clone();
        async move { read_error(&store).await }
    });
    proxy.held(1).await;
    clock.advance(2 * SECOND);
    let error = slow.await.unwrap();
    assert!(error.contains("did not respond within 2 s"), "{error}");
    assert_eq!(read_error(&store).await, error, "at once");
    proxy.release();
    clock.advance(SECOND);
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    assert_eq!(proxy.accepted(), 2, "the slow connection is not used again");
}

#[tokio::test]
async fn a_killed_server_is_an_error_and_a_restarted_one_is_used() {
    let mut redis = Redis::start(&[]);
    let clock = ManualClock::new();
    let store = redis.store().clock(Arc::new(clock.clone()));
    put(&store, &key("a"), "a").await;
    redis.server.kill();
    let first = read_error(&store).await;
    clock.advance(SECOND);
    let second = read_error(&store).await;
    for error in [&first, &second] {
        assert!(error.contains(&redis.server.address()), "{error}");
        assert!(error.contains("whether"), "{error}");
    }
    assert!(second.contains("cannot be reached"), "{second}");
    redis.server.start_again();
    clock.advance(SECOND);
    assert_eq!(
        token(&store, &key("a")).await,
        None,
        "it has no persistence"
    );
    put(&store, &key("a"), "b").await;
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("b"));
}

#[tokio::test]
async fn an_idle_connection_closed_by_the_server_fails_no_call() {
    let redis = Redis::start(&[]);
    let (proxy, store, _) = redis.proxied().await;
    put(&store, &key("a"), "a").await;
    let killed: usize = redis.run(&["CLIENT", "KILL", "TYPE", "normal"]).await;
    assert_eq!(killed, 1);
    proxy.closed(1).await;
    // The connection is closed; the runtime needs some turns to notice.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    assert_eq!(proxy.accepted(), 2);
}

#[test]
fn a_store_can_be_used_in_a_later_runtime() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    for expected in [None, Some("a")] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            assert_eq!(token(&store, &key("a")).await.as_deref(), expected);
            if expected.is_none() {
                put(&store, &key("a"), "a").await;
            }
        });
    }
}

#[tokio::test]
async fn a_full_server_rejects_writes_with_advice_and_loses_nothing() {
    let redis = Redis::start(&["--maxmemory-policy", "noeviction"]);
    let store = redis.store();
    put(&store, &key("a"), "a").await;
    // One byte, which it uses already.
    let () = redis.run(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let error = write_error(&store).await;
    assert!(
        error.contains("memory is full") && error.contains("maxmemory"),
        "{error}"
    );
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    let () = redis.run(&["CONFIG", "SET", "maxmemory", "0"]).await;
    put(&store, &key("new"), "new").await;
}

#[tokio::test]
async fn a_server_that_rejects_writes_is_an_error_with_advice() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    put(&store, &key("a"), "a").await;
    let () = redis
        .run(&["CONFIG", "SET", "min-replicas-to-write", "1"])
        .await;
    let error = write_error(&store).await;
    assert!(error.contains("min-replicas-to-write"), "{error}");
    let () = redis
        .run(&["CONFIG", "SET", "min-replicas-to-write", "0"])
        .await;
    // Of a primary that does not exist.
    let () = redis.run(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let error = write_error(&store).await;
    assert!(
        error.contains("replica") && error.contains("primary"),
        "{error}"
    );
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    let () = redis.run(&["REPLICAOF", "NO", "ONE"]).await;
    put(&store, &key("new"), "new").await;
}

#[tokio::test]
async fn a_value_that_is_not_a_record_is_an_error_and_kept() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    let name = store.name(&key("a"));
    let _: i64 = redis.run(&["LPUSH", &name, "element"]).await;
    let error = read_error(&store).await;
    assert!(error.contains("is not a record"), "{error}");
    let outcome = store.replace(&key("a"), None, record("a")).await;
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("is not a record"), "{error}");
    let data_type: String = redis.run(&["TYPE", &name]).await;
    assert_eq!(data_type, "list");
}

#[tokio::test]
async fn a_node_of_an_incomplete_cluster_is_an_error_with_advice() {
    let redis = Redis::start(&["--cluster-enabled", "yes"]);
    let error = read_error(&redis.store()).await;
    assert!(error.contains("cluster is not complete"), "{error}");
}
