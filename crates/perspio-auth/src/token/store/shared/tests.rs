mod lock;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::token::clock::ManualClock;
use crate::token::store::tests::{key, record, token};

const SECOND: Duration = Duration::from_secs(1);

/// A server in memory, whose values expire by the test's clock.
#[derive(Debug, Default)]
struct Server {
    clock: ManualClock,
    values: Mutex<HashMap<String, (Vec<u8>, std::time::SystemTime)>>,
    calls: AtomicUsize,
    /// Does not respond.
    hangs: AtomicBool,
    evicts: bool,
    /// The number of next changes that are delayed until `let_through`.
    late: AtomicUsize,
    let_through: tokio::sync::Notify,
}

impl Server {
    fn swapped(&self, name: &str, old: Option<&[u8]>, new: Option<NewValue<'_>>) -> bool {
        let mut values = self.values.lock().unwrap();
        if values.get(name).map(|(value, _)| value.as_slice()) != old {
            return false;
        }
        match new {
            Some(new) => {
                let until = self.clock.now().wall + new.lifetime;
                values.insert(name.to_owned(), (new.bytes.to_vec(), until));
            }
            None => drop(values.remove(name)),
        }
        true
    }

    async fn called(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let now = self.clock.now().wall;
        self.values
            .lock()
            .unwrap()
            .retain(|_, (_, until)| *until > now);
    }
}

#[async_trait]
impl KeyValueServer for Arc<Server> {
    fn address(&self) -> String {
        "server of the test".to_owned()
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ServerError> {
        self.called().await;
        let values = self.values.lock().unwrap();
        Ok(values.get(name).map(|(value, _)| value.clone()))
    }

    async fn swap(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: Option<NewValue<'_>>,
    ) -> Result<bool, ServerError> {
        self.called().await;
        let late = |late: usize| late.checked_sub(1);
        if self
            .late
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, late)
            .is_err()
        {
            return Ok(self.swapped(name, old, new));
        }
        // A sent request arrives even if its sender is cancelled.
        let server = self.clone();
        let (name, old) = (name.to_owned(), old.map(<[u8]>::to_vec));
        let new = new.map(|new| (new.bytes.to_vec(), new.lifetime));
        let arrives = tokio::spawn(async move {
            server.let_through.notified().await;
            let new = new.as_ref().map(|(bytes, lifetime)| NewValue {
                bytes,
                lifetime: *lifetime,
            });
            server.swapped(&name, old.as_deref(), new)
        });
        Ok(arrives.await.unwrap())
    }

    fn keeps_refresh_tokens(&self) -> bool {
        !self.evicts
    }
}

struct Fixture {
    server: Arc<Server>,
    key: SecretString,
}

impl Fixture {
    fn new() -> Self {
        Self::of(Server::default())
    }

    fn of(server: Server) -> Self {
        Self {
            server: Arc::new(server),
            key: StoreKey::random().unwrap().to_base64(),
        }
    }

    fn clock(&self) -> &ManualClock {
        &self.server.clock
    }

    fn store(&self) -> SharedStore<Arc<Server>> {
        self.store_with(StoreKey::from_base64(&self.key).unwrap())
    }

    fn store_with(&self, key: StoreKey) -> SharedStore<Arc<Server>> {
        SharedStore::new(self.server.clone(), key).clock(Arc::new(self.clock().clone()))
    }

    fn fresh(&self, token: &str) -> TokenRecord {
        let mut fresh = record(token);
        fresh.requested_at = self.clock().now().wall;
        fresh
    }

    fn calls(&self) -> usize {
        self.server.calls.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_shared_store_conforms() {
    for evicts in [false, true] {
        let fixture = Fixture::of(Server {
            evicts,
            ..Server::default()
        });
        let clock = Arc::new(SystemClock);
        let open = || async { fixture.store().clock(clock.clone()) };
        crate::token::store::conformance::check(open).await;
    }
}

#[tokio::test]
async fn a_record_expires_with_its_token() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let mut renewable = fixture.fresh("b");
    renewable.refresh_token = Some(SecretString::from("r"));
    assert!(
        store
            .replace(&key("a"), None, fixture.fresh("a"))
            .await
            .unwrap()
    );
    assert!(store.replace(&key("b"), None, renewable).await.unwrap());
    fixture.clock().advance(3599 * SECOND);
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    fixture.clock().advance(SECOND);
    assert_eq!(token(&store, &key("a")).await, None);
    assert_eq!(token(&store, &key("b")).await.as_deref(), Some("b"));
    fixture
        .clock()
        .advance(REFRESH_TOKEN_LIFETIME.saturating_sub(3601 * SECOND));
    assert_eq!(token(&store, &key("b")).await.as_deref(), Some("b"));
    fixture.clock().advance(SECOND);
    assert_eq!(token(&store, &key("b")).await, None);
}

#[tokio::test]
async fn a_record_that_is_stored_late_expires_with_its_token() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let old = fixture.fresh("a");
    fixture.clock().advance(3500 * SECOND);
    assert!(store.replace(&key("a"), None, old).await.unwrap());
    fixture.clock().advance(99 * SECOND);
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    fixture.clock().advance(SECOND);
    assert_eq!(token(&store, &key("a")).await, None);
}

#[tokio::test]
async fn a_server_that_does_not_respond_is_a_timeout_error_and_opens_the_circuit() {
    let fixture = Fixture::new();
    let store = fixture.store();
    fixture.server.hangs.store(true, Ordering::SeqCst);
    let asked = tokio::spawn({
        let store = store.clone();
        async move { store.read(&key("a")).await }
    });
    fixture.clock().sleeps(1).await;
    fixture.clock().advance(2 * SECOND);
    let error = asked.await.unwrap().unwrap_err().to_string();
    assert!(
        error.contains("server of the test") && error.contains("2 s"),
        "{error}"
    );
    fixture.server.hangs.store(false, Ordering::SeqCst);
    let calls = fixture.calls();
    for _ in 0..1000 {
        assert_eq!(store.read(&key("a")).await.unwrap_err().to_string(), error);
    }
    assert_eq!(
        fixture.calls(),
        calls,
        "no caller waits for the server again"
    );
    fixture.clock().advance(SECOND);
    assert!(store.read(&key("a")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_value_sealed_with_another_key_or_for_another_name_is_rejected_and_kept() {
    let fixture = Fixture::new();
    let store = fixture.store();
    assert!(
        store
            .replace(&key("a"), None, fixture.fresh("canary"))
            .await
            .unwrap()
    );
    let (name, other) = (store.name(&key("a")), store.name(&key("b")));
    let value = fixture.server.values.lock().unwrap()[&name].clone();
    fixture
        .server
        .values
        .lock()
        .unwrap()
        .insert(other.clone(), value.clone());
    let error = store.read(&key("b")).await.unwrap_err().to_string();
    assert!(error.contains(&other), "{error}");
    let wrong = fixture.store_with(StoreKey::random().unwrap());
    let error = wrong.read(&key("a")).await.unwrap_err().to_string();
    assert!(
        error.contains("same key") && error.contains(&name),
        "{error}"
    );
    assert!(
        !wrong
            .replace(&key("a"), None, fixture.fresh("x"))
            .await
            .unwrap()
    );
    for index in 0..value.0.len() {
        let mut damaged = value.clone();
        damaged.0[index] ^= 1 << (index % 8);
        fixture
            .server
            .values
            .lock()
            .unwrap()
            .insert(name.clone(), damaged);
        store.read(&key("a")).await.unwrap_err();
    }
    for length in 0..value.0.len() {
        let cut = (value.0[..length].to_vec(), value.1);
        fixture
            .server
            .values
            .lock()
            .unwrap()
            .insert(name.clone(), cut);
        store.read(&key("a")).await.unwrap_err();
    }
    let newer = (b"oauth-token 2\nx".to_vec(), value.1);
    fixture
        .server
        .values
        .lock()
        .unwrap()
        .insert(name.clone(), newer);
    let error = store.read(&key("a")).await.unwrap_err().to_string();
    assert!(error.contains("newer release"), "{error}");
}

#[tokio::test]
async fn names_values_and_debug_show_no_token_no_user_and_no_client_id() {
    let fixture = Fixture::new();
    let store = fixture.store().prefix("canary-free");
    let written = fixture.fresh("canary-token");
    assert!(
        store
            .replace(&key("canary-client"), None, written)
            .await
            .unwrap()
    );
    let lease = store.lock(&key("canary-client")).await.unwrap();
    let mut shown = format!("{store:?} {lease:?}");
    for (name, (value, _)) in &*fixture.server.values.lock().unwrap() {
        assert!(name.starts_with("canary-free:"));
        shown.push_str(&name["canary-free:".len()..]);
        shown.push_str(&String::from_utf8_lossy(value));
    }
    assert_eq!(fixture.server.values.lock().unwrap().len(), 2);
    let key = SecretString::from("canary-client");
    for secret in [
        "canary-token",
        "canary-client",
        "Y2FuYXJ5",
        key.expose_secret(),
        fixture.key.expose_secret(),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
