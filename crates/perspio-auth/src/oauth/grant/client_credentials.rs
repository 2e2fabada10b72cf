//! The client credentials grant (RFC 6749 §4.4).

use oauth2::Scope;

use crate::oauth::application::Application;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenAnswer};
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
    ) -> Result<TokenAnswer, Error> {
        if self.application.is_public() {
            return Err(Error::configuration(
                "the client credentials grant needs an application with a client secret \
                 (Application::confidential) or assertion (Application::with_assertion): a \
                 public client can only sign in users",
            ));
        }
        let exchange = Exchange::new(
            identity,
            clock,
            GrantType::ClientCredentials,
            &self.application,
        );
        let scopes = self
            .application
            .scopes(&identity.profile().scopes().client_credentials);
        let outcome = identity
            .oauth_client(&self.application)
            .exchange_client_credentials()
            .add_scopes(scopes.into_iter().map(Scope::new))
            .request_async(&exchange)
            .await;
        exchange.conclude_token(outcome)
    }
}
