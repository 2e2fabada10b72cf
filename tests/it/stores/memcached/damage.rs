//! Damaged values, and the information that values reveal.

use super::*;

/// Creates a store with one record, and returns its value on the server.
async fn with_a_record(server: &Server) -> (MemcachedStore, String, Vec<u8>) {
    let store = store(server);
    let put = store.replace(&key("client"), None, record("token")).await;
    assert!(put.unwrap());
    let name = store.name(&key("client"));
    let value = Wire::to(server).get(&name).unwrap();
    (store, name, value)
}

/// Asserts that the value cannot be read or replaced, and returns the error.
async fn rejected(store: &MemcachedStore, wire: &mut Wire, name: &str, value: &[u8]) -> String {
    wire.set(name, value);
    let key = key("client");
    let error = store.read(&key).await.unwrap_err().to_string();
    let done = store.replace(&key, None, record("new")).await;
    assert!(!done.unwrap());
    assert!(wire.get(name).unwrap() == value, "it stays");
    error
}

#[tokio::test]
async fn a_record_with_a_changed_or_missing_byte_is_rejected_and_kept() {
    let server = Server::memcached(&[]);
    let (store, name, value) = with_a_record(&server).await;
    let mut wire = Wire::to(&server);
    for index in 0..value.len() {
        let mut damaged = value.clone();
        damaged[index] ^= 1 << (index % 8);
        let error = rejected(&store, &mut wire, &name, &damaged).await;
        assert!(error.contains(&name), "{error}");
        rejected(&store, &mut wire, &name, &value[..index]).await;
    }
    wire.set(&name, &value);
    let found = token(&store, &key("client")).await;
    assert_eq!(found.as_deref(), Some("token"));
}

#[tokio::test]
async fn a_record_of_a_newer_release_or_another_key_or_name_is_rejected_and_kept() {
    let server = Server::memcached(&[]);
    let (store, name, value) = with_a_record(&server).await;
    let mut wire = Wire::to(&server);
    let error = rejected(&store, &mut wire, &name, b"oauth-token 2\nx").await;
    assert!(error.contains("newer release"), "{error}");
    let error = rejected(&store, &mut wire, &name, b"of another program").await;
    assert!(error.contains("another prefix"), "{error}");
    let other = MemcachedStore::open(server.address(), StoreKey::random().unwrap()).unwrap();
    let error = rejected(&other, &mut wire, &name, &value).await;
    assert!(error.contains("same key"), "{error}");
    wire.set(&store.name(&key("other")), &value);
    store.read(&key("other")).await.unwrap_err();
}

#[tokio::test]
async fn a_refresh_token_is_rejected_and_not_written() {
    let server = Server::memcached(&[]);
    let store = store(&server);
    let mut renewable = record("token");
    renewable.refresh_token = Some(SecretString::from("canary"));
    let done = store.replace(&key("client"), None, renewable).await;
    let error = done.unwrap_err().to_string();
    assert!(
        error.contains("refresh tokens are not stored there"),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
    assert_eq!(Wire::to(&server).counted("total_items"), 0);
}

#[tokio::test]
async fn the_server_sees_no_token_no_user_and_no_client_id() {
    let server = Server::memcached(&[]);
    let store = store(&server);
    let key = key("canary-client-id-canary");
    let put = store.replace(&key, None, record("canary-access-token-canary"));
    assert!(put.await.unwrap());
    let lease = store.lock(&key).await.unwrap();
    let dump = Wire::to(&server).dump();
    let mut names: Vec<_> = dump.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    assert_eq!(
        names,
        [store.name(&key), format!("{}:lock", store.name(&key))]
    );
    let seen: Vec<u8> = dump
        .into_iter()
        .flat_map(|(name, value)| [name.into_bytes(), value].concat())
        .collect();
    for secret in [
        "canary-access",
        "canary-client",
        "access_token",
        "perspiotalk",
        // The token in base64, at each place of a group of three.
        "Y2FuYXJ5LWFjY2Vzcy10",
        "YW5hcnktYWNjZXNzLXRv",
        "bmFyeS1hY2Nlc3MtdG9r",
    ] {
        let found = seen.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(!found, "{secret}");
    }
    lease.release().await;
}
