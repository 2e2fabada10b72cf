//! The grants of RFC 6749 and RFC 8628, each as the vendor's page shows it.

mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;

pub use authorization_code::AuthorizationCode;
pub use client_credentials::ClientCredentials;
pub use device_code::DeviceCode;
pub use refresh_token::RefreshToken;

/// Which grant a request belongs to: the same refusal means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    ClientCredentials,
    /// The first step of a sign-in with a browser, which brings a code.
    Authorization,
    AuthorizationCode,
    RefreshToken,
    DeviceCode,
}
