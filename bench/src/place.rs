//! Where our tokens are kept.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail};
use perspio_auth::store::{FileStore, MemcachedStore, MemoryStore, RedisStore};
use perspio_auth::{SecretString, StoreKey, TokenStore};

/// A place for tokens; as a text, one process can tell it to another.
#[derive(Clone, Debug)]
pub enum Place {
    /// Each process's own.
    Memory,
    File(PathBuf),
    Redis(SocketAddr),
    Memcached(SocketAddr),
}

impl Place {
    /// The store there, as another process has it: with connections of its own.
    pub fn open(&self, key: &SecretString) -> Result<Arc<dyn TokenStore>> {
        let key = StoreKey::from_base64(key)?;
        Ok(match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::File(path) => Arc::new(FileStore::open(path, key)?),
            Self::Redis(address) => {
                let url = SecretString::from(format!("redis://{address}"));
                Arc::new(RedisStore::open(&url, key)?)
            }
            Self::Memcached(address) => Arc::new(MemcachedStore::open(address.to_string(), key)?),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => write!(f, "memory"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Redis(address) => write!(f, "redis {address}"),
            Self::Memcached(address) => write!(f, "memcached {address}"),
        }
    }
}

impl FromStr for Place {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        let (kind, where_to) = text.split_once(' ').context("no place for tokens")?;
        Ok(match kind {
            "file" => Self::File(where_to.into()),
            "redis" => Self::Redis(where_to.parse()?),
            "memcached" => Self::Memcached(where_to.parse()?),
            _ => bail!("there is no store {kind}"),
        })
    }
}
