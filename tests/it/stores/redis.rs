//! Redis.

mod access;
mod cancelled;
mod faults;
mod processes;
mod values;

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::SecretString;
use perspio_auth::clock::ManualClock;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::conformance::{self, key, record};
use perspio_auth::store::{RedisStore, StoreKey, TokenKey, TokenStore};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue};

use super::proxy::Proxy;
use super::servers::Server;

/// A server, and the key of the stores on it.
struct Redis {
    server: Server,
    key: SecretString,
}

impl Redis {
    /// Starts a server with more options.
    fn start(options: &[&str]) -> Self {
        Self::start_with(|_| options.iter().copied().map(str::to_owned).collect())
    }

    /// Starts a server with options that depend on its port.
    fn start_with(options: impl Fn(u16) -> Vec<String>) -> Self {
        Self {
            server: Server::redis(options),
            key: StoreKey::random().unwrap().to_base64(),
        }
    }

    fn key(&self) -> StoreKey {
        StoreKey::from_base64(&self.key).unwrap()
    }

    /// Opens a store as another process would, at `address`, which may contain a user and
    /// a database.
    fn store_at(&self, address: impl std::fmt::Display) -> RedisStore {
        let url = SecretString::from(format!("redis://{address}"));
        RedisStore::open(&url, self.key()).unwrap()
    }

    fn store(&self) -> RedisStore {
        self.store_at(self.server.address())
    }

    /// Opens a store through a proxy, and returns the clock of its time limits.
    async fn proxied(&self) -> (Proxy, RedisStore, ManualClock) {
        let proxy = Proxy::to(self.server.address()).await;
        let clock = ManualClock::new();
        let store = self.store_at(proxy.address());
        let store = store.clock(Arc::new(clock.clone()));
        (proxy, store, clock)
    }

    /// Connects another client to the server.
    async fn client(&self) -> MultiplexedConnection {
        let client = redis::Client::open(format!("redis://{}", self.server.address())).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Runs a command as an administrator.
    async fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        command(words)
            .query_async(&mut self.client().await)
            .await
            .unwrap()
    }
}

fn command(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}

/// Adds a token.
async fn put(store: &RedisStore, key: &TokenKey, token: &str) {
    assert!(store.replace(key, None, record(token)).await.unwrap());
}

/// Returns the token of `key`.
async fn token(store: &RedisStore, key: &TokenKey) -> Option<String> {
    let found = store.read(key).await.unwrap()?;
    Some(found.record.access_token.expose_secret().to_owned())
}

#[tokio::test]
async fn a_redis_store_conforms() {
    let redis = Redis::start(&[]);
    conformance::check(|| async { redis.store() }).await;
    let keys: Vec<String> = redis.run(&["KEYS", "*"]).await;
    assert!(keys.is_empty(), "records and locks are deleted: {keys:?}");
}

#[tokio::test]
async fn the_first_call_opens_a_connection_that_all_callers_share() {
    let redis = Redis::start(&[]);
    let (proxy, store, _) = redis.proxied().await;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.read(&key("a")).await })
        })
        .collect();
    assert_eq!(proxy.accepted(), 0);
    for caller in callers {
        assert!(caller.await.unwrap().unwrap().is_none());
    }
    put(&store, &key("a"), "a").await;
    assert_eq!(token(&store, &key("a")).await.as_deref(), Some("a"));
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_cluster_accepts_every_command() {
    let redis = Redis::start(&["--cluster-enabled", "yes"]);
    let mut client = redis.client().await;
    let slots = command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    slots.exec_async(&mut client).await.unwrap();
    let complete = async {
        let info = command(&["CLUSTER", "INFO"]);
        while !info
            .query_async::<String>(&mut client)
            .await
            .unwrap()
            .contains("cluster_state:ok")
        {}
    };
    // The usual time of a node is two seconds; a busy machine takes longer.
    let complete = tokio::time::timeout(Duration::from_secs(60), complete).await;
    complete.expect("the cluster has all of its slots");
    conformance::check(|| async { redis.store() }).await;
}
