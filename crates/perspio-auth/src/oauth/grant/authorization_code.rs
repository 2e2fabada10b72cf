//! The authorization code grant: the exchange of the code (RFC 6749 §4.1.3) with
//! PKCE (RFC 7636).

use std::borrow::Cow;

use oauth2::{PkceCodeVerifier, RedirectUrl};
use secrecy::SecretString;

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenAnswer};
use crate::token::clock::Clock;

/// An authorization code of a user's sign-in. It can be exchanged once, within
/// [`Profile::code_lifetime`](crate::Profile::code_lifetime); later tokens are
/// obtained with the refresh token.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    application: Application,
    code: SecretString,
    verifier: SecretString,
    redirect_uri: RedirectUrl,
    nonce: Option<SecretString>,
}

impl AuthorizationCode {
    /// Creates the credential of one sign-in. `redirect_uri` must be identical, byte
    /// for byte, to the one of the authorization request, and `verifier` the PKCE
    /// verifier whose challenge was sent with it.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `redirect_uri` is not an absolute URI.
    pub fn new(
        application: Application,
        code: SecretString,
        verifier: SecretString,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, Error> {
        let redirect_uri = RedirectUrl::new(redirect_uri.into()).map_err(|cause| {
            Error::configuration(format!("the redirect URI is invalid: {cause}"))
        })?;
        Ok(Self {
            application,
            code,
            verifier,
            redirect_uri,
            nonce: None,
        })
    }

    /// Sets the nonce of the authorization request, which the id token must contain
    /// (OpenID Connect Core §3.1.3.7); it detects the code of another sign-in.
    pub fn nonce(mut self, nonce: SecretString) -> Self {
        self.nonce = Some(nonce);
        self
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// Sends the token request. The scopes of the profile are added, which `oauth2`
    /// does not send with this grant.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenAnswer, Error> {
        let exchange = Exchange::new(
            identity,
            clock,
            GrantType::AuthorizationCode,
            &self.application,
        )
        .with("code", &self.code)
        .with("code_verifier", &self.verifier);
        let scopes = self
            .application
            .scopes(&identity.profile().scopes().sign_in);
        let client = identity.oauth_client(&self.application);
        let mut request = client
            .exchange_code(oauth2::AuthorizationCode::new(String::new()))
            .set_pkce_verifier(PkceCodeVerifier::new(String::new()))
            .set_redirect_uri(Cow::Borrowed(&self.redirect_uri));
        if !scopes.is_empty() {
            request = request.add_extra_param("scope", scopes.join(" "));
        }
        let outcome = request.request_async(&exchange).await;
        let answer = exchange.conclude_token(outcome)?;
        match &self.nonce {
            Some(nonce) if !answer.repeats(nonce) => Err(Error::SignInRejected {
                reason:
                    "its id token belongs to another sign-in (another nonce, or none). Sign in \
                         again"
                        .to_owned(),
            }),
            _ => Ok(answer),
        }
    }
}
