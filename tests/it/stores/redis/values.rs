//! The values on the server, and their expiry.

use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::{Application, ClientCredentials};

use super::*;

/// Returns the remaining lifetime of a value.
async fn lifetime(redis: &Redis, name: &str) -> Duration {
    let left: u64 = redis.run(&["PTTL", name]).await;
    Duration::from_millis(left)
}

#[tokio::test]
async fn a_value_expires_on_the_server_with_its_token() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let redis = Redis::start(&[]);
    let clock = ManualClock::new();
    let store = redis.store().clock(Arc::new(clock.clone()));
    let mut renewable = record("b");
    renewable.refresh_token = Some(SecretString::from("r"));
    let mut expired = record("c");
    expired.lifetime = Duration::ZERO;
    let mut longest = record("d");
    longest.lifetime = Duration::MAX;
    let second = Duration::from_secs(1);
    let hour = 3599 * second;
    for (user, mut record, expected) in [
        ("a", record("a"), hour),
        ("b", renewable, 90 * DAY),
        ("c", expired, second),
        ("d", longest, 100 * 365 * DAY),
    ] {
        // Requested now, by the clock of the store, which does not advance.
        record.requested_at = clock.now().wall;
        let before = SystemClock.now().monotonic;
        assert!(store.replace(&key(user), None, record).await.unwrap());
        let left = lifetime(&redis, &store.name(&key(user))).await;
        // The time that has passed on the server's clock since then.
        let passed = SystemClock.now().monotonic.saturating_sub(before) + second;
        assert!(left <= expected, "{user}: {left:?}");
        assert!(left + passed >= expected, "{user}: {left:?}");
    }
}

#[tokio::test]
async fn a_lock_expires_with_its_lease_unless_its_holder_extends_it() {
    const LEASE: Duration = Duration::from_secs(3600);
    let redis = Redis::start(&[]);
    let (proxy, store, clock) = redis.proxied().await;
    let store = store.lease(LEASE);
    let lock = format!("{}:lock", store.name(&key("a")));
    let lease = store.lock(&key("a")).await.unwrap();
    let left = lifetime(&redis, &lock).await;
    assert!(left <= LEASE && left > LEASE / 2, "{left:?}");
    // As if most of the lease had passed.
    let _: i64 = redis.run(&["PEXPIRE", &lock, "60000"]).await;
    let sleeps = clock.sleeps(0).await.len();
    proxy.hold();
    // The holder is about to sleep until it extends the lock.
    clock.sleeps(sleeps.max(2)).await;
    clock.advance(LEASE / 3);
    proxy.held(1).await;
    let left = lifetime(&redis, &lock).await;
    assert!(left <= LEASE && left > LEASE / 2, "{left:?}");
    proxy.release();
    lease.release().await;
    let locks: Vec<String> = redis.run(&["KEYS", "*"]).await;
    assert!(locks.is_empty(), "{locks:?}");
}

#[tokio::test]
async fn an_earlier_holder_does_not_release_the_lock_of_the_next() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    let lock = format!("{}:lock", store.name(&key("a")));
    let late = store.lock(&key("a")).await.unwrap();
    // The lock has expired.
    let _: i64 = redis.run(&["DEL", &lock]).await;
    let next = redis.store().lock(&key("a")).await.unwrap();
    late.release().await;
    let locks: i64 = redis.run(&["EXISTS", &lock]).await;
    assert_eq!(locks, 1);
    next.release().await;
}

#[tokio::test]
async fn a_damaged_value_is_rejected_and_kept() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    let mut client = redis.client().await;
    put(&store, &key("a"), "a").await;
    let name = store.name(&key("a"));
    let get = command(&["GET", &name]);
    let value: Vec<u8> = get.query_async(&mut client).await.unwrap();
    for index in 0..value.len() {
        let mut damaged = value.clone();
        damaged[index] ^= 1 << (index % 8);
        let mut set = command(&["SET", &name]);
        set.arg(&damaged).exec_async(&mut client).await.unwrap();
        let error = store.read(&key("a")).await.unwrap_err().to_string();
        assert!(error.contains(&name), "{index}: {error}");
        store
            .replace(&key("a"), None, record("b"))
            .await
            .map_or_else(drop, |done| assert!(!done));
        let found: Vec<u8> = get.query_async(&mut client).await.unwrap();
        assert_eq!(found, damaged, "byte {index}");
    }
}

#[tokio::test]
async fn a_value_of_a_newer_release_or_another_key_or_name_is_rejected_and_kept() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    put(&store, &key("a"), "a").await;
    let name = store.name(&key("a"));
    let other = Redis {
        key: StoreKey::random().unwrap().to_base64(),
        ..redis
    };
    let error = other.store().read(&key("a")).await.unwrap_err().to_string();
    assert!(
        error.contains("same key") && error.contains(&name),
        "{error}"
    );
    let redis = other;
    let _: i64 = redis.run(&["COPY", &name, &store.name(&key("b"))]).await;
    let error = store.read(&key("b")).await.unwrap_err().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    let newer = "oauth-token 2\nwhatever";
    let () = redis.run(&["SET", &name, newer]).await;
    let error = store.read(&key("a")).await.unwrap_err().to_string();
    assert!(error.contains("newer release (version 2)"), "{error}");
    let found: String = redis.run(&["GET", &name]).await;
    assert_eq!(found, newer);
}

#[tokio::test]
async fn databases_and_prefixes_are_separate() {
    let redis = Redis::start(&[]);
    let store = redis.store();
    put(&store, &key("a"), "a").await;
    let elsewhere = redis.store_at(format_args!("{}/3", redis.server.address()));
    assert_eq!(token(&elsewhere, &key("a")).await, None);
    put(&elsewhere, &key("a"), "b").await;
    let prefixed = redis.store().prefix("other");
    assert_eq!(token(&prefixed, &key("a")).await, None);
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    let error = redis.store_at(format_args!("{}/99", redis.server.address()));
    let error = error.read(&key("a")).await.unwrap_err().to_string();
    assert!(error.contains("no database of this number"), "{error}");
}

#[tokio::test]
async fn the_server_and_its_disk_contain_no_token_no_user_and_no_client_id() {
    const PASSWORD: &str = "canary-password";
    let redis = Redis::start(&[]);
    let user = format!("ACL SETUSER me on >{PASSWORD} ~* +@all");
    let () = redis.run(&user.split(' ').collect::<Vec<_>>()).await;
    let at = format!("me:{PASSWORD}@{}", redis.server.address());
    let store = redis.store_at(at);
    let application = Application::confidential("canary-client", "canary-secret");
    let credential = ClientCredentials::new(application).into();
    let key = TokenKey::new(&perspio::profile(), &credential, Some("canary-user"));
    let mut written = record("canary-token-of-some-length");
    written.refresh_token = Some(SecretString::from("canary-refresh-token"));
    written.id_token = Some(SecretString::from("canary-id-token"));
    assert!(store.replace(&key, None, written).await.unwrap());
    let lease = store.lock(&key).await.unwrap();

    let mut client = redis.client().await;
    let mut seen = format!("{store:?}").into_bytes();
    let scan = command(&["SCAN", "0", "COUNT", "1000"]);
    let (cursor, names): (u64, Vec<String>) = scan.query_async(&mut client).await.unwrap();
    assert_eq!((cursor, names.len()), (0, 2), "a record and a lock");
    for name in &names {
        let get = command(&["GET", name]);
        seen.extend(name.as_bytes());
        seen.extend(get.query_async::<Vec<u8>>(&mut client).await.unwrap());
    }
    let () = redis.run(&["SAVE"]).await;
    let dump = std::fs::read(redis.server.directory().join("dump.rdb")).unwrap();
    assert!(
        contains(&dump, store.name(&key).as_bytes()),
        "the dump is whole"
    );
    seen.extend(dump);
    // As the beginning of a base64 text at each of its three offsets: `canary`.
    let encoded = ["Y2FuYXJ5", "NhbmFyeS", "jYW5hcn"];
    for secret in [&["canary"], encoded.as_slice()].concat() {
        assert!(!contains(&seen, secret.as_bytes()), "{secret}");
    }
    for secret in [PASSWORD, redis.key.expose_secret()] {
        assert!(!contains(&seen, secret.as_bytes()), "{secret}");
    }
    lease.release().await;
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
