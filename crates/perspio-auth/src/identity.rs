//! The token endpoint: how a request goes out, what is taken for an answer.

mod answer;
mod refusal;

pub(crate) use answer::TokenAnswer;

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use oauth2::{
    AuthType, ClientId, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, RequestTokenError,
    StandardRevocableToken, TokenUrl,
};
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::error::{Error, TransportError};
use crate::profile::Profile;
use crate::secret::scrub;
use refusal::EntraError;

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

/// Lets `oauth2` use the HTTP client of this crate, one reqwest in the tree.
pub(crate) struct Sender<'a> {
    identity: &'a Identity,
    client_secret: &'a SecretString,
}

impl<'c> oauth2::AsyncHttpClient<'c> for Sender<'_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.identity.send(request, self.client_secret).boxed()
    }
}

/// The identity server of one profile.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    http: reqwest::Client,
    token_url: Endpoint,
    secret_help: String,
}

impl Identity {
    pub(crate) fn new(http: reqwest::Client, profile: &Profile) -> Self {
        Self {
            http,
            token_url: profile.token_url().clone(),
            secret_help: profile.secret_help().to_owned(),
        }
    }

    /// The protocol, without the client's secret: [`Identity::send`] adds it to
    /// the form, so that it is never copied into strings that nobody wipes.
    pub(crate) fn oauth_client(&self, client_id: &str) -> OauthClient {
        oauth2::Client::new(ClientId::new(client_id.to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(self.token_url.url().clone()))
    }

    /// What `oauth2` sends its requests with.
    pub(crate) fn sender<'a>(&'a self, client_secret: &'a SecretString) -> Sender<'a> {
        Sender {
            identity: self,
            client_secret,
        }
    }

    /// Sends one request of `oauth2` with the client's secret in its form.
    ///
    /// Only a token answer or an OAuth refusal is given back: `oauth2` drops
    /// status and headers, and would take a gateway's page for a broken refusal.
    async fn send(
        &self,
        request: HttpRequest,
        client_secret: &SecretString,
    ) -> Result<HttpResponse, Error> {
        let (parts, body) = request.into_parts();
        let form = with_secret(Zeroizing::new(body), client_secret);
        let response = self
            .http
            .post(parts.uri.to_string())
            .headers(parts.headers)
            .body(reqwest::Body::from(bytes::Bytes::from_owner(form)))
            .send()
            .await
            .map_err(|cause| self.transport(&cause))?;
        self.sort(response, client_secret).await
    }

    async fn sort(
        &self,
        mut response: Response,
        client_secret: &SecretString,
    ) -> Result<HttpResponse, Error> {
        let status = response.status();
        let headers = response.headers().clone();
        let mut body = Zeroizing::new(Vec::new());
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|cause| self.transport(&cause))?
        {
            if body.len() + piece.len() > LARGEST_ANSWER {
                return Err(self.invalid_token("it is larger than 1 MiB".to_owned()));
            }
            body.extend_from_slice(&piece);
        }

        let is_html = headers.get(CONTENT_TYPE).is_some_and(|kind| {
            kind.as_bytes()
                .to_ascii_lowercase()
                .starts_with(b"text/html")
        });
        let is_verdict = match status {
            StatusCode::OK => !is_html,
            StatusCode::TOO_MANY_REQUESTS => false,
            status if status.is_client_error() => refusal::is_oauth_error(&body),
            _ => false,
        };
        if is_verdict {
            let mut answer = HttpResponse::new(std::mem::take(&mut *body));
            *answer.status_mut() = status;
            return Ok(answer);
        }
        // An answer of 200 that is no page may hold a token: nothing of it is shown.
        let shown = if status == StatusCode::OK && !is_html {
            ""
        } else {
            &String::from_utf8_lossy(&body)
        };
        let excerpt: String = shown.trim().chars().take(EXCERPT).collect();
        Err(Error::UnexpectedAnswer {
            host: self.token_url.host().to_owned(),
            status: status.as_u16(),
            retry_after: headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(|seconds| Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER)),
            excerpt: scrub(&excerpt, &[client_secret]),
        })
    }

    /// Turns what `oauth2` made of the answer into ours. Its parse error keeps
    /// the raw body, tokens included: only the place is taken from it.
    pub(crate) fn conclude(
        &self,
        outcome: Result<TokenAnswer, RequestTokenError<Error, EntraError>>,
        secrets: &[&SecretString],
    ) -> Result<TokenAnswer, Error> {
        match outcome {
            Ok(answer) => {
                if answer.is_bearer() {
                    Ok(answer)
                } else {
                    Err(self.invalid_token("its token_type is not Bearer".to_owned()))
                }
            }
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::ServerResponse(refused)) => {
                Err(refused.explain(self.token_url.host(), &self.secret_help, secrets))
            }
            Err(RequestTokenError::Parse(error, _)) => {
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
                Err(self.invalid_token(format!("{place} {problem}")))
            }
            Err(RequestTokenError::Other(_)) => {
                Err(self.invalid_token("it is empty, or not JSON".to_owned()))
            }
        }
    }

    pub(crate) fn invalid_token(&self, reason: String) -> Error {
        Error::InvalidToken {
            host: self.token_url.host().to_owned(),
            reason,
        }
    }

    fn transport(&self, cause: &reqwest::Error) -> Error {
        Error::Transport(TransportError::new(self.token_url.host(), cause))
    }
}

fn with_secret(mut form: Zeroizing<Vec<u8>>, client_secret: &SecretString) -> Zeroizing<Vec<u8>> {
    let encoded: Zeroizing<String> = Zeroizing::new(
        url::form_urlencoded::byte_serialize(client_secret.expose_secret().as_bytes()).collect(),
    );
    // Room first: a vector that grows leaves its old contents behind.
    let mut whole = Zeroizing::new(Vec::with_capacity(form.len() + encoded.len() + 16));
    whole.append(&mut form);
    whole.extend_from_slice(b"&client_secret=");
    whole.extend_from_slice(encoded.as_bytes());
    whole
}
