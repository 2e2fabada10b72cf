#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! They are in layers, each of which depends only on those before it:
//!
//! 1. [`error`] is the error of every function.
//! 2. [`document`] is a document as JSON, [`rust`] is Rust code as syntax, [`files`] writes
//!    files as a whole, `print` writes to the terminal.
//! 3. [`load`] reads documents, [`source`] opens the files, folders and URLs that commands take,
//!    [`model`] contains the operations of a document.
//! 4. [`selection`] chooses operations, [`config`] lists clients, [`surface`] is the public API of one.
//! 5. [`generate`] makes the code of clients with progenitor.
//! 6. [`import`] makes a document that the generator supports of a vendor's.
//! 7. [`diff`] compares two documents and their clients, [`new`] creates the crate of a client.
//! 8. [`cli`] contains the commands.

pub mod cli;
pub mod config;
pub mod diff;
pub mod document;
pub mod error;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod generate;
pub mod import;
pub mod load;
pub mod model;
pub mod new;
mod print;
pub mod rust;
pub mod selection;
pub mod source;
pub mod surface;
#[cfg(test)]
mod testing;

pub use error::Error;
