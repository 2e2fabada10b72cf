//! The decision about a redirect: where the request goes next, never away from the
//! origin of the request.

use std::fmt;

use http::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, LOCATION,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Request, Url};

/// Why a redirect was not followed. Its text is part of errors; of the target, it names
/// at most the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotFollowed {
    /// It leads to another origin, which the credentials do not belong to.
    OtherOrigin {
        /// Scheme, host and port.
        origin: String,
    },
    /// It has no valid target.
    NoTarget,
    /// It leads back to where the request has been.
    Loop,
    /// There were too many of them.
    TooMany,
    /// It asks for the same body again, which is a stream.
    StreamedBody,
}

/// A longer chain of redirects is a mistake of the server.
const MAX_REDIRECTS: usize = 10;

/// The headers that describe a body. They are dropped with it.
const BODY_HEADERS: [http::HeaderName; 6] = [
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_TYPE,
    TRANSFER_ENCODING,
];

/// The requests of a call that were redirected.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redirects {
    visited: Vec<(Method, Url)>,
}

pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

impl Redirects {
    /// Changes `request`, which was answered with a redirect, into the one that follows.
    ///
    /// A 303 is followed with GET (a HEAD stays one), and so is a POST after a 301 or
    /// 302; otherwise method and body stay (RFC 9110 §15.4). A streamed body, which
    /// `request` no longer has, is not sent again.
    pub(crate) fn follow(
        &mut self,
        request: &mut Request,
        is_streamed: bool,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), NotFollowed> {
        let target = target(headers, request.url())?;
        let to_get = match status {
            StatusCode::SEE_OTHER => *request.method() != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *request.method() == Method::POST,
            _ => false,
        };
        if is_streamed && !to_get {
            return Err(NotFollowed::StreamedBody);
        }
        let method = if to_get {
            Method::GET
        } else {
            request.method().clone()
        };
        self.visited
            .push((request.method().clone(), request.url().clone()));
        if self
            .visited
            .iter()
            .any(|(visited, url)| *visited == method && *url == target)
        {
            return Err(NotFollowed::Loop);
        }
        if self.visited.len() > MAX_REDIRECTS {
            return Err(NotFollowed::TooMany);
        }
        *request.method_mut() = method;
        *request.url_mut() = target;
        if to_get {
            *request.body_mut() = None;
            for name in BODY_HEADERS {
                request.headers_mut().remove(name);
            }
        }
        Ok(())
    }
}

/// Returns where a redirect of a request for `from` leads to.
fn target(headers: &HeaderMap, from: &Url) -> Result<Url, NotFollowed> {
    let target = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok())
        .ok_or(NotFollowed::NoTarget)?;
    let has_user = !target.username().is_empty() || target.password().is_some();
    if has_user || target.origin() != from.origin() {
        let origin = target.origin().ascii_serialization();
        return Err(NotFollowed::OtherOrigin { origin });
    }
    Ok(target)
}

impl fmt::Display for NotFollowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherOrigin { origin } => write!(
                f,
                "a redirect to {origin} is not followed, because the credentials belong to this \
                 server; check the base URL"
            ),
            Self::NoTarget => f.write_str("a redirect without a valid target"),
            Self::Loop => f.write_str("its redirects lead in a circle; check the base URL"),
            Self::TooMany => write!(
                f,
                "more than {MAX_REDIRECTS} redirects in a row; check the base URL"
            ),
            Self::StreamedBody => f.write_str(
                "a redirect is not followed, because the request's body is a stream, which cannot \
                 be sent twice; check the base URL",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
