//! The token endpoint: how a request goes out, what is taken for an answer.

mod answer;
mod classification;
mod error_response;
mod exchange;
mod form;
mod unexpected;

pub(crate) use answer::{TokenAnswer, is_sendable, seconds, secret};
pub(crate) use error_response::EntraError;
pub(crate) use exchange::Exchange;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpResponse,
    StandardRevocableToken, TokenUrl,
};
use reqwest::Response;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

use crate::oauth::application::Application;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::profile::Profile;
use crate::oauth::transport::{HttpOptions, Timeouts, http_client};
use crate::token::clock::Clock;
use unexpected::Unexpected;

/// Identity servers respond in well under a second, and callers wait for them.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(10),
    idle: Duration::from_secs(30),
    total: Some(Duration::from_secs(60)),
};

/// A token answer is a few kilobytes; more is no token answer.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// How much of a foreign answer an error shows, in characters.
const EXCERPT: usize = 200;
/// Nobody waits longer than this for an identity server that asks for it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// `oauth2`'s client with Entra's answers.
pub(crate) type OauthClient = oauth2::Client<
    EntraError,
    TokenAnswer,
    oauth2::basic::BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The identity server of one profile.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    http: reqwest::Client,
    profile: Profile,
}

impl Identity {
    pub(crate) fn new(http: reqwest::Client, profile: &Profile) -> Self {
        Self {
            http,
            profile: profile.clone(),
        }
    }

    /// Creates the HTTP client for a profile's identity server.
    pub(crate) fn http_client(profile: &Profile) -> Result<reqwest::Client, Error> {
        let options = HttpOptions {
            timeouts: TIMEOUTS,
            ..HttpOptions::default()
        };
        http_client(profile.token_url(), profile.network(), &options)
    }

    /// Uses a new HTTP client.
    pub(crate) fn connect(profile: &Profile) -> Result<Self, Error> {
        Ok(Self::new(Self::http_client(profile)?, profile))
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The protocol, with empty secrets: an [`Exchange`] fills them into the
    /// form, so that they are never copied into strings that nobody wipes.
    pub(crate) fn oauth_client(&self, application: &Application) -> OauthClient {
        let url = |endpoint: &Endpoint| endpoint.url().clone();
        let client = oauth2::Client::new(ClientId::new(application.client_id().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(url(self.profile.token_url())));
        match application.client_secret() {
            Some(_) => client.set_client_secret(ClientSecret::new(String::new())),
            None => client,
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.profile.token_url().host()
    }

    /// Sends one request of `oauth2`.
    ///
    /// Only a token answer or an OAuth error response is given back: `oauth2` drops
    /// status and headers, and would take a gateway's page for a broken error response.
    async fn send(
        &self,
        request: Request<Zeroizing<Vec<u8>>>,
        grant: GrantType,
        secrets: &[&str],
        clock: &dyn Clock,
    ) -> Result<HttpResponse, Error> {
        let (parts, form) = request.into_parts();
        // The device flow begins at an address of its own.
        let host = parts.uri.host().unwrap_or_default().to_owned();
        let network = self.profile.network();
        let transport =
            |cause: reqwest::Error| Error::Transport(network.transport_error(&*host, &cause));
        let mut response = self
            .http
            .post(parts.uri.to_string())
            .headers(parts.headers)
            .body(reqwest::Body::from(bytes::Bytes::from_owner(form)))
            .send()
            .await
            .map_err(transport)?;
        let body = read(&mut response, transport).await?;
        let status = response.status();
        let is_html = is_html(response.headers());
        let is_verdict = match status {
            StatusCode::OK => !is_html,
            StatusCode::TOO_MANY_REQUESTS => false,
            status if status.is_client_error() => EntraError::parse(&body).is_some(),
            _ => false,
        };
        if is_verdict {
            let mut answer = HttpResponse::new(body.to_vec());
            *answer.status_mut() = status;
            return Ok(answer);
        }
        let unexpected = Unexpected {
            url: response.url(),
            status,
            headers: response.headers(),
            body: &body,
            grant,
        };
        Err(unexpected.explain(&self.profile, secrets, clock))
    }

    /// The token endpoint said yes, but with nothing that could be used.
    pub(crate) fn invalid_token(&self, reason: impl AsRef<str>) -> Error {
        unusable(self.profile.token_url().url(), reason.as_ref())
    }
}

async fn read(
    response: &mut Response,
    transport: impl Fn(reqwest::Error) -> Error,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(piece) = response.chunk().await.map_err(&transport)? {
        if body.len() + piece.len() > LARGEST_ANSWER {
            return Err(unusable(response.url(), "its answer is larger than 1 MiB"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// An endpoint said yes, but with nothing that could be used.
pub(crate) fn unusable(url: &Url, reason: &str) -> Error {
    Error::InvalidToken {
        host: url.host_str().unwrap_or_default().to_owned(),
        reason: format!("{reason}. Check that {url} is an OAuth 2.0 endpoint"),
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"text/html")
    })
}
