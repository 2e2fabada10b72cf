//! The client-credentials grant (RFC 6749 §4.4; page "Get Access Token -
//! Client Credentials").

use oauth2::Scope;
use secrecy::SecretString;

use crate::error::Error;
use crate::identity::{Identity, TokenAnswer};

/// An application signs in as itself. At Perspio such a token reads only; it
/// comes without a refresh token: a new one is simply asked for.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    client_id: String,
    client_secret: SecretString,
    scopes: Vec<String>,
}

impl ClientCredentials {
    /// `scopes` are sent as they stand, separated by a space.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: SecretString,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret,
            scopes: scopes.into_iter().map(Into::into).collect(),
        }
    }

    /// Sends `client_id`, `client_secret`, `scope` and `grant_type` as a form.
    pub(crate) async fn request(&self, identity: &Identity) -> Result<TokenAnswer, Error> {
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let outcome = identity
            .oauth_client(&self.client_id)
            .exchange_client_credentials()
            .add_scopes(scopes)
            .request_async(&identity.sender(&self.client_secret))
            .await;
        identity.conclude(outcome, &[&self.client_secret])
    }
}
