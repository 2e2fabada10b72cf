//! The authorization code grant: the exchange of the code (RFC 6749 §4.1.3) with
//! PKCE (RFC 7636).

use oauth2::RedirectUrl;
use secrecy::SecretString;

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenResponse, adapter};
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

    /// Sends the token request, with the scopes of the profile.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenResponse, Error> {
        let (profile, application) = (identity.profile(), &self.application);
        let scopes = application.scopes(&profile.scopes().sign_in);
        let form = adapter::authorization_code(profile, application, &self.redirect_uri, &scopes)?;
        let grant = GrantType::AuthorizationCode;
        let exchange = Exchange::new(identity, clock, grant, application)
            .with("code", &self.code)
            .with("code_verifier", &self.verifier);
        let response = exchange.token(&form).await?;
        match &self.nonce {
            Some(nonce) if !response.has_nonce(nonce) => Err(Error::SignInRejected {
                reason:
                    "its id token belongs to another sign-in (another nonce, or none). Sign in \
                         again"
                        .to_owned(),
            }),
            _ => Ok(response),
        }
    }
}
