//! Access and id tokens: what they say, who signs them, when they are refused.

mod claims;
mod issuer;
mod key;
mod register;

pub use claims::UserAccess;
pub(crate) use claims::{Claims, Turn};
pub(crate) use issuer::{Refusal, TokenIssuer};
pub(crate) use key::SigningKey;

#[cfg(test)]
mod tests;
