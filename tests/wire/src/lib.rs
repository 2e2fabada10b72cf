//! What the proofs on the wire share. A client is called with random valid
//! values, a server that nobody here wrote judges what arrives, and what comes
//! back is compared with what it was decoded to.

#[cfg(feature = "drive")]
pub mod drive;
mod lossless;
mod prism;
#[cfg(feature = "tape")]
mod tape;
#[cfg(feature = "values")]
mod values;

pub use lossless::difference;
pub use prism::{Prism, contradictions, violations};
#[cfg(feature = "tape")]
pub use tape::{Exchange, Tape};
#[cfg(feature = "values")]
pub use values::{Fill, Letters, Random, Schema, json_schemas, without};
