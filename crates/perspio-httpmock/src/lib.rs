#![doc = include_str!("../README.md")]
//!
//! # Mocks
//!
//! [`MockServerExt`] has a method for each operation: the closure's `when` takes
//! the operation's parameters, its `then` the documented responses.
#![deny(missing_docs)]

#[allow(
    clippy::missing_panics_doc,
    clippy::semicolon_if_nothing_returned,
    clippy::to_string_in_format_args,
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "as progenitor writes mocks, which are for tests"
)]
mod generated;

pub use generated::{MockServerExt, operations};
