//! The OAuth 2.0 protocol: the profile of an API, the application, the grants, and the
//! requests to the identity server. Depends on the layer `token`.

mod application;
mod assertion;
mod certificates;
mod credential;
pub mod endpoint;
mod error;
mod grant;
mod grant_type;
mod identity;
mod key;
mod network;
mod profile;
mod proxy;
mod retry_after;
pub mod transport;

pub use application::Application;
pub use assertion::{AssertionRequest, ClientAssertion, ClientCertificate, FederatedTokenFile};
pub use credential::Credential;
pub use error::{Error, ErrorClass, ErrorResponse, TransportCause, TransportError};
pub use grant::{
    AuthorizationCode, BasicAuth, ClientCredentials, DeviceCode, FixedToken, RefreshToken,
    StoredSignIn,
};
pub(crate) use grant_type::GrantType;
pub(crate) use identity::{EntraError, Identity, TokenResponse};
pub use network::Network;
pub use profile::{ApiHeader, Issuer, OnForbidden, Profile, Prompt, Scopes};
pub(crate) use profile::{QueryKey, is_silent};
pub use retry_after::retry_after;
