//! Memcached.

mod cancelled;
mod damage;
mod expiry;
mod faults;
mod processes;
mod races;
mod shared;
mod wire;

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use perspio_auth::clock::{Clock, ManualClock, SystemClock};
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{
    Memcached, MemcachedStore, MemoryStore, NewValue, StoreKey, TokenRecord, conformance,
};
use perspio_auth::{
    Application, ClientCredentials, FixedToken, SecretString, TokenKey, TokenSource, TokenStore,
};

use super::servers::Server;
use wire::Wire;

const SECOND: Duration = Duration::from_secs(1);

/// The key of all processes that share a store.
fn store_key() -> StoreKey {
    StoreKey::from_base64(&SecretString::from(format!("{}=", "A".repeat(43)))).unwrap()
}

/// Opens a store as another process would.
fn store(server: &Server) -> MemcachedStore {
    MemcachedStore::open(server.address(), store_key()).unwrap()
}

/// Opens a store with a clock that the test advances.
fn with_clock(server: &Server) -> (MemcachedStore, ManualClock) {
    let clock = ManualClock::new();
    (store(server).clock(Arc::new(clock.clone())), clock)
}

/// Opens the server of a store.
fn memcached(server: &Server) -> Memcached {
    Memcached::at(server.address()).unwrap()
}

fn value(bytes: &[u8]) -> NewValue<'_> {
    NewValue {
        bytes,
        lifetime: 600 * SECOND,
    }
}

fn key(client_id: &str) -> TokenKey {
    let application = Application::confidential(client_id, "secret");
    let credential = ClientCredentials::new(application).into();
    TokenKey::new(&perspio::profile(), &credential, None)
}

/// Returns a record of an application's token, requested now.
fn record(access_token: &str) -> TokenRecord {
    static MODEL: OnceLock<TokenRecord> = OnceLock::new();
    let mut record = MODEL.get_or_init(model).clone();
    record.access_token = SecretString::from(access_token);
    record.scopes = vec!["api://perspiotalk/.default".to_owned()];
    record.requested_at = SystemClock.now().wall;
    record.lifetime = 3599 * SECOND;
    record
}

/// Returns a record of a token source, because only a source creates records.
fn model() -> TokenRecord {
    let created = async {
        let store = Arc::new(MemoryStore::new());
        let source = TokenSource::builder(&perspio::profile(), FixedToken::new("model"))
            .store(store.clone())
            .build()
            .unwrap();
        source.token().await.unwrap();
        store.read(source.key()).await.unwrap().unwrap().record
    };
    // A runtime cannot be started where another one runs.
    let thread = thread::spawn(move || tokio::runtime::Runtime::new().unwrap().block_on(created));
    thread.join().unwrap()
}

/// Returns the access token of `key`.
async fn token(store: &MemcachedStore, key: &TokenKey) -> Option<String> {
    let found = store.read(key).await.unwrap()?;
    Some(found.record.access_token.expose_secret().to_owned())
}

/// Polls `future` at most `times` times and drops it. Returns its output if it was ready.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_memcached_store_conforms() {
    let server = Server::memcached(&[]);
    conformance::check(|| async { store(&server) }).await;
    assert!(!store(&server).keeps_refresh_tokens());
}

#[test]
fn a_store_is_opened_without_a_request_to_the_server() {
    let store = MemcachedStore::open("no-such-host.invalid:11211", store_key()).unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains("no-such-host.invalid:11211"), "{shown}");
}
