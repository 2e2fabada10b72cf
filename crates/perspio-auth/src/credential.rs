//! Credentials: the grants that tokens are obtained with.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::application::Application;
use crate::clock::Clock;
use crate::error::Error;
use crate::grant::{AuthorizationCode, ClientCredentials, DeviceCode, RefreshToken};
use crate::identity::{Identity, TokenAnswer};
use crate::profile::Profile;

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
}

/// A user's sign-in that is already in the token store, saved there by
/// [`SignIn`](crate::SignIn) earlier or in another process.
///
/// Use it with a store that outlives the process. If the store contains no sign-in,
/// a token request fails with [`Error::NotRenewable`].
#[derive(Clone, Debug)]
pub struct StoredSignIn {
    application: Application,
}

impl StoredSignIn {
    /// Creates the credential of a sign-in to `application`.
    pub fn new(application: Application) -> Self {
        Self { application }
    }
}

/// A token that was obtained elsewhere and is not refreshed.
#[derive(Clone)]
pub struct FixedToken {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Option<Duration>,
}

impl FixedToken {
    /// Creates a credential with a token of unknown lifetime: it is used until the
    /// API rejects it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            lifetime: None,
        }
    }

    /// Sets the remaining lifetime of the token, from now on.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl fmt::Debug for FixedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedToken")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
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
            Self::FixedToken(_) => None,
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
            scopes.of_a_person()
        };
        let application = self.application();
        application.map_or_else(|| scopes.to_vec(), |application| application.scopes(scopes))
    }

    /// Returns whether the token represents the application itself.
    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::ClientCredentials(_))
    }

    /// Returns whether a user has to sign in again if its tokens are lost.
    pub(crate) fn is_a_persons(&self) -> bool {
        match self {
            Self::AuthorizationCode(_)
            | Self::DeviceCode(_)
            | Self::RefreshToken(_)
            | Self::StoredSignIn(_) => true,
            Self::ClientCredentials(_) | Self::FixedToken(_) => false,
        }
    }

    /// Returns whether it can be exchanged for a token only once.
    pub(crate) fn is_single_use(&self) -> bool {
        !matches!(self, Self::ClientCredentials(_))
    }

    /// Requests a token from the identity server. A fixed token needs no request.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenAnswer, Error> {
        match self {
            Self::ClientCredentials(grant) => grant.request(identity, clock).await,
            Self::AuthorizationCode(grant) => grant.request(identity, clock).await,
            Self::DeviceCode(grant) => grant.request(identity, clock).await,
            Self::RefreshToken(grant) => grant.request(identity, clock).await,
            Self::StoredSignIn(_) => Err(Error::NotRenewable {
                reason: "no sign-in is in the token store: sign in first",
            }),
            Self::FixedToken(fixed) => Ok(TokenAnswer::fixed(fixed)),
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
    FixedToken
);
