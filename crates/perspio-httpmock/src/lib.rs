//! Typed mocks of PerspioTalk on an [`httpmock::MockServer`], for the tests of
//! programs that use the `perspio` crate.
//!
//! [`MockServerExt`] has a method for each operation: the closure's `when` takes
//! the operation's parameters, its `then` the answers that the document lists.
#![deny(missing_docs)]

#[allow(missing_docs, clippy::all, clippy::pedantic, clippy::restriction)]
mod generated;

pub use generated::{MockServerExt, operations};
