//! Attaches token and headers to every request; renews once on a 401.

use std::fmt;

use async_trait::async_trait;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::profile::Profile;
use crate::source::TokenSource;
use crate::token::AccessToken;

/// The [`Middleware`] that signs requests to one API.
///
/// It sets `Authorization`, the profile's headers, and `Accept:
/// application/json` where the request has none. A request to any other origin
/// than the profile's base URL is not sent at all. On a 401 the token that was
/// sent is dropped, a new one obtained, and the request sent once more; the
/// second answer is returned whatever it is. A body that cannot be sent twice
/// (a stream) is never repeated: its 401 is returned.
#[derive(Clone)]
pub struct AuthMiddleware {
    source: TokenSource,
    base_url: Endpoint,
    headers: Vec<(HeaderName, HeaderValue)>,
}

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
            base_url: profile.base_url().clone(),
            headers,
        })
    }

    fn sign(&self, headers: &mut HeaderMap, token: &AccessToken) {
        headers.insert(AUTHORIZATION, token.authorization().clone());
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
    }
}

#[async_trait]
impl Middleware for AuthMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if !self.base_url.same_origin(request.url()) {
            return Err(failed(Error::ForeignOrigin {
                requested: request.url().origin().ascii_serialization(),
                expected: self.base_url.url().origin().ascii_serialization(),
            }));
        }
        let token = self.source.token().await.map_err(failed)?;
        self.sign(request.headers_mut(), &token);
        let again = request.try_clone();

        let response = next.clone().run(request, extensions).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.source.reject(&token);
        let Some(mut again) = again else {
            return Ok(response);
        };
        let token = self.source.token().await.map_err(failed)?;
        self.sign(again.headers_mut(), &token);
        next.run(again, extensions).await
    }
}

fn failed(error: Error) -> reqwest_middleware::Error {
    reqwest_middleware::Error::Middleware(error.into())
}

impl fmt::Debug for AuthMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthMiddleware")
            .field("source", &self.source)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
