//! A token store on a Redis server.

mod address;
mod connection;
mod failure;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::{Cmd, FromRedisValue};
use async_trait::async_trait;
use secrecy::SecretString;

use super::{KeyValueServer, NewValue, ServerError, SharedStore, StoreError, StoreKey};
use address::Address;
use connection::{Connector, SharedConnection};

/// Compares the whole value, then replaces or deletes it. The expected value is
/// prefixed with a character, so that a missing and an empty value differ.
const SWAP: &str = "
local found = redis.call('GET', KEYS[1])
if (found and '=' .. found or '') ~= ARGV[1] then return 0 end
if ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
return 1";

/// A token store on a [`Redis`] server.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::{RedisStore, StoreKey};
/// use perspio_auth::{ClientCredentials, Profile, SecretString, TokenSource};
///
/// # fn example(profile: &Profile, grant: ClientCredentials) -> Result<(), Box<dyn std::error::Error>> {
/// let key = SecretString::from(std::env::var("STORE_KEY")?);
/// let url = SecretString::from(std::env::var("REDIS_URL")?);
/// let store = RedisStore::open(&url, StoreKey::from_base64(&key)?)?;
/// let source = TokenSource::builder(profile, grant)
///     .store(Arc::new(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub type RedisStore = SharedStore<Redis>;

impl SharedStore<Redis> {
    /// Creates a store on the server at `url`; see [`Redis::new`]. No request is sent
    /// yet.
    ///
    /// # Errors
    /// The URL is malformed; the message says how, and contains no part of it.
    pub fn open(url: &SecretString, key: StoreKey) -> Result<Self, StoreError> {
        Ok(Self::new(Redis::new(url)?, key))
    }
}

/// A Redis server, or a compatible one such as Valkey, for a [`RedisStore`].
///
/// # Server requirements
/// - Redis 2.6.12 or later; 6.0 or later if the URL contains a user.
/// - Persistence. Refresh tokens survive a restart only with `appendonly yes`. With
///   `appendfsync everysec` the last second may be lost, and with it a refresh token
///   that was just rotated: its user must sign in again. The same applies to a
///   failover to a replica.
/// - `maxmemory-policy noeviction`. Every value has an expiry, so every other policy,
///   including the `volatile-…` ones, evicts refresh tokens and locks when memory
///   runs out. With `noeviction`, a full server rejects new values, which is
///   reported as an error and loses nothing.
///
/// # Permissions
/// The user needs `GET`, `SET`, `DEL` and `EVAL` on the names with the store's
/// prefix, and `SELECT` if the URL names a database other than 0:
/// `ACL SETUSER tokens on >password ~oauth-tokens:* +get +set +del +eval +select`.
///
/// # Clusters
/// Each command accesses one name, so a cluster with a single endpoint works: a
/// proxy, Redis Enterprise, or Azure with the Enterprise clustering policy. A
/// primary with replicas works if its DNS name follows the primary: the name is
/// resolved again after a failover. The nodes of a Redis Cluster (Azure's OSS
/// clustering policy, Amazon's "cluster mode enabled") respond with `MOVED` to
/// names of other nodes. Redirections are not followed, and the error says what to
/// use instead. Sentinels are not supported.
///
/// # Network
/// Values are always encrypted. Over `redis://` the password is sent in plain text,
/// and an attacker on the network can delete records or restore older ones: use
/// `rediss://` unless the network is private.
///
/// # Connections
/// All callers share one connection. It is opened by the first call, and reopened
/// after it was lost. It is closed as soon as a call ends without a reply, because
/// of an error, a timeout or a cancelled caller, so that a reply never reaches
/// another call.
pub struct Redis {
    connector: Arc<Connector>,
    /// The connection for new calls; earlier calls may still use an older one.
    current: Mutex<Option<SharedConnection>>,
}

impl Redis {
    /// Creates a client for the server at `url`: `redis://host`, or in full
    /// `rediss://user:password@host:6379/0`, where the last part is the number of the
    /// database. `rediss` is TLS with a certificate that the system trusts; `valkey` and
    /// `valkeys` mean the same as `redis` and `rediss`. In the user and the password, all
    /// characters but letters, digits and `-._~` must be percent-encoded. No request is
    /// sent yet.
    ///
    /// ```
    /// use perspio_auth::SecretString;
    /// use perspio_auth::store::Redis;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let url = SecretString::from("rediss://:p%40ssword@redis.example:6380/2");
    /// let server = Redis::new(&url)?;
    /// assert_eq!(format!("{server:?}"), "Redis(rediss://redis.example:6380/2)");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The URL is malformed; the message says how, and contains no part of it.
    pub fn new(url: &SecretString) -> Result<Self, StoreError> {
        let address = Address::parse(url).map_err(|reason| StoreError {
            store: "Redis".to_owned(),
            reason: reason.to_owned(),
        })?;
        Ok(Self {
            connector: Arc::new(Connector::new(address)),
            current: Mutex::default(),
        })
    }

    /// Sets the certificate authorities that the server's certificate is verified
    /// with, instead of those that the system trusts. `pem` is one or more
    /// certificates in PEM format.
    ///
    /// ```no_run
    /// use perspio_auth::SecretString;
    /// use perspio_auth::store::{Redis, RedisStore, StoreKey};
    ///
    /// # fn example(url: SecretString, key: StoreKey) -> Result<(), Box<dyn std::error::Error>> {
    /// let pem = std::fs::read("/etc/ssl/our-authority.pem")?;
    /// let store = RedisStore::new(Redis::new(&url)?.root_certificates(&pem)?, key);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `pem` contains no certificate or an invalid one, or the URL is not
    /// `rediss://`.
    pub fn root_certificates(self, pem: &[u8]) -> Result<Self, StoreError> {
        let connector = self.connector.with_root_certificates(pem);
        let connector = connector.map_err(|reason| StoreError {
            store: self.address(),
            reason,
        })?;
        Ok(Self {
            connector: Arc::new(connector),
            current: Mutex::default(),
        })
    }

    /// Runs a Lua script that accesses no names but `keys`, for data other than
    /// tokens, and returns the integers of its reply.
    ///
    /// # Errors
    /// The server is unavailable or rejects the script; the message says what to do.
    pub async fn eval(
        &self,
        script: &str,
        keys: &[String],
        arguments: &[String],
    ) -> Result<Vec<i64>, ServerError> {
        let mut command = ::redis::cmd("EVAL");
        command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
        self.call(&command).await
    }

    async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, ServerError> {
        let mut in_use = InUse {
            redis: self,
            connection: self.connection(),
            has_reply: false,
        };
        let connection = in_use.connection.clone().await?;
        let reply = connection.call(command).await;
        in_use.has_reply = reply.is_ok();
        reply.map_err(|error| self.connector.failure(&error))
    }

    /// Returns the current connection, which may still be opening, or a new one.
    fn connection(&self) -> SharedConnection {
        let mut current = self.current();
        if let Some(connection) = &*current
            && connection::is_usable(connection)
        {
            return connection.clone();
        }
        current
            .insert(connection::open(self.connector.clone()))
            .clone()
    }

    fn current(&self) -> MutexGuard<'_, Option<SharedConnection>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use by one call. Without a reply, no other call uses it: the
/// reply may still arrive, the server may be stopped, or, after an error reply, the
/// name may resolve to another server.
struct InUse<'a> {
    redis: &'a Redis,
    connection: SharedConnection,
    has_reply: bool,
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        if !self.has_reply {
            let mut current = self.redis.current();
            current.take_if(|current| current.ptr_eq(&self.connection));
        }
    }
}

#[async_trait]
impl KeyValueServer for Redis {
    fn address(&self) -> String {
        self.connector.to_string()
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ServerError> {
        self.call(::redis::cmd("GET").arg(name)).await
    }

    async fn swap(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: Option<NewValue<'_>>,
    ) -> Result<bool, ServerError> {
        let expected = old.map(|old| [b"=", old].concat()).unwrap_or_default();
        let mut command = ::redis::cmd("EVAL");
        command.arg(SWAP).arg(1).arg(name).arg(expected);
        if let Some(new) = new {
            command.arg(new.bytes).arg(milliseconds(new.lifetime));
        }
        self.call(&command).await
    }

    fn keeps_refresh_tokens(&self) -> bool {
        true
    }
}

/// Converts a lifetime to milliseconds: at least 1, and small enough that Redis can
/// add it to the current time.
fn milliseconds(lifetime: Duration) -> u64 {
    const LONGEST: u64 = 100 * 365 * 24 * 3600 * 1000;
    // Rounded up, so that the value does not expire early.
    let whole = lifetime.as_nanos().div_ceil(1_000_000);
    u64::try_from(whole).unwrap_or(LONGEST).clamp(1, LONGEST)
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({})", self.connector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_rounded_up_and_limited() {
        for (lifetime, expected) in [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_millis(1500), 1500),
            (Duration::from_micros(1_500_001), 1501),
            (Duration::MAX, 3_153_600_000_000),
        ] {
            assert_eq!(milliseconds(lifetime), expected, "{lifetime:?}");
        }
    }

    #[test]
    fn neither_debug_nor_the_address_shows_user_or_password() {
        let url = SecretString::from("redis://canary-user:canary-password@localhost");
        let redis = Redis::new(&url).unwrap();
        assert_eq!(redis.address(), "redis://localhost:6379/0");
        assert_eq!(format!("{redis:?}"), "Redis(redis://localhost:6379/0)");
    }

    #[test]
    fn the_error_of_a_malformed_url_contains_no_part_of_it() {
        let url = SecretString::from("redis://:canary/slash@localhost");
        let error = Redis::new(&url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }

    #[test]
    fn root_certificates_are_checked_when_they_are_set() {
        for (url, pem, expected) in [
            ("redis://localhost", "", "rediss://"),
            ("rediss://localhost", "", "no certificate"),
            (
                "rediss://localhost",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "cannot be used",
            ),
            (
                "rediss://localhost",
                "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n",
                "PEM",
            ),
        ] {
            let redis = Redis::new(&SecretString::from(url)).unwrap();
            let error = redis.root_certificates(pem.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
