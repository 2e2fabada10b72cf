//! Tokens, their keys and records, the clock, and the stores. Depends on no other layer.

mod access_token;
pub(crate) mod causes;
pub mod clock;
pub(crate) mod fault;
mod id_token;
pub(crate) mod key;
pub(crate) mod scheme;
pub mod secret;
pub mod store;

pub use access_token::AccessToken;
pub(crate) use access_token::Inner;
pub use id_token::IdToken;
