//! huskarl.

use std::time::Duration;

use ::huskarl::cache::{
    GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache, TokenSource,
};
use ::huskarl::core::client_auth::ClientSecret;
use ::huskarl::core::http::{HttpClient, HttpResponse, Idempotency};
use ::huskarl::core::platform::MaybeSendBoxFuture;
use ::huskarl::core::secrets::{ProvidedSecret, SecretString};
use ::huskarl::core::{EndpointUrl, Error, RetryAdvice};
use ::huskarl::grant::client_credentials::{
    ClientCredentialsGrant, ClientCredentialsGrantParameters,
};
use anyhow::Result;
use bytes::Bytes;
use http::{HeaderValue, Request};

use crate::server::{Life, Server};
use crate::source::{Map, SCOPE, Source, tenant_id};

/// With [`Huskarl::DUE_AFTER_A_SECOND`] it renews five seconds before the end,
/// while the token may still be used for two; with a token of an hour the
/// library's margin of 30 s comes first and this changes nothing.
const REFRESH_AHEAD: Duration = Duration::from_secs(5);

pub struct Huskarl(
    InMemoryTokenCache<GrantTokenSource<ClientCredentialsGrant, InMemoryRefreshTokenStore>>,
);

impl Source for Huskarl {
    const NAME: &'static str = "huskarl";
    const DUE_AFTER_A_SECOND: Life = Life {
        expires_in: 6,
        refresh_in: None,
    };
    type Maker = Maker;
    type Error = anyhow::Error;
    type Tenants = Map<Self>;

    fn maker(server: &Server) -> Result<Maker> {
        Ok(Maker {
            http: Http(reqwest::Client::builder().no_proxy().build()?),
            endpoint: EndpointUrl::try_from(server.url("/token"))?,
        })
    }

    async fn make(maker: &Maker, tenant: usize) -> Result<Self> {
        let secret = ProvidedSecret::new(SecretString::new("secret"));
        let grant = ClientCredentialsGrant::builder()
            .client_id(tenant_id(tenant))
            .client_auth(ClientSecret::new(secret))
            .http_client(maker.http.clone())
            .token_endpoint(maker.endpoint.clone())
            .build();
        let parameters = ClientCredentialsGrantParameters::builder()
            .scope(vec![SCOPE.to_owned()])
            .build();
        let source = GrantTokenSource::builder()
            .grant(grant)
            .grant_parameters(parameters)
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        let cache = InMemoryTokenCache::builder()
            .source(source)
            .refresh_ahead(REFRESH_AHEAD)
            .build();
        Ok(Self(cache))
    }

    async fn tenants(server: &Server, count: usize) -> Result<Map<Self>> {
        Map::new(server, count).await
    }

    /// Without the library's `HttpAuthorizer`, which puts the same value into a
    /// header map and so costs more.
    async fn authorization(&self) -> Result<HeaderValue> {
        let token = self.0.token().await?;
        let mut value = token.access_token().expose_header_value()?;
        value.set_sensitive(true);
        Ok(value)
    }
}

pub struct Maker {
    http: Http,
    endpoint: EndpointUrl,
}

#[derive(Clone)]
struct Http(reqwest::Client);

impl HttpClient for Http {
    fn execute(
        &self,
        request: Request<Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async move {
            self.exchange(request)
                .await
                .map_err(|cause| Error::new(RetryAdvice::No, cause))
        })
    }
}

impl Http {
    async fn exchange(&self, request: Request<Bytes>) -> reqwest::Result<HttpResponse> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        Ok(HttpResponse {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body: answer.bytes().await?,
        })
    }
}
