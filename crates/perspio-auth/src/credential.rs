//! What a token is obtained with.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::application::Application;
use crate::clock::Clock;
use crate::error::Error;
use crate::grant::{AuthorizationCode, ClientCredentials, DeviceCode, RefreshToken};
use crate::identity::{Identity, TokenAnswer};
use crate::profile::Profile;

/// What a token is obtained with.
///
/// | grant | for which job | reads | writes at Perspio |
/// |---|---|---|---|
/// | [`ClientCredentials`] | a program by itself, every night | yes | no |
/// | [`AuthorizationCode`] | a person has signed in with a browser | yes | yes, as an API user |
/// | [`DeviceCode`] | a person signs in on another device | yes | yes, as an API user |
/// | [`RefreshToken`] | a sign-in of earlier goes on | as then | as then |
/// | [`StoredSignIn`] | a sign-in that is in the store | as then | as then |
/// | [`FixedToken`] | a token that comes from elsewhere | as it says | as it says |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// An application signs in as itself.
    ClientCredentials(ClientCredentials),
    /// A person has signed in with a browser.
    AuthorizationCode(AuthorizationCode),
    /// A person signs in on another device.
    DeviceCode(DeviceCode),
    /// A sign-in of earlier goes on.
    RefreshToken(RefreshToken),
    /// A sign-in that another process has put into the store.
    StoredSignIn(StoredSignIn),
    /// A token that comes from elsewhere.
    FixedToken(FixedToken),
}

/// A person's sign-in that stands in the token store already, put there by
/// [`SignIn`](crate::SignIn) in another process or earlier.
///
/// Used with a store that outlives the process: without a sign-in in it, asking
/// for a token fails with [`Error::NotRenewable`].
#[derive(Clone, Debug)]
pub struct StoredSignIn {
    application: Application,
}

impl StoredSignIn {
    /// The sign-in to `application`.
    pub fn new(application: Application) -> Self {
        Self { application }
    }
}

/// A token that comes from elsewhere and is not renewed.
#[derive(Clone)]
pub struct FixedToken {
    pub(crate) token: SecretString,
    pub(crate) lifetime: Option<Duration>,
}

impl FixedToken {
    /// A token whose life is not known: it is used until the API refuses it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            lifetime: None,
        }
    }

    /// How long it lives from now on.
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
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
    /// The application, if it is known.
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

    /// The redirect URI of the sign-in, for the refreshes that follow it.
    pub(crate) fn redirect_uri(&self) -> Option<&str> {
        match self {
            Self::AuthorizationCode(grant) => Some(grant.redirect_uri()),
            Self::RefreshToken(grant) => grant.redirect_uri(),
            _ => None,
        }
    }

    /// The scopes that it asks for at the profile's identity server.
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

    /// Whether the token stands for the application itself.
    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::ClientCredentials(_))
    }

    /// Whether a person has to sign in again when what came of it is lost.
    pub(crate) fn is_a_persons(&self) -> bool {
        match self {
            Self::AuthorizationCode(_)
            | Self::DeviceCode(_)
            | Self::RefreshToken(_)
            | Self::StoredSignIn(_) => true,
            Self::ClientCredentials(_) | Self::FixedToken(_) => false,
        }
    }

    /// Whether it brings a token once only.
    pub(crate) fn is_single_use(&self) -> bool {
        !matches!(self, Self::ClientCredentials(_))
    }

    /// Asks the identity server for a token. A fixed one needs no request.
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
