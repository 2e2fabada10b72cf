//! The grants of RFC 6749 and RFC 8628.

mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;

pub use authorization_code::AuthorizationCode;
pub use client_credentials::ClientCredentials;
pub use device_code::DeviceCode;
pub use refresh_token::RefreshToken;

/// The grant of a request: the meaning of an error response depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    ClientCredentials,
    /// The authorization request, the first step of a sign-in with a browser.
    Authorization,
    AuthorizationCode,
    RefreshToken,
    DeviceCode,
}
