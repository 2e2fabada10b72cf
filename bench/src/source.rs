//! What every library is asked for, in its own words.

use std::collections::HashMap;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use http::HeaderValue;

use crate::server::{Life, Server};

/// What the tenants' tokens are for.
pub const SCOPE: &str = "https://api.example/.default";

/// How many tokens are fetched at once where a scenario only prepares itself.
const AT_ONCE: usize = 32;

/// One tenant's token.
pub trait Source: Send + Sync + Sized + 'static {
    /// The library's name, as in the lock file.
    const NAME: &'static str;
    /// A life of a token that this library renews a second after it came.
    const DUE_AFTER_A_SECOND: Life;
    /// What the sources of all tenants share, such as an HTTP client.
    type Maker: Send + Sync + 'static;
    /// The library's own error where it gives the header value itself: turning it
    /// into another takes some of the time that is measured.
    type Error: Into<anyhow::Error> + Send;
    /// How this library keeps many tenants.
    type Tenants: Tenants;

    fn maker(server: &Server) -> Result<Self::Maker>;

    /// A tenant's source. Nothing is fetched yet, if the library can wait.
    fn make(maker: &Self::Maker, tenant: usize) -> impl Future<Output = Result<Self>> + Send;

    fn tenants(server: &Server, count: usize)
    -> impl Future<Output = Result<Self::Tenants>> + Send;

    /// The value of the `Authorization` header.
    fn authorization(&self) -> impl Future<Output = Result<HeaderValue, Self::Error>> + Send;

    /// One tenant's source that has its token.
    fn warm(server: &Server) -> impl Future<Output = Result<Self>> {
        async {
            let source = Self::make(&Self::maker(server)?, 0).await?;
            source.authorization().await.map_err(Into::into)?;
            Ok(source)
        }
    }
}

/// The tokens of many tenants.
pub trait Tenants: Send + Sync + 'static {
    /// What a caller keeps to ask for its tenant's token.
    type Key: Clone + Send + Sync + 'static;

    fn key(&self, tenant: usize) -> Self::Key;

    fn authorization(&self, key: &Self::Key) -> impl Future<Output = Result<HeaderValue>> + Send;

    /// Fetches the tokens of tenants 0 to `count`; gives their keys.
    fn warm(&self, count: usize) -> impl Future<Output = Result<Vec<Self::Key>>> {
        async move {
            let keys: Vec<_> = (0..count).map(|tenant| self.key(tenant)).collect();
            let fetches = keys.iter().map(|key| self.authorization(key));
            stream::iter(fetches)
                .buffer_unordered(AT_ONCE)
                .try_for_each(|_| async { Ok(()) })
                .await?;
            Ok(keys)
        }
    }
}

/// Where a library has nothing for many tenants: std's map, filled once. It
/// takes no lock, which no service whose tenants come and go could do without.
pub struct Map<S>(HashMap<String, S>);

impl<S: Source> Map<S> {
    pub async fn new(server: &Server, count: usize) -> Result<Self> {
        let maker = S::maker(server)?;
        let made = (0..count).map(|tenant| {
            let maker = &maker;
            async move { Ok((tenant_id(tenant), S::make(maker, tenant).await?)) }
        });
        stream::iter(made)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
            .map(Self)
    }
}

impl<S: Source> Tenants for Map<S> {
    type Key = String;

    fn key(&self, tenant: usize) -> String {
        tenant_id(tenant)
    }

    async fn authorization(&self, key: &String) -> Result<HeaderValue> {
        self.0
            .get(key)
            .context("no such tenant")?
            .authorization()
            .await
            .map_err(Into::into)
    }
}

/// A tenant's client id.
pub fn tenant_id(tenant: usize) -> String {
    format!("tenant-{tenant:05}")
}

/// The header value of a library that gives a text only.
pub fn bearer(token: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    Ok(value)
}
