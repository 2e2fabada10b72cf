//! Client assertions (RFC 7521 §4.2, RFC 7523 §2.2): a signed token that authenticates an
//! application instead of a secret.

mod certificate;
mod token_file;

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use secrecy::SecretString;

pub use certificate::ClientCertificate;
pub use token_file::FederatedTokenFile;

use crate::oauth::error::Error;

/// A provider of client assertions, for
/// [`Application::with_assertion`](crate::Application::with_assertion).
///
/// [`ClientCertificate`] signs with a certificate's key, [`FederatedTokenFile`] reads the
/// token that Kubernetes mounts. Implement the trait for a key in a vault or an HSM, or
/// for the token of another platform:
///
/// ```
/// use perspio_auth::{Application, AssertionRequest, ClientAssertion, Error, SecretString};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// #[async_trait::async_trait]
/// impl ClientAssertion for Vault {
///     async fn assertion(&self, request: &AssertionRequest<'_>) -> Result<SecretString, Error> {
///         let _ = (request.client_id, request.audience, request.now);
///         Ok(SecretString::from("a signed token"))
///     }
/// }
///
/// let application = Application::with_assertion("client id", Vault);
/// ```
#[async_trait]
pub trait ClientAssertion: fmt::Debug + Send + Sync {
    /// Returns an assertion. It is called for each request to the identity server, and
    /// each poll of the device flow is one.
    ///
    /// # Errors
    /// The error of the token request: [`Error::Configuration`] with a reason, or
    /// [`Error::Transport`] if a later attempt may succeed. Neither may contain a secret.
    async fn assertion(&self, request: &AssertionRequest<'_>) -> Result<SecretString, Error>;
}

/// The parameters of an assertion.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AssertionRequest<'a> {
    /// The client id: the claims `iss` and `sub`.
    pub client_id: &'a str,
    /// The address of the token endpoint: the claim `aud`.
    pub audience: &'a str,
    /// The time of the wall clock.
    pub now: SystemTime,
}

impl<'a> AssertionRequest<'a> {
    /// Creates a request, for tests of a provider.
    pub fn new(client_id: &'a str, audience: &'a str, now: SystemTime) -> Self {
        Self {
            client_id,
            audience,
            now,
        }
    }
}
