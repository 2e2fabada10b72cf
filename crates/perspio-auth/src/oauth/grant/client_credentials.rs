//! The client credentials grant (RFC 6749 §4.4).

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenResponse, adapter};
use crate::token::clock::Clock;

/// The credential of an application that signs in as itself, without a user. There
/// is no refresh token: when the access token expires, a new one is requested. Some
/// APIs restrict such tokens to reading, see
/// [`Profile::read_only_applications`](crate::Profile::read_only_applications).
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    application: Application,
}

impl ClientCredentials {
    /// Creates the credential. The scopes are those of the profile.
    pub fn new(application: Application) -> Self {
        Self { application }
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    /// Sends `client_id`, `client_secret`, `scope` and `grant_type` as a form. Sends
    /// nothing for a public client, which the grant excludes.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenResponse, Error> {
        if self.application.is_public() {
            return Err(Error::configuration(
                "the client credentials grant needs an application with a client secret \
                 (Application::confidential) or assertion (Application::with_assertion): a \
                 public client can only sign in users",
            ));
        }
        let profile = identity.profile();
        let scopes = (self.application).scopes(&profile.scopes().client_credentials);
        let form = adapter::client_credentials(profile, &self.application, scopes)?;
        let grant = GrantType::ClientCredentials;
        let exchange = Exchange::new(identity, clock, grant, &self.application);
        exchange.token(&form).await
    }
}
