//! Tests of the public interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot continue fails"
)]

mod client_assertion;
#[cfg(all(target_os = "linux", feature = "conformance", feature = "keyring"))]
mod keyring;
