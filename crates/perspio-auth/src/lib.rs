//! Tokens for Entra-protected APIs: obtained, kept, renewed, and attached to
//! requests as a [`reqwest_middleware::Middleware`].
//!
//! ```no_run
//! use perspio_auth::{AuthMiddleware, ClientCredentials, Profile, SecretString, TokenSource};
//! use perspio_auth::http::HeaderName;
//!
//! # fn example() -> Result<(), perspio_auth::Error> {
//! let profile = Profile::perspiotalk()?
//!     .with_header(HeaderName::from_static("tid"), &SecretString::from("in-…"))?
//!     .with_header(
//!         HeaderName::from_static("ocp-apim-subscription-key"),
//!         &SecretString::from("…"),
//!     )?;
//! let grant = ClientCredentials::new("client id", SecretString::from("…"), profile.scopes());
//! let source = TokenSource::new(&profile, grant)?;
//! let middleware = AuthMiddleware::new(&profile, source)?;
//! # Ok(())
//! # }
//! ```
//!
//! A token's way: a [`Credential`] says what it is obtained with, a
//! [`TokenSource`] keeps it and renews it in time, an [`AuthMiddleware`] puts
//! it on requests to the one origin that it belongs to. What differs between
//! APIs stands in a [`Profile`].
#![deny(missing_docs)]

pub mod clock;
mod credential;
pub mod endpoint;
mod error;
mod grant;
mod identity;
mod middleware;
mod profile;
pub mod secret;
mod source;
mod token;
pub mod transport;

pub use credential::Credential;
pub use error::{Error, Refusal, TransportError};
pub use grant::ClientCredentials;
pub use http;
pub use middleware::AuthMiddleware;
pub use profile::{ApiHeader, Profile};
pub use secrecy::SecretString;
pub use source::TokenSource;
pub use token::AccessToken;
