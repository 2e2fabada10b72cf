//! Tests of what crosses crates: requests as they leave, tokens and errors as
//! they come back, the client against the sandbox. What one crate does alone is
//! tested beside its code.
//!
//! The README's programs are compiled here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
