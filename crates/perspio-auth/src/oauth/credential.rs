//! Credentials: the grants that tokens are obtained with.

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant::{
    AuthorizationCode, BasicAuth, ClientCredentials, DeviceCode, FixedToken, RefreshToken,
    StoredSignIn,
};
use crate::oauth::identity::{Identity, TokenResponse};
use crate::oauth::profile::Profile;
use crate::token::clock::Clock;
use crate::token::scheme::Scheme;

/// A grant that tokens are obtained with.
///
/// | grant | use | access |
/// |---|---|---|
/// | [`ClientCredentials`] | an application without a user, such as a nightly job | the application's |
/// | [`AuthorizationCode`] | a user has signed in with a browser | the user's |
/// | [`DeviceCode`] | a user signs in on another device | the user's |
/// | [`RefreshToken`] | an earlier sign-in is continued | as granted then |
/// | [`StoredSignIn`] | a sign-in that is in the token store | as granted then |
/// | [`FixedToken`] | a token that was obtained elsewhere | as granted there |
/// | [`BasicAuth`] | a user name and a password for the API itself | the user's |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// An application signs in as itself (RFC 6749 §4.4).
    ClientCredentials(ClientCredentials),
    /// A user has signed in with a browser (RFC 6749 §4.1).
    AuthorizationCode(AuthorizationCode),
    /// A user signs in on another device (RFC 8628).
    DeviceCode(DeviceCode),
    /// A refresh token of an earlier sign-in (RFC 6749 §6).
    RefreshToken(RefreshToken),
    /// A sign-in that is already in the token store.
    StoredSignIn(StoredSignIn),
    /// A token that was obtained elsewhere.
    FixedToken(FixedToken),
    /// A user name and a password for the API itself (RFC 7617).
    BasicAuth(BasicAuth),
}

impl Credential {
    /// Returns the application, if it is known.
    pub(crate) fn application(&self) -> Option<&Application> {
        match self {
            Self::ClientCredentials(grant) => Some(grant.application()),
            Self::AuthorizationCode(grant) => Some(grant.application()),
            Self::DeviceCode(grant) => Some(grant.application()),
            Self::RefreshToken(grant) => Some(grant.application()),
            Self::StoredSignIn(stored) => Some(&stored.application),
            Self::FixedToken(_) | Self::BasicAuth(_) => None,
        }
    }

    /// Returns the redirect URI of the sign-in, for later refreshes.
    pub(crate) fn redirect_uri(&self) -> Option<&str> {
        match self {
            Self::AuthorizationCode(grant) => Some(grant.redirect_uri()),
            Self::RefreshToken(grant) => grant.sign_in_redirect_uri(),
            _ => None,
        }
    }

    /// Returns the scopes that are requested from the profile's identity server.
    pub(crate) fn scopes(&self, profile: &Profile) -> Vec<String> {
        let scopes = profile.scopes();
        let scopes = if self.is_application() {
            scopes.client_credentials.as_slice()
        } else {
            scopes.of_a_user()
        };
        let application = self.application();
        application.map_or_else(|| scopes.to_vec(), |application| application.scopes(scopes))
    }

    /// Returns whether the token represents the application itself.
    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::ClientCredentials(_))
    }

    /// Returns whether a user has to sign in again if its tokens are lost.
    pub(crate) fn is_of_a_user(&self) -> bool {
        match self {
            Self::AuthorizationCode(_)
            | Self::DeviceCode(_)
            | Self::RefreshToken(_)
            | Self::StoredSignIn(_) => true,
            Self::ClientCredentials(_) | Self::FixedToken(_) | Self::BasicAuth(_) => false,
        }
    }

    /// Returns the scheme that its tokens are sent with.
    pub(crate) fn scheme(&self) -> Scheme {
        match self {
            Self::BasicAuth(_) => Scheme::Basic,
            _ => Scheme::Bearer,
        }
    }

    /// Returns whether it can be exchanged for a token only once.
    pub(crate) fn is_single_use(&self) -> bool {
        !matches!(self, Self::ClientCredentials(_))
    }

    /// Requests a token from the identity server. A fixed token, and a
    /// password for the API itself, need no request.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenResponse, Error> {
        match self {
            Self::ClientCredentials(grant) => grant.request(identity, clock).await,
            Self::AuthorizationCode(grant) => grant.request(identity, clock).await,
            Self::DeviceCode(grant) => grant.request(identity, clock).await,
            Self::RefreshToken(grant) => grant.request(identity, clock).await,
            Self::StoredSignIn(_) => Err(Error::NotRenewable {
                reason: "no sign-in is in the token store: sign in first",
            }),
            Self::FixedToken(fixed) => {
                fixed.check()?;
                Ok(TokenResponse::fixed(fixed.token.clone(), fixed.lifetime))
            }
            Self::BasicAuth(basic) => Ok(TokenResponse::fixed(basic.token()?, None)),
        }
    }
}

macro_rules! from_grant {
    ($($grant:ident),*) => {$(
        impl From<$grant> for Credential {
            fn from(grant: $grant) -> Self {
                Self::$grant(grant)
            }
        }
    )*};
}

from_grant!(
    ClientCredentials,
    AuthorizationCode,
    DeviceCode,
    RefreshToken,
    StoredSignIn,
    FixedToken,
    BasicAuth
);
