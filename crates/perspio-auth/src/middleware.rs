//! Attaches token and headers to every request; renews once when the API
//! refuses the token.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{Extensions, HeaderName, HeaderValue, StatusCode};
use reqwest::{Request, Response};

use crate::challenge::Challenge;
use crate::error::Error;
use crate::profile::{OnForbidden, Profile};
use crate::secret::{scrub, scrub_cut};
use crate::source::TokenSource;
use crate::stage::{Onward, Stage, is_streamed};
use crate::token::AccessToken;

/// The [`Middleware`](reqwest_middleware::Middleware) that signs requests to one API.
///
/// It sets `Authorization`, the profile's headers, and `Accept:
/// application/json` where the request has none. A request to any other origin
/// than the profile's base URL is not sent at all, nor is one that writes with
/// an application's token where the profile says that it may only read.
///
/// On a 401 the token that was sent is dropped, a new one obtained, and the
/// request sent once more; the second answer is returned whatever it is. A body
/// that cannot be sent twice (a stream) is never repeated: its 401 is returned.
/// A 403 does the same only where the profile says so. A claims challenge is
/// handed to the caller as [`Error::ClaimsRequired`].
///
/// A stage behind it that holds requests back for long renews their [`Signature`].
#[derive(Clone)]
pub struct AuthMiddleware {
    source: TokenSource,
    profile: Profile,
    headers: Arc<[(HeaderName, HeaderValue)]>,
}

/// What a request is for; put into the request's extensions by who knows. A
/// request without it is judged by its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation's name, for messages.
    pub operation: &'static str,
    /// Whether it changes anything.
    pub writes: bool,
    /// Whether it does the same when it is done twice, although its method
    /// does not say so (see [`Profile::retryable_methods`]).
    pub repeatable: bool,
}

/// Marks an answer that refused a token which had just been obtained: another
/// one would fare no better. Stands in the answer's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshTokenRefused;

/// What went out with a request. Stands in the answer's extensions, so that
/// whoever shows a part of the answer can take the credentials out of it.
#[derive(Clone)]
pub struct SentCredentials {
    token: AccessToken,
    headers: Arc<[(HeaderName, HeaderValue)]>,
}

impl SentCredentials {
    /// The text without the credentials, should the server have repeated them,
    /// and without what would steer a terminal.
    pub fn scrub(&self, text: &str) -> String {
        scrub(text, &self.secrets())
    }

    /// The same for a text that ends before its end: what is left of a
    /// credential there is taken out too.
    pub fn scrub_cut(&self, text: &str) -> String {
        scrub_cut(text, &self.secrets())
    }

    fn secrets(&self) -> Vec<&str> {
        let headers = self
            .headers
            .iter()
            .filter_map(|(_, value)| value.to_str().ok());
        // A tenant's id is no secret, and short enough to be a part of other words.
        let secrets = headers.filter(|value| value.len() >= SHORTEST_SECRET);
        secrets.chain([self.token.expose_secret()]).collect()
    }
}

impl fmt::Debug for SentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentCredentials")
    }
}

/// What a request on its way is signed with. Stands in the request's extensions,
/// for a stage that holds it back: what waits for an hour leaves with a token
/// that has expired, unless it is signed once more.
#[derive(Clone)]
pub struct Signature {
    source: TokenSource,
    sent: SentCredentials,
}

impl Signature {
    /// Signs `request` with a token that is valid now.
    ///
    /// # Errors
    /// There is none to be had: the request cannot be sent.
    pub async fn renew(&mut self, request: &mut Request) -> Result<(), Error> {
        self.sent.token = self.source.token().await?;
        let authorization = self.sent.token.authorization().clone();
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(())
    }

    /// What goes out with the request.
    pub fn sent(&self) -> &SentCredentials {
        &self.sent
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature")
    }
}

/// A request went out with these before it came to this stage, which judges its
/// answer. Stands in the request's extensions.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct SentAlready(pub SentCredentials);

/// Shorter header values are not taken out of texts.
const SHORTEST_SECRET: usize = 12;

impl AuthMiddleware {
    /// Every header of the profile must have its value.
    pub fn new(profile: &Profile, source: TokenSource) -> Result<Self, Error> {
        let headers = profile
            .headers()
            .iter()
            .map(|header| match header.value() {
                Some(value) => Ok((header.name().clone(), value.clone())),
                None => Err(Error::configuration(format!(
                    "the header {} has no value; it is found in the {}",
                    header.label(),
                    header.found_at()
                ))),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            source,
            profile: profile.clone(),
            headers,
        })
    }

    /// Whether the request may go out with these credentials.
    #[inline]
    fn check(&self, request: &Request, call: Option<&Call>) -> Result<(), Error> {
        if !self.profile.base_url().same_origin(request.url()) {
            return Err(self.foreign_origin(request));
        }
        let writes = call.map_or_else(|| !request.method().is_safe(), |call| call.writes);
        if writes && self.profile.read_only_applications() && self.source.is_application() {
            return Err(self.read_only(request, call));
        }
        Ok(())
    }

    #[cold]
    fn foreign_origin(&self, request: &Request) -> Error {
        Error::ForeignOrigin {
            requested: request.url().origin().ascii_serialization(),
            expected: self.profile.base_url().url().origin().ascii_serialization(),
        }
    }

    #[cold]
    fn read_only(&self, request: &Request, call: Option<&Call>) -> Error {
        let by_method = || format!("{} {}", request.method(), request.url().path());
        Error::ReadOnlyApplication {
            operation: call.map_or_else(by_method, |call| call.operation.to_owned()),
            help: self.profile.write_help().to_owned(),
        }
    }

    /// Signs `request` with `token`.
    #[inline]
    fn sign(&self, request: &mut Request, token: AccessToken) -> SentCredentials {
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.authorization().clone());
        for (name, value) in self.headers.iter() {
            headers.insert(name.clone(), value.clone());
        }
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        SentCredentials {
            token,
            headers: self.headers.clone(),
        }
    }

    /// Signs `request` if nothing is to be waited for and nothing speaks against
    /// sending it.
    #[doc(hidden)]
    #[inline]
    pub fn sign_at_once(
        &self,
        request: &mut Request,
        call: Option<&Call>,
    ) -> Option<SentCredentials> {
        self.check(request, call).ok()?;
        let token = self.source.token_at_hand()?;
        Some(self.sign(request, token))
    }

    /// The API has taken what was `sent`.
    #[doc(hidden)]
    #[inline]
    pub fn accept(&self, sent: &SentCredentials) {
        self.source.accept(&sent.token);
    }

    /// Signs and sends `request`; gives the token that it went out with, too.
    async fn send(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &impl Onward,
    ) -> reqwest_middleware::Result<(Response, AccessToken)> {
        let token = match extensions.remove() {
            Some(SentAlready(sent)) => sent.token,
            None => self.source.token().await.map_err(failed)?,
        };
        let signature = Signature {
            source: self.source.clone(),
            sent: self.sign(request, token),
        };
        extensions.insert(signature.clone());
        let outcome = next.send(request, extensions).await;
        let Signature { sent, .. } = extensions.remove().unwrap_or(signature);
        let mut response = outcome?;
        let token = sent.token.clone();
        response.extensions_mut().insert(sent);
        Ok((response, token))
    }

    /// The answer in the end, where the first may refuse `token`.
    async fn refused<N: Onward>(
        &self,
        mut response: Response,
        token: AccessToken,
        request: &mut Request,
        is_streamed: bool,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        match self.judge(&response, &token).await.map_err(failed)? {
            Outcome::Renew if !is_streamed => {}
            Outcome::Renew | Outcome::Answer => return Ok(response),
            Outcome::FreshTokenRefused => {
                response.extensions_mut().insert(FreshTokenRefused);
                return Ok(response);
            }
        }
        let (mut response, token) = self.send(request, extensions, next).await?;
        if !self.is_taken(&response, &token)
            && !matches!(
                self.judge(&response, &token).await.map_err(failed)?,
                Outcome::Answer
            )
        {
            response.extensions_mut().insert(FreshTokenRefused);
        }
        Ok(response)
    }

    /// Whether the API has surely taken `token`: then the source is told.
    fn is_taken(&self, response: &Response, token: &AccessToken) -> bool {
        let may_be_refused = matches!(
            response.status(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        );
        if !may_be_refused {
            self.source.accept(token);
        }
        !may_be_refused
    }

    /// What to do about an answer that may refuse `token`.
    async fn judge(&self, response: &Response, token: &AccessToken) -> Result<Outcome, Error> {
        let status = response.status();
        let challenge = Challenge::of(response.headers());
        let invalid_token = challenge.error.as_deref() == Some("invalid_token");
        if let Some(claims) = challenge.required_claims() {
            return Err(Error::ClaimsRequired { claims });
        }
        let refuses_token = status == StatusCode::UNAUTHORIZED
            || match self.profile.on_forbidden() {
                OnForbidden::Never => false,
                OnForbidden::IfStale => invalid_token || self.source.is_stale(token).await,
                OnForbidden::Once => true,
            };
        Ok(match refuses_token {
            false => Outcome::Answer,
            true if self.source.reject(token) => Outcome::Renew,
            true => Outcome::FreshTokenRefused,
        })
    }
}

/// What to do about an answer.
enum Outcome {
    /// It is the caller's.
    Answer,
    /// The token was refused and another may be had.
    Renew,
    /// The token was refused, and another one would fare no better.
    FreshTokenRefused,
}

impl Stage for AuthMiddleware {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        self.check(request, extensions.get()).map_err(failed)?;
        let is_streamed = is_streamed(request);

        let (response, token) = self.send(request, extensions, next).await?;
        if self.is_taken(&response, &token) {
            return Ok(response);
        }
        // Rare, and large.
        Box::pin(self.refused(response, token, request, is_streamed, extensions, next)).await
    }
}

crate::stage_is_middleware!(AuthMiddleware);

fn failed(error: Error) -> reqwest_middleware::Error {
    reqwest_middleware::Error::Middleware(error.into())
}

impl fmt::Debug for AuthMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthMiddleware")
            .field("source", &self.source)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
