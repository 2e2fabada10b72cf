//! One request to the token or device authorization endpoint, and its response.

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::error_response::EntraError;
use super::form::{Secret, with_secrets};
use super::{Identity, TokenResponse, unusable};
use crate::oauth::application::Application;
use crate::oauth::assertion::AssertionRequest;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::token::clock::Clock;

/// The parameters of a client assertion, and its type (RFC 7523 §2.2).
const CLIENT_ASSERTION: &str = "client_assertion";
const CLIENT_ASSERTION_TYPE: &str = "client_assertion_type";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Sends the forms of one grant, with their secrets.
pub(crate) struct Exchange<'a> {
    identity: &'a Identity,
    clock: &'a dyn Clock,
    grant: GrantType,
    application: &'a Application,
    secrets: Vec<Secret>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        identity: &'a Identity,
        clock: &'a dyn Clock,
        grant: GrantType,
        application: &'a Application,
    ) -> Self {
        let secret = application.client_secret().cloned();
        Self {
            identity,
            clock,
            grant,
            application,
            secrets: secret.map(|it| ("client_secret", it)).into_iter().collect(),
        }
    }

    /// Adds a secret parameter.
    pub(crate) fn with(mut self, name: &'static str, secret: &SecretString) -> Self {
        self.secrets.push((name, secret.clone()));
        self
    }

    /// Sends a form to the token endpoint, and checks the token of the response.
    pub(crate) async fn token(&self, form: &[u8]) -> Result<TokenResponse, Error> {
        let url = self.identity.profile().token_url();
        let response: TokenResponse = self.post(url, form).await?;
        response.checked(|fault| {
            let reason = format!("{fault}. That is a fault of the server: ask its administrator");
            unusable(url.url(), &reason)
        })
    }

    /// Sends a form and decodes the response.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &Endpoint,
        form: &[u8],
    ) -> Result<T, Error> {
        let mut secrets = self.secrets.clone();
        if let Some(assertion) = self.new_assertion().await? {
            secrets.push((CLIENT_ASSERTION_TYPE, JWT_BEARER.into()));
            secrets.push((CLIENT_ASSERTION, assertion));
        }
        let form = with_secrets(form, &secrets);
        let secrets = secrets.iter().map(|(_, secret)| secret.expose_secret());
        let secrets: Vec<&str> = secrets.collect();
        let body = self
            .identity
            .post(url.url(), form, self.grant, &secrets, self.clock)
            .await?;
        // Some servers send an error response with status 200.
        if let Some(rejected) = EntraError::parse(&body) {
            let (profile, host) = (self.identity.profile(), self.identity.host());
            return Err(rejected.explain(profile, host, self.grant, &secrets));
        }
        let mut json = serde_json::Deserializer::from_slice(&body);
        serde_path_to_error::deserialize(&mut json).map_err(|cause| {
            let reason = format!("{} {}", place(&cause), problem(cause.inner()));
            unusable(url.url(), &reason)
        })
    }

    /// Obtains a new assertion, if the application authenticates with one.
    async fn new_assertion(&self) -> Result<Option<SecretString>, Error> {
        let Some(provider) = self.application.client_assertion() else {
            return Ok(None);
        };
        let request = AssertionRequest::new(
            self.application.client_id(),
            self.identity.profile().token_url().url().as_str(),
            self.clock.now().wall,
        );
        let assertion = provider.assertion(&request).await?;
        if assertion.expose_secret().is_empty() {
            return Err(Error::configuration("the client assertion is empty"));
        }
        Ok(Some(assertion))
    }
}

/// Returns the path of the member that cannot be decoded.
fn place(cause: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = cause.path().to_string();
    if path == "." {
        // Serde gives this path for a missing member.
        "the response, or a member of it,".to_owned()
    } else {
        path
    }
}

/// Returns why a response cannot be decoded, without any part of it.
fn problem(cause: &serde_json::Error) -> &'static str {
    match cause.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Data => "is missing or of the wrong type",
        _ => "is not JSON",
    }
}
