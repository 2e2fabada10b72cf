//! The commands as they are called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod diff;
mod new;
// A shell calls it.
#[cfg(unix)]
mod import;
