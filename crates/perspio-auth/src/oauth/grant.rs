//! The grants of RFC 6749 and RFC 8628, tokens that were obtained elsewhere, stored sign-ins, and
//! passwords for the API itself.

mod authorization_code;
mod basic_auth;
mod client_credentials;
mod device_code;
mod fixed_token;
mod refresh_token;
mod stored_sign_in;

pub use authorization_code::AuthorizationCode;
pub use basic_auth::BasicAuth;
pub use client_credentials::ClientCredentials;
pub use device_code::DeviceCode;
pub use fixed_token::FixedToken;
pub use refresh_token::RefreshToken;
pub use stored_sign_in::StoredSignIn;
