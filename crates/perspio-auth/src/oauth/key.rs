//! The key of a credential's token.

use super::credential::Credential;
use super::profile::Profile;
use crate::token::key::{KeyParts, TokenKey, hashed_name};

impl TokenKey {
    /// Returns the key of a credential; `user` separates several users of one
    /// application.
    pub fn new(profile: &Profile, credential: &Credential, user: Option<&str>) -> Self {
        let application = credential.application();
        let mut scopes = credential.scopes(profile);
        scopes.sort();
        let client_id = application.map(|application| application.client_id().to_owned());
        let parts = KeyParts {
            token_url: profile.token_url().base().to_owned(),
            client_id: client_id.unwrap_or_default(),
            user: user.map(str::to_owned).or_else(|| default_user(credential)),
            scopes,
        };
        Self::from_parts(parts)
    }
}

/// Users' tokens never share a key with the tokens of an application, nor with passwords.
fn default_user(credential: &Credential) -> Option<String> {
    match credential {
        Credential::ClientCredentials(_) => None,
        // Some APIs take a key as the user name.
        Credential::BasicAuth(basic) => Some(hashed_name([Some("password"), Some(basic.user())])),
        _ => Some("signed-in user".to_owned()),
    }
}
