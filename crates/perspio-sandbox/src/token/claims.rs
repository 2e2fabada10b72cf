//! What an access token says.

use serde::{Deserialize, Serialize};

use crate::credentials::USER_SCOPE;

/// The role of an *API user*: whoever lacks it may only read.
pub(crate) const API_USER: &str = "ApiUser";
/// The role of an application: client credentials read only.
pub(crate) const APPLICATION_READ: &str = "Application.Read";

/// What the signed-in person of [`user_token`](crate::Sandbox::user_token) may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserAccess {
    /// An *API user*: reads and writes.
    ReadWrite,
    /// Any other person: reads.
    ReadOnly,
}

/// The claims of an access token, named as Entra names them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    /// The Entra directory, not the Perspio tenant.
    pub(crate) tid: String,
    /// The application, by its name in tokens of version 1 and of version 2.
    pub(crate) appid: String,
    pub(crate) azp: String,
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
    pub(crate) jti: String,
    pub(crate) roles: Vec<String>,
    /// The scopes that a person granted; an application's token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scp: Option<String>,
    /// The sandbox's own: which tokens a revocation has reached.
    pub(crate) sandbox_generation: u64,
}

impl Claims {
    /// Whether a person signed in, as opposed to an application.
    pub(crate) fn is_of_a_user(&self) -> bool {
        self.scp
            .as_deref()
            .is_some_and(|scopes| scopes.split(' ').any(|scope| scope == USER_SCOPE))
    }

    /// Whether it is the token of an *API user*.
    pub(crate) fn may_write(&self) -> bool {
        self.roles.iter().any(|role| role == API_USER)
    }
}
