//! `azure_identity`.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use http::HeaderValue;

use crate::server::{Life, Server};
use crate::source::{Map, SCOPE, Source, Tenants, bearer, tenant_id};

pub struct Azure(Arc<ClientSecretCredential>);

impl Source for Azure {
    const NAME: &'static str = "azure_identity";
    /// It renews five minutes before the end.
    const DUE_AFTER_A_SECOND: Life = Life {
        expires_in: 301,
        refresh_in: None,
    };
    type Maker = Maker;
    type Error = anyhow::Error;
    type Tenants = Map<Self>;

    fn maker(server: &Server) -> Result<Maker> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = format!("https://{}", server.address());
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Maker {
            transport: Transport::new(Arc::new(PlainHttp(http))),
            cloud: Arc::new(cloud.into()),
        })
    }

    async fn make(maker: &Maker, tenant: usize) -> Result<Self> {
        maker.credential(tenant).map(Self)
    }

    async fn tenants(server: &Server, count: usize) -> Result<Map<Self>> {
        Map::new(server, count).await
    }

    async fn authorization(&self) -> Result<HeaderValue> {
        bearer(self.0.get_token(&[SCOPE], None).await?.token.secret())
    }
}

pub struct Maker {
    transport: Transport,
    cloud: Arc<CloudConfiguration>,
}

impl Maker {
    fn credential(&self, tenant: usize) -> Result<Arc<ClientSecretCredential>> {
        let options = ClientSecretCredentialOptions {
            client_options: ClientOptions {
                transport: Some(self.transport.clone()),
                cloud: Some(self.cloud.clone()),
                ..ClientOptions::default()
            },
        };
        let id = tenant_id(tenant);
        let secret = Secret::new("secret");
        Ok(ClientSecretCredential::new(
            &id,
            id.clone(),
            secret,
            Some(options),
        )?)
    }
}

/// One credential, asked for many scopes: the keys of the library's own cache.
pub struct OneCredential(Arc<ClientSecretCredential>);

impl OneCredential {
    pub fn new(server: &Server) -> Result<Self> {
        Azure::maker(server)?.credential(0).map(Self)
    }
}

impl Tenants for OneCredential {
    type Key = String;

    fn key(&self, tenant: usize) -> String {
        format!("https://api-{tenant}.example/.default")
    }

    async fn authorization(&self, key: &String) -> Result<HeaderValue> {
        bearer(self.0.get_token(&[key], None).await?.token.secret())
    }
}

/// The library takes an https authority only; this server speaks plain http.
#[derive(Debug)]
struct PlainHttp(reqwest::Client);

#[async_trait::async_trait]
impl HttpClient for PlainHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut request = request.clone();
        if request.url_mut().set_scheme("http").is_err() {
            let cause = anyhow!("the address takes no http");
            return Err(azure_core::Error::new(
                azure_core::error::ErrorKind::Other,
                cause,
            ));
        }
        self.0.execute_request(&request).await
    }
}
