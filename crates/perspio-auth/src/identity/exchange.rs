//! One exchange with the token endpoint: what `oauth2` sends through, and what
//! is made of its outcome.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use oauth2::{HttpRequest, HttpResponse, RequestTokenError};
use secrecy::{ExposeSecret, SecretString};

use super::refusal::EntraError;
use super::{Identity, TokenAnswer, form};
use crate::application::Application;
use crate::clock::Clock;
use crate::error::Error;
use crate::grant::Grant;

/// Lets `oauth2` use the HTTP client of this crate, one reqwest in the tree,
/// and keeps what `oauth2` would drop.
pub(crate) struct Exchange<'a> {
    identity: &'a Identity,
    clock: &'a dyn Clock,
    grant: Grant,
    secrets: Vec<(&'static str, SecretString)>,
    /// The last refusal: `oauth2`'s own types have no room for Entra's fields.
    refused: Mutex<Option<EntraError>>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        identity: &'a Identity,
        clock: &'a dyn Clock,
        grant: Grant,
        application: &Application,
    ) -> Self {
        let secret = application.client_secret().cloned();
        Self {
            identity,
            clock,
            grant,
            secrets: secret
                .map(|secret| ("client_secret", secret))
                .into_iter()
                .collect(),
            refused: Mutex::default(),
        }
    }

    /// A secret of this exchange; `oauth2` puts an empty pair of that name into the form.
    pub(crate) fn with(mut self, name: &'static str, secret: &SecretString) -> Self {
        self.secrets.push((name, secret.clone()));
        self
    }

    /// The secrets, to be taken out of what a server repeats.
    fn plain(&self) -> impl Iterator<Item = &str> {
        self.secrets
            .iter()
            .map(|(_, secret)| secret.expose_secret())
    }

    fn refused(&self) -> MutexGuard<'_, Option<EntraError>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, refused: EntraError) -> Error {
        let secrets: Vec<_> = self.plain().collect();
        let (profile, host) = (self.identity.profile(), self.identity.host());
        refused.explain(profile, host, self.grant, &secrets)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let request = request.map(|form| form::fill(&form, &self.secrets));
        let secrets: Vec<_> = self.plain().collect();
        let answer = self.identity.send(request, &secrets, self.clock).await?;
        // Some servers refuse with status 200.
        let refused = EntraError::parse(answer.body());
        if refused.is_some() {
            *self.refused() = refused;
        }
        Ok(answer)
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
                let told = told.to_string();
                let kept = self.refused().take();
                // `oauth2` itself ends a device flow whose time is over: then
                // the last that the server said is not what this is about.
                let kept = kept.filter(|kept| kept.is_told_as(&told));
                let refused = kept.unwrap_or_else(|| EntraError::told(&told));
                Err(self.explain(refused))
            }
            Err(RequestTokenError::Parse(error, _)) => {
                let kept = self.refused().take();
                if let Some(refused) = kept {
                    return Err(self.explain(refused));
                }
                let place = error.path().to_string();
                let place = if place == "." {
                    "the answer".to_owned()
                } else {
                    place
                };
                let problem = match error.inner().classify() {
                    serde_json::error::Category::Eof => "ends too early",
                    serde_json::error::Category::Data => "is missing or of the wrong type",
                    _ => "is not JSON",
                };
                Err(self.identity.invalid_token(format!("{place} {problem}")))
            }
            Err(RequestTokenError::Other(_)) => {
                Err(self.identity.invalid_token("it is empty, or not JSON"))
            }
        }
    }

    /// The same for a token answer, whose type must be Bearer.
    pub(crate) fn conclude_token<E: oauth2::ErrorResponse + 'static>(
        &self,
        outcome: Result<TokenAnswer, RequestTokenError<Error, E>>,
    ) -> Result<TokenAnswer, Error> {
        let answer = self.conclude(outcome)?;
        if answer.is_bearer() {
            Ok(answer)
        } else {
            Err(self.identity.invalid_token("its token_type is not Bearer"))
        }
    }
}

impl<'c> oauth2::AsyncHttpClient<'c> for Exchange<'_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}
