//! Tests that cross crates: requests as they are sent, the resulting tokens and errors, and
//! the client against the sandbox. The tests of a single crate are next to its code.
//!
//! The programs of the README are compiled here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
