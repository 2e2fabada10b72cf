//! The refresh token grant (RFC 6749 §6).

use secrecy::SecretString;

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenResponse, adapter};
use crate::oauth::profile::{Profile, is_silent};
use crate::token::clock::Clock;

/// A refresh token of an earlier sign-in. When the identity server rotates it, the
/// new one is used from then on.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    application: Application,
    secret: SecretString,
    scopes: Vec<String>,
    redirect_uri: RedirectUri,
}

/// The redirect URI of the sign-in that the token came from.
#[derive(Clone, Debug)]
enum RedirectUri {
    Unknown,
    /// It had none: the user signed in on another device.
    None,
    At(String),
}

impl RefreshToken {
    /// Creates the credential. `scopes` are those that were granted at the sign-in; if
    /// empty, those of the profile are requested.
    pub fn new(
        application: Application,
        refresh_token: SecretString,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            application,
            secret: refresh_token,
            scopes: scopes.into_iter().map(Into::into).collect(),
            redirect_uri: RedirectUri::Unknown,
        }
    }

    /// Sets the redirect URI of the sign-in, which is needed if
    /// [`Profile::redirect_uri_on_refresh`] is set.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = RedirectUri::At(redirect_uri.into());
        self
    }

    /// States that the sign-in had no redirect URI, because the user signed in on
    /// another device.
    pub fn without_redirect_uri(mut self) -> Self {
        self.redirect_uri = RedirectUri::None;
        self
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.secret
    }

    pub(crate) fn sign_in_redirect_uri(&self) -> Option<&str> {
        match &self.redirect_uri {
            RedirectUri::At(redirect_uri) => Some(redirect_uri),
            RedirectUri::Unknown | RedirectUri::None => None,
        }
    }

    /// Returns the scopes to request: the profile's own for a refresh, otherwise those
    /// that were granted. `offline_access` and OpenID's scopes are never listed as
    /// granted and are requested again.
    fn requested_scopes(&self, profile: &Profile) -> Vec<String> {
        let scopes = profile.scopes();
        if let Some(configured) = &scopes.refresh {
            return configured.clone();
        }
        if self.scopes.is_empty() {
            return scopes.sign_in.clone();
        }
        let mut requested = self.scopes.clone();
        for scope in &scopes.sign_in {
            if is_silent(scope) && !requested.contains(scope) {
                requested.push(scope.clone());
            }
        }
        requested
    }

    /// Sends `client_id`, `client_secret`, `refresh_token`, `scope` and `grant_type`,
    /// and the redirect URI if the profile requires it.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenResponse, Error> {
        let (profile, application) = (identity.profile(), &self.application);
        let redirect_uri = match &self.redirect_uri {
            _ if !profile.redirect_uri_on_refresh() => None,
            RedirectUri::At(redirect_uri) => Some(&**redirect_uri),
            RedirectUri::None => None,
            RedirectUri::Unknown => {
                return Err(Error::configuration(format!(
                    "{} requires the redirect URI of the sign-in with every refresh: set it with \
                     RefreshToken::redirect_uri, or call without_redirect_uri if the \
                     sign-in had none",
                    profile.name()
                )));
            }
        };
        let scopes = application.scopes(&self.requested_scopes(profile));
        let form = adapter::refresh_token(profile, application, redirect_uri, scopes)?;
        let exchange = Exchange::new(identity, clock, GrantType::RefreshToken, application)
            .with("refresh_token", &self.secret);
        exchange.token(&form).await
    }
}
