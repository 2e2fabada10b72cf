//! The application that requests tokens: an OAuth client.

use secrecy::SecretString;

/// An OAuth client (RFC 6749 §2.1): confidential with a secret, public without.
///
/// At Entra, the registration of the redirect URI decides which of the two signs in
/// users:
///
/// | platform of the redirect URI | application | otherwise |
/// |---|---|---|
/// | "Web" | [`confidential`](Self::confidential) | AADSTS7000218 without a secret |
/// | "Mobile and desktop applications" | [`public`](Self::public) | AADSTS700025 with a secret |
///
/// The device flow has no redirect URI. The setting "Allow public client flows" enables
/// it, for a public client. [`ClientCredentials`](crate::ClientCredentials) always need a
/// confidential one.
#[derive(Clone, Debug)]
pub struct Application {
    client_id: String,
    client_secret: Option<SecretString>,
}

impl Application {
    /// Creates an application with a client secret.
    pub fn confidential(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: Some(client_secret.into()),
        }
    }

    /// Creates an application without a secret, such as a program that runs on the
    /// devices of its users.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
        }
    }

    /// Returns whether the application has nothing to authenticate with.
    pub fn is_public(&self) -> bool {
        self.client_secret.is_none()
    }

    /// Returns the client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn client_secret(&self) -> Option<&SecretString> {
        self.client_secret.as_ref()
    }

    /// Replaces `{client_id}` in `scopes` by the client id.
    pub(crate) fn scopes(&self, scopes: &[String]) -> Vec<String> {
        scopes
            .iter()
            .map(|scope| scope.replace("{client_id}", &self.client_id))
            .collect()
    }
}
