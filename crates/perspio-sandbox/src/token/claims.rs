//! The claims of the tokens.

use serde::{Deserialize, Serialize};

/// The role of an *API user*. Without it, a token permits reading only.
pub(crate) const API_USER: &str = "ApiUser";
/// The role of any other user.
pub(crate) const USER: &str = "User";
/// The role of an application: client credentials read only.
pub(crate) const APPLICATION_READ: &str = "Application.Read";

/// The access of the user of [`user_token`](crate::Sandbox::user_token).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserAccess {
    /// An *API user*, [`Person::Ada`](crate::Person::Ada): reads and writes.
    ReadWrite,
    /// Any other person, [`Person::Rosa`](crate::Person::Rosa): reads.
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
    /// The person, as are the next three; an application's token has none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) oid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The e-mail address, by its name in tokens of version 1 and of version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preferred_username: Option<String>,
    /// The sandbox's own: which tokens a revocation has reached.
    pub(crate) sandbox_generation: u64,
    /// The sandbox's own: the refresh that the token came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox_turn: Option<Turn>,
}

/// A place in the chain of refreshes that began with one sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// All tokens that descend from one sign-in.
    pub(crate) family: u64,
    /// 0 for the sign-in itself.
    pub(crate) number: u64,
}

impl Claims {
    /// Whether a person signed in, as opposed to an application.
    pub(crate) fn is_of_a_user(&self) -> bool {
        self.scp.is_some()
    }

    /// Whether it is the token of an *API user*.
    pub(crate) fn may_write(&self) -> bool {
        self.roles.iter().any(|role| role == API_USER)
    }
}

/// The claims of an id token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IdClaims {
    pub(crate) iss: String,
    /// The application that asked: an id token is no key to an API.
    pub(crate) aud: String,
    pub(crate) tid: String,
    pub(crate) sub: String,
    pub(crate) oid: String,
    pub(crate) name: String,
    pub(crate) preferred_username: String,
    pub(crate) ver: String,
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
    /// As sent with the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
}
