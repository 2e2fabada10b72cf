//! Sign-ins in a real browser.
//!
//! Every test is in `browser::chromium`, a path that no other test has:
//! `cargo xtask test` skips that path where Chromium cannot be installed.

mod chromium;
