//! A middleware that authorizes requests, for programs without a generated client.

pub(crate) mod api;
pub(crate) mod authorizer;
pub(crate) mod challenge;
pub(crate) mod sent_credentials;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use crate::oauth::Error;
use crate::oauth::Profile;
use crate::source::TokenSource;
use authorizer::{Authorizer, Call, Verdict};

/// A [`Middleware`] that authorizes the requests of a `reqwest_middleware` client to one
/// API: an adapter of [`Authorizer`].
///
/// It sets `Authorization`, the profile's headers and query keys, and `Accept:
/// application/json` unless the request has an `Accept`. A request is not sent at all if it
/// is for another origin than the profile's [addresses](Profile::addresses), if it has one of those already,
/// or if it writes with an application's token where the profile says that such a
/// token may only read (a [`Call`] in the request's extensions overrides what the
/// method says about writing).
///
/// If the API rejects the token with a 401, the token is refreshed and the request sent
/// once more; the second response is returned whatever it is. A streamed body cannot be
/// replayed: its 401 is returned. A 403 is handled in the same way where the profile
/// says so. A claims challenge is returned as [`Error::ClaimsRequired`]. Errors of this
/// crate are the source of a [`reqwest_middleware::Error::Middleware`].
///
/// The client must not follow redirects by itself: it would send the profile's headers,
/// which may be secret, to whatever server a redirect names, and query keys in `Referer`.
///
/// The extensions of a response hold the [`SentCredentials`](crate::SentCredentials),
/// and a [`FreshTokenRejected`] if the API rejected a token that had just been obtained.
///
/// ```no_run
/// use perspio_auth::{AuthMiddleware, Profile, TokenSource};
///
/// # fn example(profile: &Profile, source: TokenSource) -> Result<(), Box<dyn std::error::Error>> {
/// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let client = reqwest_middleware::ClientBuilder::new(http)
///     .with(AuthMiddleware::new(profile, source)?)
///     .build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AuthMiddleware {
    authorizer: Authorizer,
}

/// Marks a response that rejected a token which had just been obtained, so that another
/// token would be rejected too. It is stored in the extensions of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshTokenRejected;

impl AuthMiddleware {
    /// Creates a middleware for the API that `profile` describes.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a header of the profile has no value.
    pub fn new(profile: &Profile, source: TokenSource) -> std::result::Result<Self, Error> {
        let authorizer = Authorizer::new(profile, source)?;
        Ok(Self { authorizer })
    }

    /// Creates a middleware for an API that needs no token. It sends the headers and the
    /// query keys of `profile`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a header of the profile has no value.
    pub fn without_token(profile: &Profile) -> std::result::Result<Self, Error> {
        let authorizer = Authorizer::without_token(profile)?;
        Ok(Self { authorizer })
    }
}

#[async_trait]
impl Middleware for AuthMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let authorizer = &self.authorizer;
        let call = extensions.get::<Call>().copied();
        authorizer.check(&request, call).map_err(failed)?;
        let mut replay = request.try_clone();
        let mut has_refreshed = false;
        loop {
            let token = authorizer.token().await.map_err(failed)?;
            let sent = authorizer.sign(&mut request, token);
            let outcome = match next.clone().run(request, extensions).await {
                Ok(response) => Ok(response),
                Err(reqwest_middleware::Error::Reqwest(error)) => Err(error),
                Err(error) => return Err(error),
            };
            let mut response = authorizer.conceal_query_keys(outcome)?;
            let judged = authorizer.evaluate_response(response.status(), response.headers(), &sent);
            let verdict = judged.await.map_err(failed)?;
            if verdict == Verdict::Refresh
                && let Some(copy) = replay.take()
            {
                request = copy;
                has_refreshed = true;
                continue;
            }
            let is_rejected = has_refreshed && verdict != Verdict::Accepted;
            if is_rejected || verdict == Verdict::FreshTokenRejected {
                response.extensions_mut().insert(FreshTokenRejected);
            }
            response.extensions_mut().insert(sent);
            return Ok(response);
        }
    }
}

fn failed(error: Error) -> reqwest_middleware::Error {
    reqwest_middleware::Error::Middleware(error.into())
}
