//! Tests of the command, as a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot continue fails"
)]

mod bulk;
mod commands;
mod doctor;
mod help;
mod login;
mod output;
mod profiles;
mod sandbox;
mod sandbox_user;
mod service;
mod status;
mod visibility;
