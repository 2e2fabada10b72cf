//! One exchange with the token endpoint: what `oauth2` sends through, and what
//! is made of its outcome.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use oauth2::{HttpRequest, HttpResponse, RequestTokenError};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::error_response::EntraError;
use super::{Identity, TokenAnswer, form, unusable};
use crate::oauth::application::Application;
use crate::oauth::assertion::AssertionRequest;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::token::clock::Clock;

/// The parameter of a client assertion, and its type (RFC 7523 §2.2).
const CLIENT_ASSERTION: &str = "client_assertion";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Lets `oauth2` use the HTTP client of this crate, one reqwest in the tree,
/// and keeps what `oauth2` would drop.
pub(crate) struct Exchange<'a> {
    identity: &'a Identity,
    clock: &'a dyn Clock,
    grant: GrantType,
    application: Application,
    secrets: Vec<(&'static str, SecretString)>,
    /// The assertion of the last request, which authenticated the application.
    assertion: Mutex<Option<SecretString>>,
    /// The last error response: `oauth2`'s own types have no room for Entra's fields.
    refused: Mutex<Option<EntraError>>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        identity: &'a Identity,
        clock: &'a dyn Clock,
        grant: GrantType,
        application: &Application,
    ) -> Self {
        let secret = application.client_secret().cloned();
        Self {
            identity,
            clock,
            grant,
            application: application.clone(),
            secrets: secret
                .map(|secret| ("client_secret", secret))
                .into_iter()
                .collect(),
            assertion: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// A secret of this exchange; `oauth2` puts an empty pair of that name into the form.
    pub(crate) fn with(mut self, name: &'static str, secret: &SecretString) -> Self {
        self.secrets.push((name, secret.clone()));
        self
    }

    /// Returns the secrets of the last request, to be removed from what a server repeats.
    fn sent_secrets(&self) -> Vec<(&'static str, SecretString)> {
        let assertion = self.assertion.lock();
        let assertion = assertion.unwrap_or_else(PoisonError::into_inner).clone();
        let assertion = assertion.map(|assertion| (CLIENT_ASSERTION, assertion));
        self.secrets.iter().cloned().chain(assertion).collect()
    }

    /// Obtains a new assertion, if the application authenticates with one.
    async fn renew_assertion(&self) -> Result<bool, Error> {
        let Some(provider) = self.application.client_assertion() else {
            return Ok(false);
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
        *self
            .assertion
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(assertion);
        Ok(true)
    }

    fn refused(&self) -> MutexGuard<'_, Option<EntraError>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, refused: EntraError) -> Error {
        let secrets = self.sent_secrets();
        let secrets = plain(&secrets);
        let (profile, host) = (self.identity.profile(), self.identity.host());
        refused.explain(profile, host, self.grant, &secrets)
    }

    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, Error> {
        if self.renew_assertion().await? {
            let pairs = form_urlencoded::Serializer::new(String::new())
                .append_pair("client_assertion_type", JWT_BEARER)
                .append_pair(CLIENT_ASSERTION, "")
                .finish();
            let form = request.body_mut();
            form.push(b'&');
            form.extend_from_slice(pairs.as_bytes());
        }
        let secrets = self.sent_secrets();
        let request = request.map(|form| form::fill(&form, &secrets));
        let secrets = plain(&secrets);
        let answer = self
            .identity
            .send(request, self.grant, &secrets, self.clock);
        let answer = answer.await?;
        // Some servers refuse with status 200.
        let refused = EntraError::parse(answer.body());
        if refused.is_some() {
            *self.refused() = refused;
        }
        Ok(answer)
    }

    /// A request that `oauth2` has no part in: the application and `form` go to
    /// `url`, and an OAuth answer comes back.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        url: &Endpoint,
        form: &[(&str, &str)],
    ) -> Result<T, Error> {
        let client_id = self.application.client_id();
        let secret = self
            .secrets
            .iter()
            .any(|(name, _)| *name == "client_secret");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form.iter().copied())
            .append_pair("client_id", client_id)
            .extend_pairs(secret.then_some(("client_secret", "")))
            .finish();
        let request = http::Request::post(url.url().as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .map_err(|cause| Error::configuration(format!("{url} cannot be asked: {cause}")))?;
        let answer = self.send(request).await?;
        if let Some(refused) = self.refused().take() {
            return Err(self.explain(refused));
        }
        let mut json = serde_json::Deserializer::from_slice(answer.body());
        serde_path_to_error::deserialize(&mut json).map_err(|cause| {
            let reason = format!("{} {}", place(&cause), problem(cause.inner()));
            unusable(url.url(), &reason)
        })
    }

    /// Turns what `oauth2` made of the answer into ours. Its parse error keeps
    /// the raw body, tokens included: only the place is taken from it.
    pub(crate) fn conclude<T, E: oauth2::ErrorResponse + 'static>(
        &self,
        outcome: Result<T, RequestTokenError<Error, E>>,
    ) -> Result<T, Error> {
        match outcome {
            Ok(answer) => Ok(answer),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::ServerResponse(told)) => {
                let kept = self.refused().take();
                let refused = kept.unwrap_or_else(|| EntraError::from_text(&told.to_string()));
                Err(self.explain(refused))
            }
            Err(RequestTokenError::Parse(error, _)) => {
                let kept = self.refused().take();
                if let Some(refused) = kept {
                    return Err(self.explain(refused));
                }
                let place = place(&error);
                let problem = problem(error.inner());
                Err(self.identity.invalid_token(format!("{place} {problem}")))
            }
            Err(RequestTokenError::Other(_)) => {
                Err(self.identity.invalid_token("it is empty, or not JSON"))
            }
        }
    }

    /// The same for a token answer, whose token must be valid.
    pub(crate) fn conclude_token<E: oauth2::ErrorResponse + 'static>(
        &self,
        outcome: Result<TokenAnswer, RequestTokenError<Error, E>>,
    ) -> Result<TokenAnswer, Error> {
        self.valid(self.conclude(outcome)?)
    }

    /// The answer, if its token can be sent as `Bearer`.
    pub(crate) fn valid(&self, answer: TokenAnswer) -> Result<TokenAnswer, Error> {
        match answer.fault() {
            None => Ok(answer),
            Some(fault) => Err(self.identity.invalid_token(format!(
                "{fault}. That is a fault of the server: ask its administrator"
            ))),
        }
    }
}

fn plain<'s>(secrets: &'s [(&'static str, SecretString)]) -> Vec<&'s str> {
    let secrets = secrets.iter();
    secrets.map(|(_, secret)| secret.expose_secret()).collect()
}

/// Where in an answer the trouble is.
fn place(cause: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = cause.path().to_string();
    if path == "." {
        // Serde says so of a member that is missing.
        "the answer, or a member of it,".to_owned()
    } else {
        path
    }
}

/// Why an answer cannot be read, without any part of it.
fn problem(cause: &serde_json::Error) -> &'static str {
    match cause.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Data => "is missing or of the wrong type",
        _ => "is not JSON",
    }
}

impl<'c> oauth2::AsyncHttpClient<'c> for Exchange<'_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}
