//! A store on a Redis server.

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
use connection::{Attempt, Endpoint};

/// Compares the whole value, and puts another in its place or deletes it. What
/// is expected comes with a letter in front, so that nothing and an empty value
/// differ.
const SWAP: &str = "
local found = redis.call('GET', KEYS[1])
if (found and '=' .. found or '') ~= ARGV[1] then return 0 end
if ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
return 1";

/// Keeps records on a [`Redis`] server.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::{RedisStore, StoreKey};
/// use perspio_auth::{Application, ClientCredentials, Profile, SecretString, TokenSource};
///
/// # fn example(application: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let key = SecretString::from(std::env::var("PERSPIO_STORE_KEY")?);
/// let url = SecretString::from(std::env::var("REDIS_URL")?);
/// let store = RedisStore::open(&url, StoreKey::from_base64(&key)?)?;
/// let source = TokenSource::builder(&Profile::perspiotalk(), ClientCredentials::new(application))
///     .store(Arc::new(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub type RedisStore = SharedStore<Redis>;

impl SharedStore<Redis> {
    /// The store on the server at `url`; see [`Redis::new`]. Nothing is sent yet.
    ///
    /// # Errors
    /// The URL is malformed; the text says in what, and repeats nothing of it.
    pub fn open(url: &SecretString, key: StoreKey) -> Result<Self, StoreError> {
        Ok(Self::new(Redis::new(url)?, key))
    }
}

/// A Redis server, or one that speaks as it does, such as Valkey: what a
/// [`RedisStore`] stands on.
///
/// # What the server must be
/// - Redis 2.6.12 or later; 6.0 or later if the URL names a user.
/// - One that keeps what it is given. Refresh tokens outlive its restart only
///   with `appendonly yes`; with `appendfsync everysec` the last second may be
///   lost, and with it a refresh token that was just replaced: that person signs
///   in again. The same holds for a replica that takes over.
/// - One with `maxmemory-policy noeviction`. Every value here carries an expiry,
///   so each other policy, those named `volatile-…` too, drops refresh tokens
///   and locks when memory runs out. A full server that evicts nothing refuses
///   what is new, which is an error here and harms nobody.
///
/// # What its user must be allowed
/// `GET`, `SET`, `DEL` and `EVAL` on the names that begin with the store's
/// prefix, and `SELECT` if the URL names a database other than 0:
/// `ACL SETUSER perspio on >password ~perspio:* +get +set +del +eval +select`.
///
/// # Clusters
/// Each command touches one name, so all that hides a cluster behind one
/// endpoint works: a proxy, Redis Enterprise, Azure with the Enterprise
/// clustering policy. So does a primary with replicas behind a name that follows
/// the primary: after a failover the name is looked up again. An endpoint that
/// answers `MOVED`, as the nodes of a Redis Cluster do (Azure's OSS clustering
/// policy, Amazon's "cluster mode enabled"), refuses every name that another node
/// has: nothing here follows it, and the error says what to use instead.
/// Sentinels are not asked either.
///
/// # The network
/// Values are sealed whatever the network is. Over `redis://` the password
/// travels in the clear, and whoever stands in between can drop records or put
/// older ones back: choose `rediss://` wherever the network is not yours alone.
///
/// # Connections
/// All callers share one connection, which is opened by the first call and
/// again after it was lost. It is given up as soon as a call on it ends without
/// its reply, be it by an error, by the time limit or because the caller has
/// stopped waiting: no reply can reach another call.
pub struct Redis {
    endpoint: Arc<Endpoint>,
    /// The connection for new calls; others may still wait on an earlier one.
    current: Mutex<Option<Attempt>>,
}

impl Redis {
    /// The server at `url`: `redis://host`, or with all its parts
    /// `rediss://user:password@host:6379/0`, where the last is the number of the
    /// database. `rediss` is TLS with a certificate that this machine trusts. In
    /// the user and the password, all but letters, digits and `-._~` must be
    /// percent-encoded. Nothing is sent yet.
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
    /// The URL is malformed; the text says in what, and repeats nothing of it.
    pub fn new(url: &SecretString) -> Result<Self, StoreError> {
        let address = Address::parse(url).map_err(|reason| StoreError {
            store: "Redis".to_owned(),
            reason: reason.to_owned(),
        })?;
        Ok(Self {
            endpoint: Arc::new(Endpoint::new(address)),
            current: Mutex::default(),
        })
    }

    /// With a server whose certificate was issued by one of these authorities,
    /// instead of those that this machine trusts: for a private one. `pem` is
    /// one certificate or more in PEM format.
    ///
    /// ```no_run
    /// use perspio_auth::SecretString;
    /// use perspio_auth::store::{Redis, RedisStore, StoreKey};
    ///
    /// # fn example(url: SecretString, key: StoreKey) -> Result<(), Box<dyn std::error::Error>> {
    /// let pem = std::fs::read("/etc/ssl/our-authority.pem")?;
    /// let store = RedisStore::new(Redis::new(&url)?.with_root_certificates(&pem)?, key);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no certificate in `pem`, one cannot be used, or the URL is not
    /// `rediss://`.
    pub fn with_root_certificates(self, pem: &[u8]) -> Result<Self, StoreError> {
        let endpoint = self.endpoint.trusting(pem);
        let endpoint = endpoint.map_err(|reason| StoreError {
            store: self.address(),
            reason,
        })?;
        Ok(Self {
            endpoint: Arc::new(endpoint),
            current: Mutex::default(),
        })
    }

    /// Runs a Lua script that touches nothing but `keys`, for what processes share
    /// beside tokens. Gives the whole numbers that it answers.
    ///
    /// # Errors
    /// The server is away, or refuses; the text says what to do.
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
        let mut used = Used {
            redis: self,
            attempt: self.attempt(),
            answered: false,
        };
        let connection = used.attempt.clone().await?;
        let answer = connection.call(command).await;
        used.answered = answer.is_ok();
        answer.map_err(|error| self.endpoint.failure(&error))
    }

    /// The connection that is there or being opened, or a new one.
    fn attempt(&self) -> Attempt {
        let mut current = self.current();
        if let Some(attempt) = &*current
            && connection::is_usable(attempt)
        {
            return attempt.clone();
        }
        current
            .insert(connection::open(self.endpoint.clone()))
            .clone()
    }

    fn current(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use by one call. Unless the call is answered, no other call
/// begins on it: a reply may be on its way, the server may be gone without a
/// word, or, if it refused, another one may do better under the same name.
struct Used<'a> {
    redis: &'a Redis,
    attempt: Attempt,
    answered: bool,
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let mut current = self.redis.current();
            current.take_if(|current| current.ptr_eq(&self.attempt));
        }
    }
}

#[async_trait]
impl KeyValueServer for Redis {
    fn address(&self) -> String {
        self.endpoint.to_string()
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

/// A lifetime as Redis takes it: whole, not zero, and no overflow when it adds
/// the time of day.
fn milliseconds(lifetime: Duration) -> u64 {
    const LONGEST: u64 = 100 * 365 * 24 * 3600 * 1000;
    // Not before: the last part of a millisecond counts as one.
    let whole = lifetime.as_nanos().div_ceil(1_000_000);
    u64::try_from(whole).unwrap_or(LONGEST).clamp(1, LONGEST)
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({})", self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_never_shorter_than_asked_nor_nothing_nor_too_long() {
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
    fn a_malformed_url_is_refused_without_a_word_of_it() {
        let url = SecretString::from("redis://:canary/slash@localhost");
        let error = Redis::new(&url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }

    #[test]
    fn root_certificates_are_checked_when_they_are_given() {
        for (url, pem, said) in [
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
            let error = redis.with_root_certificates(pem.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
