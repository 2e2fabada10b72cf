//! Makes Rust clients of `OpenAPI` documents, and compares them.

pub mod cli;
pub mod config;
pub mod diff;
mod document;
mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod generate;
pub mod import;
mod load;
mod model;
mod rust;
mod surface;
#[cfg(test)]
mod testing;
