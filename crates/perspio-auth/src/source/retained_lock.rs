//! A lock that is kept after a failure to save.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::token::store::Lease;

/// The lock of a key, kept after a failure to save: another process must not read the old
/// refresh token until the new one is saved.
#[derive(Debug, Default)]
pub(crate) struct RetainedLock {
    lease: Mutex<Option<Lease>>,
    is_there: Notify,
}

impl RetainedLock {
    pub(super) fn keep(&self, lease: Lease) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
        self.is_there.notify_one();
    }

    /// Waits until a lock is kept, and takes it.
    pub(super) async fn take(&self) -> Lease {
        loop {
            let kept = self
                .lease
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            match kept {
                Some(lease) => return lease,
                None => self.is_there.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_kept_lock_is_taken_once_and_by_a_task_that_waits_for_it() {
        let retained = RetainedLock::default();
        let mut waits = Box::pin(retained.take());
        assert!((&mut waits).now_or_never().is_none());
        retained.keep(Lease::new(()));
        assert!(waits.now_or_never().is_some());
        retained.keep(Lease::new(()));
        assert!(retained.take().now_or_never().is_some());
        assert!(retained.take().now_or_never().is_none());
    }
}
