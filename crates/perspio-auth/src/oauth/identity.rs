//! The requests to an identity server, and the responses that are accepted.

pub(crate) mod adapter;
mod classification;
mod error_response;
mod exchange;
mod form;
mod token_response;
mod unexpected;

pub(crate) use error_response::EntraError;
pub(crate) use exchange::Exchange;
pub(crate) use token_response::{TokenResponse, is_sendable, seconds, secret};

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

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

/// A token response has a few kilobytes; a longer body is rejected.
const LARGEST_RESPONSE: usize = 1024 * 1024;
/// The number of characters of an unexpected response that an error shows.
const EXCERPT: usize = 200;
/// The longest `Retry-After` of an identity server that is honoured.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

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

    pub(crate) fn host(&self) -> &str {
        self.profile.token_url().host()
    }

    /// Sends a form and returns the body of the response: a success, or an OAuth error
    /// response. Anything else, such as the page of a gateway, is an error.
    async fn post(
        &self,
        url: &Url,
        form: Zeroizing<Vec<u8>>,
        grant: GrantType,
        secrets: &[&str],
        clock: &dyn Clock,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let host = url.host_str().unwrap_or_default();
        let network = self.profile.network();
        let transport =
            |cause: reqwest::Error| Error::Transport(network.transport_error(host, &cause));
        let mut response = self
            .http
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(reqwest::Body::from(bytes::Bytes::from_owner(form)))
            .send()
            .await
            .map_err(transport)?;
        let body = read(&mut response, transport).await?;
        let status = response.status();
        let is_oauth = match status {
            StatusCode::OK => !is_html(response.headers()),
            StatusCode::TOO_MANY_REQUESTS => false,
            status if status.is_client_error() => EntraError::parse(&body).is_some(),
            _ => false,
        };
        if is_oauth {
            return Ok(body);
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
}

async fn read(
    response: &mut Response,
    transport: impl Fn(reqwest::Error) -> Error,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(piece) = response.chunk().await.map_err(&transport)? {
        if body.len() + piece.len() > LARGEST_RESPONSE {
            return Err(unusable(
                response.url(),
                "its response is larger than 1 MiB",
            ));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Returns the error for a response that reports a success and cannot be used.
pub(crate) fn unusable(url: &Url, reason: &str) -> Error {
    Error::InvalidToken {
        host: url.host_str().unwrap_or_default().to_owned(),
        reason: format!("{reason}. Check that {url} is an OAuth 2.0 endpoint"),
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|media_type| {
        media_type
            .as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"text/html")
    })
}
