//! The parameters of the token requests, encoded by `oauth2`.
//!
//! `oauth2` encodes a request and does not send it: its HTTP client here returns the form
//! as an error. [`Exchange`](super::Exchange) adds the secrets, sends the form and decodes
//! the response. Why is in docs/decisions/oauth2.md.

use std::borrow::Cow;

use oauth2::basic::{BasicClient, BasicRequestTokenError, BasicTokenResponse};
use oauth2::{
    AuthType, ClientId, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, RedirectUrl,
    RequestTokenError, Scope, TokenUrl,
};

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::profile::Profile;

type Client =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The form of a token request, without its secrets.
type Form = Result<Vec<u8>, Error>;

/// Returns the form of the client credentials grant (RFC 6749 §4.4.2).
pub(crate) fn client_credentials(
    profile: &Profile,
    application: &Application,
    scopes: Vec<String>,
) -> Form {
    let client = client(profile, application);
    let request = client.exchange_client_credentials();
    let request = request.add_scopes(scopes.into_iter().map(Scope::new));
    form(request.request(&capture))
}

/// Returns the form of the authorization code grant (RFC 6749 §4.1.3). `oauth2` does not
/// send the scopes, which Entra requires.
pub(crate) fn authorization_code(
    profile: &Profile,
    application: &Application,
    redirect_uri: &RedirectUrl,
    scopes: &[String],
) -> Form {
    let client = client(profile, application);
    let code = oauth2::AuthorizationCode::new(String::new());
    let mut request = client
        .exchange_code(code)
        .set_redirect_uri(Cow::Borrowed(redirect_uri));
    if !scopes.is_empty() {
        request = request.add_extra_param("scope", scopes.join(" "));
    }
    form(request.request(&capture))
}

/// Returns the form of the refresh token grant (RFC 6749 §6). `oauth2` does not send the
/// redirect URI, which some servers require.
pub(crate) fn refresh_token(
    profile: &Profile,
    application: &Application,
    redirect_uri: Option<&str>,
    scopes: Vec<String>,
) -> Form {
    let client = client(profile, application);
    let token = oauth2::RefreshToken::new(String::new());
    let mut request = client
        .exchange_refresh_token(&token)
        .add_scopes(scopes.into_iter().map(Scope::new));
    if let Some(redirect_uri) = redirect_uri {
        request = request.add_extra_param("redirect_uri", redirect_uri);
    }
    form(request.request(&capture))
}

fn client(profile: &Profile, application: &Application) -> Client {
    oauth2::Client::new(ClientId::new(application.client_id().to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(profile.token_url().url().clone()))
}

/// A form that was encoded and not sent.
#[derive(Debug, thiserror::Error)]
#[error("the form was encoded only")]
struct Encoded(Vec<u8>);

fn capture(request: HttpRequest) -> Result<HttpResponse, Encoded> {
    Err(Encoded(request.into_body()))
}

fn form(outcome: Result<BasicTokenResponse, BasicRequestTokenError<Encoded>>) -> Form {
    match outcome {
        Err(RequestTokenError::Request(Encoded(form))) => Ok(form),
        Err(error) => Err(Error::configuration(format!(
            "the token request cannot be encoded: {error}"
        ))),
        Ok(_) => Err(Error::configuration("the token request was not encoded")),
    }
}
