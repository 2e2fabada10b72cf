//! A token store on a Memcached server.

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use memcache::exp::{
    AsyncMetaConnection, Error, MetaCommand, MetaOp, MetaResponse, Result as Outcome, ReturnCode,
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{KeyValueServer, NewValue, ServerError, SharedStore, StoreError, StoreKey};

/// A server accepts 1,024 connections by default, from all processes together.
const MOST_CONNECTIONS: usize = 16;

/// Firewalls drop idle connections silently.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// In seconds. The server interprets a greater number as a date.
const LONGEST_LIFETIME: u64 = 30 * 24 * 3600;

/// A token store on a Memcached server, for applications
/// ([`ClientCredentials`](crate::ClientCredentials)) on several machines.
///
/// Memcached evicts records when memory runs out, and loses all of them when it
/// stops. The application then requests a new token. A user's sign-in would be
/// lost, so that a [`TokenSource`](crate::TokenSource) for one cannot be built with
/// this store: use `RedisStore` instead.
///
/// Records are encrypted, but the connection is neither encrypted nor
/// authenticated: run the server in a private network. Access to it allows deleting
/// records and restoring older ones, but not reading or modifying them.
///
/// Requires Memcached 1.6.10 or later with check-and-set (no `-C`).
///
/// ```no_run
/// use std::sync::Arc;
///
/// use perspio_auth::store::{MemcachedStore, StoreKey};
/// use perspio_auth::{ClientCredentials, Profile, SecretString, TokenSource};
///
/// # fn example(profile: &Profile, grant: ClientCredentials) -> Result<(), Box<dyn std::error::Error>> {
/// // The same key for all processes that share the store: `openssl rand -base64 32`.
/// let key = SecretString::from(std::env::var("STORE_KEY")?);
/// let store = MemcachedStore::open("memcached.internal:11211", StoreKey::from_base64(&key)?)?;
/// let source = TokenSource::builder(profile, grant)
///     .store(Arc::new(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub type MemcachedStore = SharedStore<Memcached>;

impl SharedStore<Memcached> {
    /// Creates a store on the server at `address`, such as `localhost:11211` or
    /// `[::1]:11211`. No request is sent and no name is resolved yet. A record takes
    /// a few kilobytes: one server has room for the tokens of thousands of tenants.
    ///
    /// # Errors
    /// The address is not a host and a port.
    pub fn open(address: impl Into<String>, key: StoreKey) -> Result<Self, StoreError> {
        Ok(Self::new(Memcached::at(address)?, key))
    }
}

/// A Memcached server and the connections to it, for a [`MemcachedStore`].
///
/// The name is resolved whenever a connection is opened, so that a server that has
/// moved is found. A connection whose call was cancelled is never reused, because
/// its next response could belong to the cancelled call.
pub struct Memcached {
    address: String,
    /// Connections without a pending response, and since when they are idle.
    idle: Mutex<Vec<(AsyncMetaConnection, Instant)>>,
    permits: Semaphore,
}

impl Memcached {
    /// Creates a client for the server at `address`; see [`MemcachedStore::open`].
    ///
    /// # Errors
    /// The address is not a host and a port.
    pub fn at(address: impl Into<String>) -> Result<Self, StoreError> {
        let address = address.into();
        if !is_host_and_port(&address) {
            // Not shown: the address may contain a password.
            return Err(StoreError {
                store: "Memcached".to_owned(),
                reason: "its address is not a host and port, such as localhost:11211: name one \
                         server, without a scheme, a user or a path"
                    .to_owned(),
            });
        }
        Ok(Self {
            address,
            idle: Mutex::default(),
            permits: Semaphore::new(MOST_CONNECTIONS),
        })
    }

    /// Reads `name`, and returns the connection that was used.
    async fn load(&self, name: &str) -> Result<(Checkout<'_>, Option<CachedValue>), ServerError> {
        let command = MetaCommand::new(MetaOp::Get, name).flag("v").flag("c");
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(|cause| ServerError::Unavailable(cause.to_string()))?;
        // The server or a firewall may have closed an idle connection.
        while let Some(mut connection) = self.pop_idle() {
            match connection.execute(&command).await {
                Err(Error::Io(_)) => {}
                response => return Ok((Checkout { connection, permit }, cached_value(response)?)),
            }
        }
        let mut connection = AsyncMetaConnection::connect(self.address.as_str())
            .await
            .map_err(|cause| {
                ServerError::Unavailable(format!(
                    "it cannot be reached ({cause}): check whether it runs, and the address"
                ))
            })?;
        let response = connection.execute(&command).await;
        Ok((Checkout { connection, permit }, cached_value(response)?))
    }

    fn pop_idle(&self) -> Option<AsyncMetaConnection> {
        let mut idle = self.idle();
        idle.retain(|(_, since)| since.elapsed() < LONGEST_IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    /// Returns the connection to the pool.
    fn put_back(&self, checkout: Checkout<'_>) {
        self.idle().push((checkout.connection, Instant::now()));
        // Released last, so that the next waiter finds the connection.
        drop(checkout.permit);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(AsyncMetaConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is used by one call. It is closed when the call is dropped.
struct Checkout<'a> {
    connection: AsyncMetaConnection,
    permit: SemaphorePermit<'a>,
}

/// A value and its check-and-set number.
struct CachedValue {
    bytes: Vec<u8>,
    unique: u64,
}

#[async_trait]
impl KeyValueServer for Memcached {
    fn address(&self) -> String {
        format!("Memcached at {}", self.address)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ServerError> {
        let (checkout, found) = self.load(name).await?;
        self.put_back(checkout);
        Ok(found.map(|found| found.bytes))
    }

    async fn swap(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: Option<NewValue<'_>>,
    ) -> Result<bool, ServerError> {
        let (mut checkout, found) = self.load(name).await?;
        let current = found.as_ref().map(|found| found.bytes.as_slice());
        let change = change(name, found.as_ref(), new);
        let (true, Some(change)) = (current == old, change) else {
            self.put_back(checkout);
            return Ok(current == old);
        };
        // On the connection that was used for reading: a server that has been
        // restarted counts from the beginning, so that a number may belong to another
        // value there.
        let response = checkout.connection.execute(&change).await;
        let done = match checked(response)?.rc() {
            ReturnCode::Hd => true,
            ReturnCode::Ex | ReturnCode::Ns | ReturnCode::Nf => false,
            _ => return Err(not_memcached()),
        };
        self.put_back(checkout);
        Ok(done)
    }

    fn keeps_refresh_tokens(&self) -> bool {
        false
    }
}

impl fmt::Debug for Memcached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memcached")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Returns the command that replaces `found` by `new`, if one is needed.
fn change(
    name: &str,
    found: Option<&CachedValue>,
    new: Option<NewValue<'_>>,
) -> Option<MetaCommand> {
    let command = match &new {
        Some(new) => MetaCommand::new(MetaOp::Set, name)
            .value(new.bytes)
            .flag(format!("T{}", whole_seconds(new.lifetime))),
        None => MetaCommand::new(MetaOp::Delete, name),
    };
    match found {
        Some(found) => Some(command.flag(format!("C{}", found.unique))),
        None => new.map(|_| command.flag("ME")),
    }
}

/// Rounds a lifetime up by one second, because the server's clock ticks once a second.
/// Never 0, which means no expiry.
fn whole_seconds(lifetime: Duration) -> u64 {
    let begun = u64::from(lifetime.subsec_nanos() > 0);
    let seconds = lifetime.as_secs().saturating_add(begun + 1);
    seconds.min(LONGEST_LIFETIME)
}

fn cached_value(response: Outcome<MetaResponse>) -> Result<Option<CachedValue>, ServerError> {
    let response = checked(response)?;
    if response.rc() == ReturnCode::En {
        return Ok(None);
    }
    let unique = response.flags().find_map(|flag| flag.strip_prefix(b"c"));
    let unique = unique
        .and_then(|unique| std::str::from_utf8(unique).ok())
        .and_then(|unique| unique.parse().ok());
    match (unique, response.into_value()) {
        (Some(0), _) => Err(ServerError::Rejected(
            "its check-and-set is switched off: start it without -C".to_owned(),
        )),
        (Some(unique), Some(bytes)) => Ok(Some(CachedValue { bytes, unique })),
        _ => Err(not_memcached()),
    }
}

/// Converts the result of a command. The errors of the `memcache` crate contain no
/// value, except for one about an unreadable reply.
fn checked(response: Outcome<MetaResponse>) -> Result<MetaResponse, ServerError> {
    let rejected = |reason: String| Err(ServerError::Rejected(reason));
    match response {
        Ok(response) => Ok(response),
        Err(Error::Io(cause)) => Err(ServerError::Unavailable(format!(
            "the connection broke ({cause})"
        ))),
        // The server uses this reply both for an unknown command and for too many
        // connections.
        Err(Error::Rejected(reply)) if reply == "ERROR" => rejected(
            "it does not support the meta commands, or has reached its maximum number of \
             connections: use Memcached 1.6.10 or later, and raise its limit (-c)"
                .to_owned(),
        ),
        Err(Error::Rejected(reply)) => rejected(format!(
            "it rejected the command ({reply:?}): use Memcached 1.6.10 or later, without a \
             password"
        )),
        Err(Error::Server(reply)) => rejected(format!(
            "it failed ({reply:?}): raise its memory limit (-m), or its item size limit (-I) if \
             a record is too large"
        )),
        Err(Error::Usage(reason)) => rejected(format!("{reason}: choose a shorter prefix")),
        Err(_) => Err(not_memcached()),
    }
}

fn not_memcached() -> ServerError {
    ServerError::Rejected(
        "the server at this address does not speak the Memcached protocol: check the address"
            .to_owned(),
    )
}

/// Returns whether the address is a host and a port.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else {
        return false;
    };
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = bracketed.map_or_else(
        || {
            let fits = |letter: char| letter.is_alphanumeric() || "-._".contains(letter);
            !host.is_empty() && host.chars().all(fits)
        },
        |host| host.parse::<Ipv6Addr>().is_ok(),
    );
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for address in [
            "localhost:11211",
            "127.0.0.1:1",
            "[::1]:11211",
            "cache_1.internal.:65535",
        ] {
            Memcached::at(address).unwrap();
        }
        for address in [
            "",
            "localhost",
            ":11211",
            "localhost:",
            "localhost:0",
            "localhost:65536",
            "::1:11211",
            "[localhost]:11211",
            "memcached://localhost:11211",
            "canary:canary@localhost:11211",
            "one:11211,two:11211",
            "one:11211 two:11211",
            "/run/memcached.sock",
        ] {
            let error = Memcached::at(address).unwrap_err().to_string();
            assert!(error.contains("localhost:11211"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_lifetime_is_rounded_up_and_limited() {
        let second = Duration::from_secs(1);
        for (lifetime, sent) in [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 2),
            (second, 2),
            (Duration::from_millis(1001), 3),
            (2_591_999 * second, 2_592_000),
            (2_592_000 * second, 2_592_000),
            (Duration::MAX, 2_592_000),
        ] {
            assert_eq!(whole_seconds(lifetime), sent, "{lifetime:?}");
        }
    }
}
