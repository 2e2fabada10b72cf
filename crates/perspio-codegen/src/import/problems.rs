//! Collects the problems of a document, so that all of them are reported.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The errors so far, each with the number of those that have the same cause.
#[derive(Default)]
pub(crate) struct Problems(BTreeMap<String, (Error, usize)>);

impl Problems {
    /// Adds an error. Of errors with the same cause, the first is kept.
    pub(crate) fn add(&mut self, error: Error) {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let entry = self.0.entry(cause.unwrap_or_else(|| error.to_string()));
        let (_, count) = entry.or_insert((error, 0));
        *count += 1;
    }

    /// Returns an error if any was added. It contains all of them.
    pub(crate) fn into_result(self) -> Result<()> {
        let mut all: Vec<_> = self.0.into_values().collect();
        if let [(_, 1)] = all.as_slice() {
            return all.pop().map_or(Ok(()), |(only, _)| Err(only));
        }
        if all.is_empty() {
            return Ok(());
        }
        let total: usize = all.iter().map(|(_, count)| count).sum();
        let lines = all.iter().map(|(error, count)| match count {
            1 => format!("\n  {error:#}"),
            2 => format!("\n  {error:#} (and at 1 other location)"),
            _ => format!("\n  {error:#} (and at {} other locations)", count - 1),
        });
        let lines: String = lines.collect();
        Err(Error::new(format_args!(
            "{total} problems were found:{lines}"
        )))
    }
}
