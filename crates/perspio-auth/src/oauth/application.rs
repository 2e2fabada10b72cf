//! The application that requests tokens: an OAuth client.

use std::sync::Arc;

use secrecy::SecretString;

use crate::oauth::assertion::ClientAssertion;

/// An OAuth client (RFC 6749 §2.1): confidential with a secret or an assertion, public
/// without.
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
    authentication: Authentication,
}

/// How the application authenticates at the identity server.
#[derive(Clone, Debug)]
enum Authentication {
    None,
    Secret(SecretString),
    Assertion(Arc<dyn ClientAssertion>),
}

impl Application {
    /// Creates an application with a client secret.
    pub fn confidential(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            authentication: Authentication::Secret(client_secret.into()),
        }
    }

    /// Creates a confidential application that authenticates with assertions instead of a
    /// secret (RFC 7523 §2.2).
    pub fn with_assertion(
        client_id: impl Into<String>,
        provider: impl ClientAssertion + 'static,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            authentication: Authentication::Assertion(Arc::new(provider)),
        }
    }

    /// Creates an application without a secret, such as a program that runs on the
    /// devices of its users.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            authentication: Authentication::None,
        }
    }

    /// Returns whether the application has nothing to authenticate with.
    pub fn is_public(&self) -> bool {
        matches!(self.authentication, Authentication::None)
    }

    /// Returns the client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn client_secret(&self) -> Option<&SecretString> {
        match &self.authentication {
            Authentication::Secret(secret) => Some(secret),
            Authentication::None | Authentication::Assertion(_) => None,
        }
    }

    pub(crate) fn client_assertion(&self) -> Option<&dyn ClientAssertion> {
        match &self.authentication {
            Authentication::Assertion(provider) => Some(&**provider),
            Authentication::None | Authentication::Secret(_) => None,
        }
    }

    /// Replaces `{client_id}` in `scopes` by the client id.
    pub(crate) fn scopes(&self, scopes: &[String]) -> Vec<String> {
        scopes
            .iter()
            .map(|scope| scope.replace("{client_id}", &self.client_id))
            .collect()
    }
}
