//! A person signs in with a browser that nobody here wrote.
//!
//! The tests stand below `browser::chromium`, a name that no other test has:
//! `cargo xtask test` skips them by it where Chromium cannot be installed.

mod chromium;
