//! Functions that the conformance tests share. A client is called with random valid values,
//! a third-party server validates the request, and the response is compared with the value
//! that was decoded from it.

#[cfg(feature = "drive")]
pub mod drive;
mod lossless;
mod prism;
#[cfg(feature = "recorder")]
mod recorder;
#[cfg(feature = "values")]
mod values;

pub use lossless::difference;
pub use prism::{Prism, contradictions, violations};
#[cfg(feature = "recorder")]
pub use recorder::{Exchange, Recorder};
#[cfg(feature = "values")]
pub use values::{Fill, Letters, Random, Schema, json_schemas, without};
