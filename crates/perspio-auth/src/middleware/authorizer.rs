//! The four decisions about the credentials of a request: whether it may be sent with
//! them, which token it is sent with, how it is signed, and what its response means
//! for the token.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::{Request, Response, ResponseBuilderExt};
use url::Url;

use crate::middleware::api::Api;
use crate::middleware::challenge::Challenge;
use crate::middleware::sent_credentials::SentCredentials;
use crate::oauth::Error;
use crate::oauth::{ApiHeader, OnForbidden, Profile, QueryKey};
use crate::source::TokenSource;
use crate::token::AccessToken;

/// Authorizes the requests to one API with the tokens of one [`TokenSource`], if the API
/// needs tokens, and with the keys of its [`Profile`].
///
/// [`AuthMiddleware`](crate::AuthMiddleware) applies the four steps to the requests of a
/// `reqwest_middleware` client. A custom request path calls them in this order:
/// [`check`](Self::check), [`token`](Self::token), [`sign`](Self::sign), and with the
/// response [`conceal_query_keys`](Self::conceal_query_keys) and
/// [`evaluate_response`](Self::evaluate_response). Cheap to clone.
#[derive(Clone)]
pub struct Authorizer {
    /// `None`: no token is sent.
    source: Option<TokenSource>,
    api: Arc<Api>,
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
        Ok(Self {
            source: Some(source),
            ..Self::without_token(profile)?
        })
    }

    /// Creates an authorizer for an API that needs no token. It sends the headers and the
    /// query keys of `profile`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a header of the profile has no value.
    pub fn without_token(profile: &Profile) -> Result<Self, Error> {
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
        let api = Api {
            query_keys: profile.query_keys().to_vec(),
            profile: profile.clone(),
            headers,
        };
        Ok(Self {
            source: None,
            api: Arc::new(api),
        })
    }

    /// Creates an authorizer for requests without credentials: it sends neither a token nor
    /// a header or query key of `profile`, and still checks the origin of a request.
    pub fn anonymous(profile: &Profile) -> Self {
        let api = Api {
            profile: profile.clone(),
            headers: Vec::new(),
            query_keys: Vec::new(),
        };
        Self {
            source: None,
            api: Arc::new(api),
        }
    }

    /// Returns the source of its tokens; `None` if it sends no token.
    pub fn source(&self) -> Option<&TokenSource> {
        self.source.as_ref()
    }

    /// Returns an authorizer for the same API with the tokens of `source`.
    pub fn with_source(&self, source: TokenSource) -> Self {
        Self {
            source: Some(source),
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
    /// - [`Error::OriginMismatch`]: the request is for another origin than those of the API
    ///   ([`Profile::addresses`]).
    /// - [`Error::ReadOnlyApplication`]: it writes, and the token may only read.
    /// - [`Error::ReservedHeader`] or [`Error::ReservedParameter`]: it has a header or a query
    ///   parameter that [`sign`](Self::sign) sets.
    #[inline]
    pub fn check(&self, request: &Request, call: Option<Call>) -> Result<(), Error> {
        let Api {
            profile,
            headers,
            query_keys,
        } = &*self.api;
        if !profile.has_origin(request.url()) {
            return Err(self.origin_mismatch(request));
        }
        let writes = call.map_or_else(|| !request.method().is_safe(), |call| call.writes);
        let source = self.source.as_ref();
        let is_application = || source.is_some_and(TokenSource::is_application);
        if writes && profile.read_only_applications() && is_application() {
            return Err(self.read_only(request, call));
        }
        let given = request.headers();
        let mut reserved = headers.iter().map(|(name, _)| name);
        if source.is_some() && given.contains_key(AUTHORIZATION)
            || reserved.any(|name| given.contains_key(name))
        {
            return Err(self.reserved_header(given));
        }
        if let Some(name) = QueryKey::found_in(query_keys, request.url()) {
            return Err(Error::ReservedParameter {
                name: name.to_owned(),
            });
        }
        Ok(())
    }

    #[cold]
    fn origin_mismatch(&self, request: &Request) -> Error {
        let addresses = self.api.profile.addresses();
        let mut expected: Vec<_> = addresses
            .map(|address| address.url().origin().ascii_serialization())
            .collect();
        expected.dedup();
        Error::OriginMismatch {
            requested: request.url().origin().ascii_serialization(),
            expected: expected.join(", "),
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

    /// Returns whether its requests are sent with a token.
    #[inline]
    pub fn needs_token(&self) -> bool {
        self.source.is_some()
    }

    /// Returns the current token if it is fresh: nothing is awaited.
    #[inline]
    pub fn cached_token(&self) -> Option<AccessToken> {
        self.source.as_ref()?.cached_token()
    }

    /// Returns a valid token; see [`TokenSource::token`]. `None` if its requests need none.
    ///
    /// # Errors
    /// Those of [`TokenSource::token`].
    pub async fn token(&self) -> Result<Option<AccessToken>, Error> {
        match &self.source {
            Some(source) => source.token().await.map(Some),
            None => Ok(None),
        }
    }

    /// Adds the credentials to `request`: `Authorization` if there is a token, the profile's
    /// headers and query keys, and `Accept: application/json` unless the request has an
    /// `Accept`.
    #[inline]
    pub fn sign(&self, request: &mut Request, token: Option<AccessToken>) -> SentCredentials {
        if !self.api.query_keys.is_empty() {
            QueryKey::append(&self.api.query_keys, request.url_mut());
        }
        let headers = request.headers_mut();
        if let Some(token) = &token {
            headers.insert(AUTHORIZATION, token.authorization().clone());
        }
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

    /// Removes the query keys from the URL of a response, or of an error, so that neither
    /// shows them.
    #[inline]
    pub fn conceal_query_keys(
        &self,
        outcome: reqwest::Result<Response>,
    ) -> reqwest::Result<Response> {
        if self.api.query_keys.is_empty() {
            return outcome;
        }
        match outcome {
            Ok(response) => {
                let mut url = response.url().clone();
                self.remove_query_keys(&mut url);
                Ok(with_url(response, url))
            }
            Err(error) => Err(match error.url().cloned() {
                Some(mut url) => {
                    self.remove_query_keys(&mut url);
                    error.with_url(url)
                }
                None => error,
            }),
        }
    }

    /// Removes the query keys from a URL that the API sent, such as the target of a redirect:
    /// [`sign`](Self::sign) adds them.
    #[inline]
    pub fn remove_query_keys(&self, url: &mut Url) {
        QueryKey::remove(&self.api.query_keys, url);
    }

    /// Replaces the values of the query keys in a URL.
    pub fn redact_query_keys(&self, url: &mut Url, text: &str) {
        self.remove_query_keys(url);
        for key in &self.api.query_keys {
            url.query_pairs_mut().append_pair(key.name(), text);
        }
    }

    /// Notifies the token source that the API accepted a request with these credentials.
    #[inline]
    pub fn accept(&self, sent: &SentCredentials) {
        if let (Some(source), Some(token)) = (&self.source, &sent.token) {
            source.accept(token);
        }
    }

    /// Determines what a response means for the token of its request, and notifies
    /// the token source: an accepted token stays, a rejected one is replaced.
    ///
    /// A 401 rejects the token. A 403 does where the profile says so (see
    /// [`OnForbidden`]), unless it reports an exhausted quota. A password, which is not
    /// refreshed, is rejected by a 401 only. Without a token, every response is the caller's.
    ///
    /// # Errors
    /// [`Error::ClaimsRequired`] if the API requires claims (a claims challenge).
    pub async fn evaluate_response(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        sent: &SentCredentials,
    ) -> Result<Verdict, Error> {
        let (Some(source), Some(token)) = (&self.source, &sent.token) else {
            return Ok(Verdict::Accepted);
        };
        if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            source.accept(token);
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
                _ if token.is_password() => false,
                OnForbidden::Never => false,
                OnForbidden::IfStale => is_invalid || source.is_stale(token).await,
                OnForbidden::Once => true,
            };
        Ok(match is_rejected {
            false => Verdict::Accepted,
            true if source.reject(token) => Verdict::Refresh,
            true => Verdict::FreshTokenRejected,
        })
    }
}

fn with_url(response: Response, url: Url) -> Response {
    let mut response = http::Response::from(response);
    // reqwest takes the URL of a response from its extensions.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        let extensions = carrier.into_parts().0.extensions;
        response.extensions_mut().extend(extensions);
    }
    response.into()
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

#[cfg(test)]
mod tests;
