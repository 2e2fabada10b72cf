//! The application that asks for tokens: an OAuth client.

use secrecy::SecretString;

/// An application as the identity server knows it: an OAuth client (RFC 6749
/// §2), confidential with a secret, public without.
#[derive(Clone, Debug)]
pub struct Application {
    client_id: String,
    client_secret: Option<SecretString>,
}

impl Application {
    /// An application with a secret, as Perspio's are (Admin → API).
    pub fn confidential(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: Some(client_secret.into()),
        }
    }

    /// An application that cannot keep a secret.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
        }
    }

    /// Its id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn client_secret(&self) -> Option<&SecretString> {
        self.client_secret.as_ref()
    }

    /// Scopes for this application: `{client_id}` stands for its id.
    pub(crate) fn scopes(&self, scopes: &[String]) -> Vec<String> {
        scopes
            .iter()
            .map(|scope| scope.replace("{client_id}", &self.client_id))
            .collect()
    }
}
