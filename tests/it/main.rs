//! One binary for all tests that cross crates, because linking dominates the build time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot continue fails"
)]

mod api_keys;
mod authority;
// Chromium is started and observed with the interfaces of Linux.
#[cfg(target_os = "linux")]
mod browser;
mod calls;
mod checklist;
mod contract;
mod credentials;
mod dependencies;
mod dispogas;
mod errors;
mod faults;
mod grants;
mod grants_by_client;
mod imported;
mod interop;
mod lists;
mod mocks;
mod network;
mod operations;
mod pace;
mod raw_requests;
mod raw_server;
mod redirects;
mod request_shapes;
mod retry;
mod round_trips;
// The tool is installed in a virtual environment with the layout of Unix.
#[cfg(unix)]
mod sandbox_contract;
mod sandbox_control;
mod secrets;
mod security_page;
mod servers;
mod sign_in;
#[cfg(unix)]
mod stores;
mod structure;
mod support;
mod telemetry;
mod token;
mod token_events;
mod transport;
mod values;
