//! middle.

use anyhow::Result;
use http::HeaderValue;
use middle::{Authorizer, BasicClientCredentialAuthorizer};
use url::Url;

use crate::server::{Life, Server};
use crate::source::{Map, SCOPE, Source, tenant_id};

pub struct Middle(BasicClientCredentialAuthorizer);

impl Source for Middle {
    const NAME: &'static str = "middle";
    /// It renews 30 seconds before the end, in a task of its own.
    const DUE_AFTER_A_SECOND: Life = Life {
        expires_in: 31,
        refresh_in: None,
    };
    type Maker = Maker;
    type Error = middle::Error;
    type Tenants = Map<Self>;

    fn maker(server: &Server) -> Result<Maker> {
        Ok(Maker {
            http: reqwest_for_middle::Client::builder().no_proxy().build()?,
            token_url: server.url("/token").parse()?,
        })
    }

    /// Fetches the token: the library knows no source without one.
    async fn make(maker: &Maker, tenant: usize) -> Result<Self> {
        let authorizer = BasicClientCredentialAuthorizer::basic_builder(
            &tenant_id(tenant),
            "secret",
            maker.token_url.clone(),
        )
        .add_scope(SCOPE)
        .set_http_client(maker.http.clone())
        .build()
        .await?;
        Ok(Self(authorizer))
    }

    async fn tenants(server: &Server, count: usize) -> Result<Map<Self>> {
        Map::new(server, count).await
    }

    async fn authorization(&self) -> Result<HeaderValue, middle::Error> {
        Ok(HeaderValue::clone(&*self.0.authorization_header()?))
    }
}

pub struct Maker {
    http: reqwest_for_middle::Client,
    token_url: Url,
}
