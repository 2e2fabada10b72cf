//! Tests of the commands as processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod diff;
mod new;
mod new_client;
#[cfg(feature = "remote")]
mod remote;
mod reports;
mod unions;
// The tests run a shell.
#[cfg(unix)]
mod import;
