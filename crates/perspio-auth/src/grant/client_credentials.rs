//! The client-credentials grant (RFC 6749 §4.4; page "Get Access Token -
//! Client Credentials").

use oauth2::Scope;

use super::Grant;
use crate::application::Application;
use crate::clock::Clock;
use crate::error::Error;
use crate::identity::{Exchange, Identity, TokenAnswer};

/// An application signs in as itself. At Perspio such a token reads only; it
/// comes without a refresh token: a new one is simply asked for.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    application: Application,
}

impl ClientCredentials {
    /// The scopes are the profile's.
    pub fn new(application: Application) -> Self {
        Self { application }
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    /// Sends `client_id`, `client_secret`, `scope` and `grant_type` as a form.
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenAnswer, Error> {
        let exchange = Exchange::new(identity, clock, Grant::ClientCredentials, &self.application);
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
