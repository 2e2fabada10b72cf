//! Prints results and messages.
//!
//! `println!` panics if the reader closes the pipe early (`… | head -1`). That is no failure
//! here: the command continues, because it may have files to write and a result to return.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::error::{Context, Result};

/// Prints a text to standard output.
///
/// # Errors
/// It cannot be written, for another reason than a closed pipe.
pub(crate) fn text(text: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("the output cannot be printed"),
    }
}

/// Prints a line to standard output.
///
/// # Errors
/// See [`text`].
pub(crate) fn line(line: impl Display) -> Result<()> {
    text(format_args!("{line}\n"))
}

/// Prints a line to standard error. A failure is ignored, because it cannot be reported.
pub(crate) fn message(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
