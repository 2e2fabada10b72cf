//! The progress of many calls, and their report.

use std::fmt;

use crate::error::Error;

/// The progress of many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items that succeeded.
    pub done: usize,
    /// Items that failed.
    pub failed: usize,
    /// Items that are in flight.
    pub in_flight: usize,
    /// Items that have arrived and are not begun.
    pub waiting: usize,
    /// The total number of items, once it is known.
    pub total: Option<usize>,
}

/// The outcome of many calls. Its text has the counts and the failures.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "it says whether anything failed"]
pub struct Report<E> {
    /// Items that succeeded.
    pub done: usize,
    /// Items that failed.
    pub failed: usize,
    /// Items that had arrived but were not begun, because another one failed.
    pub not_begun: usize,
    /// The first failures; [`failed`](Self::failed) counts them all.
    pub failures: Vec<Failure<E>>,
    /// Why the stream of items ended too early: there are more, which were not received.
    pub broke_off: Option<Error>,
}

/// An item that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure<E> {
    /// The index of the item, from 0.
    pub index: usize,
    /// The name of the item, if it is known.
    pub id: Option<String>,
    /// The error.
    pub error: E,
}

impl<E> Report<E> {
    pub(super) fn new() -> Self {
        Self {
            done: 0,
            failed: 0,
            not_begun: 0,
            failures: Vec::new(),
            broke_off: None,
        }
    }

    pub(super) fn count(&mut self, failure: Option<Failure<E>>, most_kept: usize) {
        let Some(failure) = failure else {
            self.done += 1;
            return;
        };
        self.failed += 1;
        if self.failures.len() < most_kept {
            self.failures.push(failure);
        }
    }

    /// Whether every item is done.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.not_begun == 0 && self.broke_off.is_none()
    }
}

impl<E: fmt::Display> fmt::Display for Report<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} done, {} failed", self.done, self.failed)?;
        if self.not_begun > 0 {
            write!(f, ", {} not begun", self.not_begun)?;
        }
        for Failure { index, id, error } in &self.failures {
            match id {
                Some(id) => write!(f, "\n{id}: {error}")?,
                None => write!(f, "\nitem {index}: {error}")?,
            }
        }
        let untold = self.failed - self.failures.len();
        if untold > 0 {
            write!(f, "\n{untold} more failures are not kept")?;
        }
        if let Some(error) = &self.broke_off {
            write!(f, "\nthe list broke off: {error}")?;
        }
        Ok(())
    }
}
