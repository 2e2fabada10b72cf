//! Keeps a process alive while it spends a refresh token.
//!
//! Between the token request and the durable write, only this process has the new refresh
//! token. If the last handle of a source is dropped in that time, for instance because the
//! program ends, the drop waits until the record is saved.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The refresh tokens of one source that are being spent.
#[derive(Debug, Default)]
pub(crate) struct Spending {
    state: Mutex<State>,
    is_over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    is_closed: bool,
}

/// Exists while a refresh token is being spent.
pub(crate) struct Spent {
    spending: Arc<Spending>,
}

impl Spending {
    /// Begins to spend a refresh token; `None` if the source has no handle any more, so
    /// that the program may be about to end.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Spent> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        state.count += 1;
        Some(Spent {
            spending: self.clone(),
        })
    }

    /// Forbids to begin, and blocks until what has begun is over, but not longer than
    /// `longest`. Returns whether it is over.
    pub(super) fn close(&self, longest: Duration) -> bool {
        let mut state = self.state();
        state.is_closed = true;
        let waited = self
            .is_over
            .wait_timeout_while(state, longest, |state| state.count > 0);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.count == 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        let mut state = self.spending.state();
        state.count = state.count.saturating_sub(1);
        self.spending.is_over.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_source_waits_for_what_has_begun_and_begins_nothing() {
        let spending = Arc::new(Spending::default());
        let spent = spending.begin().unwrap();
        assert!(!spending.close(Duration::ZERO));
        assert!(spending.begin().is_none());
        let (started, has_started) = std::sync::mpsc::channel();
        let ends = std::thread::spawn(move || {
            has_started.recv().unwrap();
            drop(spent);
        });
        started.send(()).unwrap();
        assert!(spending.close(Duration::from_secs(60)));
        ends.join().unwrap();
    }
}
