//! The four decisions about the credentials of a request: whether it may be sent with
//! them, which token it is sent with, how it is signed, and what its response means
//! for the token.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::Request;

use crate::middleware::challenge::Challenge;
use crate::oauth::Error;
use crate::oauth::{ApiHeader, OnForbidden, Profile};
use crate::source::TokenSource;
use crate::token::AccessToken;
use crate::token::secret::{scrub, scrub_cut};

/// Header values shorter than this are not removed from texts: a tenant's id is not
/// confidential, and short enough to be part of other words.
const SHORTEST_SECRET: usize = 12;

/// Authorizes the requests to one API with the tokens of one [`TokenSource`].
///
/// [`AuthMiddleware`](crate::AuthMiddleware) applies the four steps to the requests of a
/// `reqwest_middleware` client. A custom request path calls them in this order:
/// [`check`](Self::check), [`token`](Self::token), [`sign`](Self::sign), and with the
/// response [`evaluate_response`](Self::evaluate_response). Cheap to clone.
#[derive(Clone)]
pub struct Authorizer {
    source: TokenSource,
    api: Arc<Api>,
}

/// The common data of all requests to an API.
struct Api {
    profile: Profile,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The effect of a request, which overrides what its HTTP method suggests. Taken from the request's extensions by [`AuthMiddleware`](crate::AuthMiddleware).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the operation, for messages.
    pub operation: &'static str,
    /// Whether the request changes anything on the server.
    pub writes: bool,
}

/// The meaning of a response for the token of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The response does not reject the token. It is the caller's.
    Accepted,
    /// The API rejected the token. Send the request once more with another one.
    Refresh,
    /// The API rejected a token that was obtained just before. Another one would be
    /// rejected too: the response is the caller's.
    FreshTokenRejected,
}

impl Authorizer {
    /// Creates an authorizer for the API that `profile` describes.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a header of the profile has no value.
    pub fn new(profile: &Profile, source: TokenSource) -> Result<Self, Error> {
        let value = |header: &ApiHeader| match header.value() {
            Some(value) => Ok((header.name().clone(), value.clone())),
            None => Err(Error::configuration(format!(
                "the header {} has no value; it is found in the {}",
                header.label(),
                header.found_at()
            ))),
        };
        let headers = profile
            .headers()
            .iter()
            .map(value)
            .collect::<Result<_, _>>()?;
        let profile = profile.clone();
        Ok(Self {
            source,
            api: Arc::new(Api { profile, headers }),
        })
    }

    /// Returns the source of its tokens.
    pub fn source(&self) -> &TokenSource {
        &self.source
    }

    /// Returns an authorizer for the same API with the tokens of `source`.
    pub fn with_source(&self, source: TokenSource) -> Self {
        Self {
            source,
            api: self.api.clone(),
        }
    }

    /// Returns the profile of the API.
    pub fn profile(&self) -> &Profile {
        &self.api.profile
    }

    /// Checks whether `request` may be sent with these credentials. `call` overrides
    /// whether the HTTP method writes.
    ///
    /// # Errors
    /// - [`Error::OriginMismatch`]: the request is for another origin than the API's.
    /// - [`Error::ReadOnlyApplication`]: it writes, and the token may only read.
    /// - [`Error::ReservedHeader`]: it has a header that [`sign`](Self::sign) sets.
    #[inline]
    pub fn check(&self, request: &Request, call: Option<Call>) -> Result<(), Error> {
        let Api { profile, headers } = &*self.api;
        if !profile.base_url().same_origin(request.url()) {
            return Err(self.origin_mismatch(request));
        }
        let writes = call.map_or_else(|| !request.method().is_safe(), |call| call.writes);
        if writes && profile.read_only_applications() && self.source.is_application() {
            return Err(self.read_only(request, call));
        }
        let given = request.headers();
        let mut reserved = headers.iter().map(|(name, _)| name);
        if given.contains_key(AUTHORIZATION) || reserved.any(|name| given.contains_key(name)) {
            return Err(self.reserved_header(given));
        }
        Ok(())
    }

    #[cold]
    fn origin_mismatch(&self, request: &Request) -> Error {
        let expected = self.api.profile.base_url().url();
        Error::OriginMismatch {
            requested: request.url().origin().ascii_serialization(),
            expected: expected.origin().ascii_serialization(),
        }
    }

    #[cold]
    fn read_only(&self, request: &Request, call: Option<Call>) -> Error {
        let by_method = || format!("{} {}", request.method(), request.url().path());
        Error::ReadOnlyApplication {
            operation: call.map_or_else(by_method, |call| call.operation.to_owned()),
            help: self.api.profile.write_help().to_owned(),
        }
    }

    #[cold]
    fn reserved_header(&self, given: &HeaderMap) -> Error {
        let all = self.api.profile.headers().iter();
        let reserved = all.filter(|header| given.contains_key(header.name()));
        let name = reserved.map(ApiHeader::label).next();
        Error::ReservedHeader {
            name: name.unwrap_or("Authorization").to_owned(),
        }
    }

    /// Returns the current token if it is fresh: nothing is awaited.
    #[inline]
    pub fn cached_token(&self) -> Option<AccessToken> {
        self.source.cached_token()
    }

    /// Returns a valid token; see [`TokenSource::token`].
    ///
    /// # Errors
    /// Those of [`TokenSource::token`].
    pub async fn token(&self) -> Result<AccessToken, Error> {
        self.source.token().await
    }

    /// Adds the credentials to `request`: `Authorization`, the profile's headers, and
    /// `Accept: application/json` unless the request has an `Accept`.
    #[inline]
    pub fn sign(&self, request: &mut Request, token: AccessToken) -> SentCredentials {
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.authorization().clone());
        for (name, value) in &self.api.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        SentCredentials {
            token,
            api: self.api.clone(),
        }
    }

    /// Notifies the token source that the API accepted a request with these credentials.
    #[inline]
    pub fn accept(&self, sent: &SentCredentials) {
        self.source.accept(&sent.token);
    }

    /// Determines what a response means for the token of its request, and notifies
    /// the token source: an accepted token stays, a rejected one is replaced.
    ///
    /// A 401 rejects the token. A 403 does where the profile says so (see
    /// [`OnForbidden`]), unless it reports an exhausted quota.
    ///
    /// # Errors
    /// [`Error::ClaimsRequired`] if the API requires claims (a claims challenge).
    pub async fn evaluate_response(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        sent: &SentCredentials,
    ) -> Result<Verdict, Error> {
        let token = &sent.token;
        if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            self.source.accept(token);
            return Ok(Verdict::Accepted);
        }
        if is_quota_exhausted(status, headers) {
            return Ok(Verdict::Accepted);
        }
        let challenge = Challenge::of(headers);
        let is_invalid = challenge.error.as_deref() == Some("invalid_token");
        if let Some(claims) = challenge.required_claims() {
            return Err(Error::ClaimsRequired { claims });
        }
        let is_rejected = status == StatusCode::UNAUTHORIZED
            || match self.api.profile.on_forbidden() {
                OnForbidden::Never => false,
                OnForbidden::IfStale => is_invalid || self.source.is_stale(token).await,
                OnForbidden::Once => true,
            };
        Ok(match is_rejected {
            false => Verdict::Accepted,
            true if self.source.reject(token) => Verdict::Refresh,
            true => Verdict::FreshTokenRejected,
        })
    }
}

/// Returns whether a response reports an exhausted quota as Azure API Management does: a
/// 403 with `Retry-After` and without `WWW-Authenticate`.
pub fn is_quota_exhausted(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::FORBIDDEN
        && headers.contains_key(RETRY_AFTER)
        && !headers.contains_key(WWW_AUTHENTICATE)
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("source", &self.source)
            .field("profile", &self.api.profile)
            .finish()
    }
}

/// The credentials that a request was sent with. They are removed from every text that
/// shows a part of the response, because some servers repeat them.
#[derive(Clone)]
pub struct SentCredentials {
    token: AccessToken,
    api: Arc<Api>,
}

impl SentCredentials {
    /// Returns `text` without the credentials, and without characters that a terminal
    /// would act on.
    pub fn scrub(&self, text: &str) -> String {
        scrub(text, &self.secrets())
    }

    /// Returns the same for a text that was cut off: the beginning of a credential at
    /// its end is removed too.
    pub fn scrub_cut(&self, text: &str) -> String {
        scrub_cut(text, &self.secrets())
    }

    fn secrets(&self) -> Vec<&str> {
        let headers = self.api.headers.iter();
        let values = headers.filter_map(|(_, value)| value.to_str().ok());
        let secrets = values.filter(|value| value.len() >= SHORTEST_SECRET);
        secrets.chain([self.token.expose_secret()]).collect()
    }
}

impl fmt::Debug for SentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentCredentials")
    }
}
