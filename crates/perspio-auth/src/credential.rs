//! What a token is obtained with.

use crate::error::Error;
use crate::grant::ClientCredentials;
use crate::identity::{Identity, TokenAnswer};

/// What a token is obtained with: one variant per grant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// An application signs in as itself.
    ClientCredentials(ClientCredentials),
}

impl Credential {
    /// Asks the identity server for a token.
    pub(crate) async fn request(&self, identity: &Identity) -> Result<TokenAnswer, Error> {
        match self {
            Self::ClientCredentials(grant) => grant.request(identity).await,
        }
    }
}

impl From<ClientCredentials> for Credential {
    fn from(grant: ClientCredentials) -> Self {
        Self::ClientCredentials(grant)
    }
}
