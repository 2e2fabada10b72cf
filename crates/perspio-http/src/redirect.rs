//! Follows redirects, but never away from the API's own origin.

use std::fmt;

use http::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, LOCATION,
    TRANSFER_ENCODING,
};
use http::{Extensions, Method, StatusCode};
use perspio_auth::Profile;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::stage::{Onward, Stage, is_streamed};
use reqwest::{Request, Response, Url};

/// The [`Middleware`](reqwest_middleware::Middleware) that follows redirects within the API's origin (scheme,
/// host and port of the profile's base URL), at most ten for one request.
///
/// It stands behind signing, because credentials may go anywhere within the
/// origin, and in front of pacing, because the API counts every hop.
///
/// A 303 is followed with GET (a HEAD stays one), and so is a POST that is
/// answered 301 or 302; otherwise method and body stay (RFC 9110 §15.4). A body
/// that cannot be copied (a stream) is never sent twice.
///
/// A redirect that is not followed is returned as it came, with [`NotFollowed`]
/// in its extensions. Nothing at all is sent to another origin.
#[derive(Clone)]
pub struct Redirect {
    base_url: Endpoint,
}

/// Why a redirect was not followed. Its text goes into errors; of the place
/// that the redirect leads to, it tells at most the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFollowed {
    /// It leads to another origin, which the credentials do not belong to.
    OtherOrigin {
        /// Scheme, host and port.
        origin: String,
    },
    /// It names no place that could be read.
    NoTarget,
    /// It leads back to where the request has been.
    Circle,
    /// There were too many of them.
    TooMany,
    /// It asks for the same body again, which is a stream.
    Streamed,
}

/// More than this is a mistake of the server's.
const MOST_HOPS: usize = 10;

/// What describes a body, and goes when the body does.
const OF_A_BODY: [http::HeaderName; 6] = [
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_TYPE,
    TRANSFER_ENCODING,
];

impl Redirect {
    /// For requests to the API that `profile` describes.
    pub fn new(profile: &Profile) -> Self {
        Self {
            base_url: profile.base_url().clone(),
        }
    }

    /// Where `response`, to a request for `from`, leads to.
    fn target(&self, response: &Response, from: &Url) -> Result<Url, NotFollowed> {
        let location = response.headers().get(LOCATION);
        let target = location
            .and_then(|location| location.to_str().ok())
            .and_then(|location| from.join(location).ok())
            .ok_or(NotFollowed::NoTarget)?;
        let has_user = !target.username().is_empty() || target.password().is_some();
        if has_user || !self.base_url.same_origin(&target) {
            let origin = target.origin().ascii_serialization();
            return Err(NotFollowed::OtherOrigin { origin });
        }
        Ok(target)
    }

    /// Goes where `response`, the answer to `request`, leads to.
    async fn follow<N: Onward>(
        &self,
        mut response: Response,
        request: &Request,
        mut is_streamed: bool,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        let mut visited = Vec::new();
        let mut following = None;
        loop {
            let current = following.as_ref().unwrap_or(request);
            let hop = self.target(&response, current.url()).and_then(|target| {
                visited.push((current.method().clone(), current.url().clone()));
                redirected(current, is_streamed, response.status(), target)
            });
            let hop = hop.and_then(|hop| {
                let place = (hop.method().clone(), hop.url().clone());
                match visited.contains(&place) {
                    true => Err(NotFollowed::Circle),
                    false if visited.len() > MOST_HOPS => Err(NotFollowed::TooMany),
                    false => Ok(hop),
                }
            });
            match hop {
                Ok(hop) => {
                    let hop = following.insert(hop);
                    is_streamed = false;
                    response = next.send(hop, extensions).await?;
                    if !is_redirect(response.status()) {
                        return Ok(response);
                    }
                }
                Err(reason) => {
                    response.extensions_mut().insert(reason);
                    return Ok(response);
                }
            }
        }
    }
}

impl Stage for Redirect {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        let is_streamed = is_streamed(request);
        let response = next.send(request, extensions).await?;
        if !is_redirect(response.status()) {
            return Ok(response);
        }
        // Rare, and large.
        Box::pin(self.follow(response, request, is_streamed, extensions, next)).await
    }
}

perspio_auth::stage_is_middleware!(Redirect);

fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

/// The request that follows `sent` when it is answered with `status`.
fn redirected(
    sent: &Request,
    was_streamed: bool,
    status: StatusCode,
    target: Url,
) -> Result<Request, NotFollowed> {
    let to_get = match status {
        StatusCode::SEE_OTHER => sent.method() != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => sent.method() == Method::POST,
        _ => false,
    };
    if !to_get {
        if was_streamed {
            return Err(NotFollowed::Streamed);
        }
        let mut request = sent.try_clone().ok_or(NotFollowed::Streamed)?;
        *request.url_mut() = target;
        return Ok(request);
    }
    let mut request = Request::new(Method::GET, target);
    request.headers_mut().clone_from(sent.headers());
    for name in OF_A_BODY {
        request.headers_mut().remove(name);
    }
    Ok(request)
}

impl fmt::Display for NotFollowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherOrigin { origin } => write!(
                f,
                "a redirect to {origin} is not followed, because the credentials belong to this \
                 server; check the base URL"
            ),
            Self::NoTarget => f.write_str("a redirect that does not say where to"),
            Self::Circle => f.write_str("its redirects lead in a circle; check the base URL"),
            Self::TooMany => write!(
                f,
                "more than {MOST_HOPS} redirects, one after the other; check the base URL"
            ),
            Self::Streamed => f.write_str(
                "a redirect is not followed, because the request's body is a stream, which cannot \
                 be sent twice; check the base URL",
            ),
        }
    }
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect")
            .field("base_url", &self.base_url)
            .finish()
    }
}

#[cfg(test)]
mod tests;
