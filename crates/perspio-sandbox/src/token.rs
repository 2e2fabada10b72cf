//! Access tokens: what they say, who signs them, when they are refused.

mod claims;
mod issuer;
mod key;

pub(crate) use claims::Claims;
pub use claims::UserAccess;
pub(crate) use issuer::TokenIssuer;
pub(crate) use key::SigningKey;

#[cfg(test)]
mod tests;
