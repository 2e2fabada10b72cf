//! perspio-auth.

use anyhow::{Context, Result};
use http::HeaderValue;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{
    Application, ClientCredentials, Profile, Scopes, TokenKey, TokenSource, TokenSourceBuilder,
    TokenSources,
};

use crate::server::{Life, Server};
use crate::source::{SCOPE, Source, Tenants, tenant_id};

pub struct Ours(TokenSource);

impl Source for Ours {
    const NAME: &'static str = "perspio-auth";
    const DUE_AFTER_A_SECOND: Life = Life {
        expires_in: 6,
        refresh_in: Some(1),
    };
    type Maker = Profile;
    type Error = perspio_auth::Error;
    type Tenants = Keyed;

    fn maker(server: &Server) -> Result<Profile> {
        profile(&server.url(""))
    }

    async fn make(profile: &Profile, tenant: usize) -> Result<Self> {
        Ok(Self(builder(profile, tenant).build()?))
    }

    async fn tenants(server: &Server, count: usize) -> Result<Keyed> {
        let profile = Self::maker(server)?;
        let sources = TokenSources::new(count);
        for tenant in 0..count {
            sources.get_or_build(builder(&profile, tenant))?;
        }
        Ok(Keyed { profile, sources })
    }

    fn authorization(&self) -> impl Future<Output = Result<HeaderValue, Self::Error>> + Send {
        self.0.authorization()
    }
}

/// Many tenants, in the library's own keyed source.
pub struct Keyed {
    profile: Profile,
    sources: TokenSources,
}

impl Tenants for Keyed {
    type Key = TokenKey;

    fn key(&self, tenant: usize) -> TokenKey {
        builder(&self.profile, tenant).key()
    }

    async fn authorization(&self, key: &TokenKey) -> Result<HeaderValue> {
        let source = self.sources.get(key).context("no such tenant")?;
        Ok(source.authorization().await?)
    }
}

/// The identity server at `url`.
pub fn profile(url: &str) -> Result<Profile> {
    let address = url.parse::<Endpoint>()?;
    Ok(Profile::custom("bench", address.clone(), &address).with_scopes(Scopes::uniform([SCOPE])))
}

/// A tenant's source.
pub fn builder(profile: &Profile, tenant: usize) -> TokenSourceBuilder {
    let application = Application::confidential(tenant_id(tenant), "secret");
    TokenSource::builder(profile, ClientCredentials::new(application))
}
