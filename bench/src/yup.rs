//! yup-oauth2. It has no client-credentials grant; its external account, which
//! exchanges a token from a file, is the flow that comes nearest: no person, a
//! token address of the caller's, a new token for each expired one.

use std::io::Write;

use anyhow::{Context, Result};
use http::HeaderValue;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tempfile::NamedTempFile;
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::external_account::{CredentialSource, ExternalAccountSecret};
use yup_oauth2::{CustomHyperClientBuilder, ExternalAccountAuthenticator};

use crate::server::{Life, Server};
use crate::source::{Map, SCOPE, Source, Tenants, bearer, tenant_id};

pub struct Yup {
    authenticator: Authenticator<HttpConnector>,
    /// Kept until the last source that reads it is gone.
    _credential: std::sync::Arc<NamedTempFile>,
}

impl Source for Yup {
    const NAME: &'static str = "yup-oauth2";
    /// It renews a minute before the end.
    const DUE_AFTER_A_SECOND: Life = Life {
        expires_in: 61,
        refresh_in: None,
    };
    type Maker = Maker;
    type Error = anyhow::Error;
    type Tenants = Map<Self>;

    fn maker(server: &Server) -> Result<Maker> {
        let mut credential = NamedTempFile::new()?;
        credential.write_all(b"secret")?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Maker {
            http: Client::builder(TokioExecutor::new()).build(connector),
            token_url: server.url("/token"),
            credential: credential.into(),
        })
    }

    async fn make(maker: &Maker, tenant: usize) -> Result<Self> {
        let file = maker.credential.path().to_str().context("not UTF-8")?;
        let secret = ExternalAccountSecret {
            audience: tenant_id(tenant),
            subject_token_type: "urn:ietf:params:oauth:token-type:jwt".to_owned(),
            service_account_impersonation_url: None,
            token_url: maker.token_url.clone(),
            credential_source: CredentialSource::File {
                file: file.to_owned(),
            },
            key_type: "external_account".to_owned(),
        };
        let http = CustomHyperClientBuilder::from(maker.http.clone());
        let authenticator = ExternalAccountAuthenticator::with_client(secret, http)
            .build()
            .await?;
        Ok(Self {
            authenticator,
            _credential: maker.credential.clone(),
        })
    }

    async fn tenants(server: &Server, count: usize) -> Result<Map<Self>> {
        Map::new(server, count).await
    }

    async fn authorization(&self) -> Result<HeaderValue> {
        self.authorization_for(SCOPE).await
    }
}

impl Yup {
    async fn authorization_for(&self, scope: &str) -> Result<HeaderValue> {
        let token = self.authenticator.token(&[scope]).await?;
        bearer(token.token().context("no token")?)
    }
}

pub struct Maker {
    http: Client<HttpConnector, String>,
    token_url: String,
    credential: std::sync::Arc<NamedTempFile>,
}

/// One authenticator, asked for many scopes: the keys of the library's own cache.
pub struct OneAuthenticator(Yup);

impl OneAuthenticator {
    pub async fn new(server: &Server) -> Result<Self> {
        Yup::make(&Yup::maker(server)?, 0).await.map(Self)
    }
}

impl Tenants for OneAuthenticator {
    type Key = String;

    fn key(&self, tenant: usize) -> String {
        format!("https://api-{tenant}.example/.default")
    }

    async fn authorization(&self, key: &String) -> Result<HeaderValue> {
        self.0.authorization_for(key).await
    }
}
