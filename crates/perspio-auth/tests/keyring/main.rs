//! A real keyring (gnome-keyring), on a session bus and in a home of its own.
//! Each test runs itself once more inside of them.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod key;
mod session;
mod store;
