#![doc = include_str!("../README.md")]
//!
//! # Example
//!
//! ```no_run
//! use perspio_auth::endpoint::Endpoint;
//! use perspio_auth::{Application, AuthMiddleware, ClientCredentials, Profile, Scopes, TokenSource};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let api = "https://api.example".parse::<Endpoint>()?;
//! let authority = "https://login.microsoftonline.com/contoso.example".parse::<Endpoint>()?;
//! let profile = Profile::custom("Example", api, &authority)
//!     .with_scopes(Scopes::uniform(["api://example/.default"]));
//! let application = Application::confidential("client id", "client secret");
//! let source = TokenSource::new(&profile, ClientCredentials::new(application))?;
//! let middleware = AuthMiddleware::new(&profile, source)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! A [`Profile`] describes an API and its identity server: addresses, scopes,
//! headers and help texts. A [`Credential`] is a grant, with the [`Application`] that
//! uses it. A [`TokenSource`] returns valid tokens of a credential: a fresh token from
//! memory without a lock; a token that is due for renewal as well, while it is
//! refreshed in the background; and if the token has expired, concurrent callers share
//! one request (single-flight). A [`TokenStore`] holds tokens for longer than the
//! process, and shares them between processes. An [`AuthMiddleware`] adds the token to
//! requests to the API's origin, and refreshes it once if the API responds with 401.
//! [`TokenSources`] caches the sources of many tenants or users.
//!
//! # Grants
//!
//! | grant | use | access |
//! |---|---|---|
//! | [`ClientCredentials`] | an application without a user, such as a nightly job | the application's |
//! | [`AuthorizationCode`] | a user has signed in with a browser; [`SignIn`] runs the whole flow | the user's |
//! | [`DeviceCode`] | a user signs in on another device; [`SignIn`] runs the whole flow | the user's |
//! | [`StoredSignIn`] | a sign-in that another process has saved in the store | as granted then |
//! | [`RefreshToken`] | an earlier sign-in is continued | as granted then |
//! | [`FixedToken`] | a token that was obtained elsewhere | as granted there |
//! | [`BasicAuth`] | a user name and a password for the API itself (HTTP Basic) | the user's |
//!
//! # Keys, and APIs without tokens
//!
//! An API key is a part of the [`Profile`]: a header ([`Profile::with_header`]), a cookie
//! ([`Profile::with_cookie`]) or a query parameter ([`Profile::with_query_key`]), with or
//! without a token. [`AuthMiddleware::without_token`] and [`Authorizer::without_token`] are
//! for APIs that need no token.
//!
//! # Authenticating the application
//!
//! An [`Application`] authenticates with a client secret, or with a [`ClientAssertion`]: a
//! [`ClientCertificate`], a [`FederatedTokenFile`], or a provider of the program. A public
//! client has neither, and can only sign in users.
//!
//! # Signing in a user
//!
//! `SignIn::browser` (feature `sign-in`, on by default) opens the user's browser and listens on this machine for the
//! redirect. [`SignIn::paste`] and [`SignIn::device`] are for machines without a
//! browser. [`AuthorizationRequest`] is for web applications, which receive the
//! redirect themselves. With a persistent store, such as a [`FileStore`], the sign-in
//! survives the process.
//!
//! # Errors
//!
//! Every [`Error`] says what failed and what to do next. [`Error::is_transient`]
//! identifies errors that may succeed later (see [`Error::retry_after`]),
//! [`Error::needs_sign_in`] those that need a user, and [`Error::is_configuration`]
//! those that need other settings. [`Error::error_response`] has the details that the identity
//! provider's support asks for.
//!
//! # Security
//!
//! `docs/security.md` in the repository lists the guarantees about tokens, sign-ins and
//! secrets, each with its tests.
//!
//! # Conventions
//!
//! Setters of builders and of option types ([`SignIn`], [`AuthorizationRequest`],
//! [`Network`], the stores) are named after the setting: `prompt`, `clock`,
//! `root_certificates`. Setters whose name begins with `with_` belong to value types
//! that also have a getter, such as [`Profile`] and [`ApiHeader`]: they return a
//! changed copy, as `Path::with_extension` does. Methods that begin with `without_`
//! turn off a default.
#![deny(missing_docs)]

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod middleware;
mod oauth;
pub mod retry;
mod sign_in;
mod source;
#[cfg(any(test, fuzzing))]
mod testing;
mod token;

pub use http;
pub use middleware::authorizer::{Authorizer, Call, Verdict, is_quota_exhausted};
pub use middleware::sent_credentials::SentCredentials;
pub use middleware::{AuthMiddleware, FreshTokenRejected};
pub use oauth::{
    ApiHeader, Application, AssertionRequest, AuthorizationCode, BasicAuth, ClientAssertion,
    ClientCertificate, ClientCredentials, Credential, DeviceCode, Error, ErrorClass, ErrorResponse,
    FederatedTokenFile, FixedToken, Issuer, Network, OnForbidden, Profile, Prompt, RefreshToken,
    Scopes, StoredSignIn, TransportCause, TransportError, endpoint, retry_after, transport,
};
pub use secrecy::SecretString;
pub use sign_in::{
    AuthorizationRequest, Device, DeviceAttempt, Paste, PasteAttempt, ResponseMode, SignIn,
};
#[cfg(feature = "sign-in")]
pub use sign_in::{Browser, LoopbackRedirect};
#[cfg(feature = "metrics")]
pub use source::MetricsObserver;
pub use source::{TokenObserver, TokenSource, TokenSourceBuilder, TokenSources};
pub use token::store::{FileStore, StoreKey, TokenKey, TokenStore};
pub use token::{AccessToken, IdToken, clock, secret, store};
