//! Tokens for Entra-protected APIs: obtained, kept, renewed, and attached to
//! requests as a [`reqwest_middleware::Middleware`].
//!
//! ```no_run
//! use perspio_auth::http::HeaderName;
//! use perspio_auth::{
//!     Application, AuthMiddleware, ClientCredentials, Profile, SecretString, TokenSource,
//! };
//!
//! # fn example() -> Result<(), perspio_auth::Error> {
//! let profile = Profile::perspiotalk()
//!     .with_header(HeaderName::from_static("tid"), &SecretString::from("in-…"))?
//!     .with_header(
//!         HeaderName::from_static("ocp-apim-subscription-key"),
//!         &SecretString::from("…"),
//!     )?;
//! let application = Application::confidential("client id", "client secret");
//! let source = TokenSource::new(&profile, ClientCredentials::new(application))?;
//! let middleware = AuthMiddleware::new(&profile, source)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Which grant for which job
//!
//! | grant | for which job | may read | may write at Perspio |
//! |---|---|---|---|
//! | [`ClientCredentials`] | a program by itself, every night | yes | no |
//! | [`AuthorizationCode`] | a person has signed in with a browser ([`SignIn`] does it all) | yes | yes, as an API user |
//! | [`DeviceCode`] | a person signs in on another device ([`SignIn`] again) | yes | yes, as an API user |
//! | [`StoredSignIn`] | a sign-in that another process has put into the store | as then | as then |
//! | [`RefreshToken`] | a sign-in of earlier goes on | as then | as then |
//! | [`FixedToken`] | a token that comes from elsewhere | as it says | as it says |
//!
//! # A person's way
//!
//! [`SignIn::browser`] opens the person's browser and listens on this machine
//! for its return; [`SignIn::paste`] and [`SignIn::device`] are for machines
//! without one. An [`AuthorizationRequest`] is for programs that have a web
//! server of their own. With a [`FileStore`] the sign-in
//! outlives the process.
//!
//! # A token's way
//!
//! A [`Credential`] says what it is obtained with. A [`TokenSource`] keeps it
//! and renews it in time: a fresh token is given from memory without a lock, an
//! ageing one too while a renewal runs behind, and when there is none, all who
//! ask wait for one request. A [`TokenStore`] keeps what must outlive the
//! source. An [`AuthMiddleware`] puts the token on requests to the one origin
//! that it belongs to, and renews it once when the API refuses it. What differs
//! between APIs stands in a [`Profile`]. Many tenants or persons in one process
//! have a source each, in [`TokenSources`].
//!
//! # When it fails
//!
//! Every [`Error`] says what happened and what to do. [`Error::needs_sign_in`]
//! asks for a person, [`Error::is_transient`] for patience (see
//! [`Error::retry_after`]), [`Error::is_configuration`] for other settings.
//! What support asks for stands in [`Error::refusal`].
#![deny(missing_docs)]

mod application;
mod authorizer;
mod challenge;
pub mod clock;
mod credential;
pub mod endpoint;
mod error;
mod fault;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod grant;
mod id_token;
mod identity;
mod middleware;
mod network;
mod observer;
mod profile;
mod retry_after;
pub mod secret;
mod sign_in;
mod source;
pub mod store;
mod token;
pub mod transport;

pub use application::Application;
pub use authorizer::{Authorizer, Call, SentCredentials, Verdict, is_quota_exhausted};
pub use credential::{Credential, FixedToken, StoredSignIn};
pub use error::{Error, Refusal, TransportError};
pub use grant::{AuthorizationCode, ClientCredentials, DeviceCode, RefreshToken};
pub use http;
pub use id_token::IdToken;
pub use middleware::{AuthMiddleware, FreshTokenRejected};
pub use network::Network;
#[cfg(feature = "metrics")]
pub use observer::MetricsObserver;
pub use observer::TokenObserver;
pub use profile::{ApiHeader, Issuer, OnForbidden, Profile, Prompt, Scopes};
pub use retry_after::retry_after;
pub use secrecy::SecretString;
pub use sign_in::{
    AuthorizationRequest, Browser, Device, DeviceAttempt, LoopbackRedirect, Paste, PasteAttempt,
    ResponseMode, SignIn,
};
pub use source::{TokenSource, TokenSourceBuilder, TokenSources};
pub use store::{FileStore, PlainTextFileStore, StoreKey, TokenKey, TokenStore};
pub use token::AccessToken;
