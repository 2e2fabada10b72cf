//! The lease of a locked key.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures::future::BoxFuture;
use tokio::runtime::Handle;

use super::StoreError;

/// Checks that a lock is still held.
type Confirm = dyn Fn() -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync;

/// The lock of a key, which is released when the lease is released or dropped.
pub struct Lease {
    /// In a mutex only so that a reference to a lease can be sent to other threads.
    held: Mutex<Held>,
    confirm: Option<Box<Confirm>>,
}

/// What ends the lock: dropping the guard, and then the work.
struct Held {
    guard: Box<dyn Send>,
    release: Option<BoxFuture<'static, ()>>,
}

impl Lease {
    /// Creates a lease that is released by dropping `guard`.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self::of(guard, None)
    }

    /// Creates a lease that is released by a future, such as a call to a server. If the
    /// lease is dropped, the future runs in the background.
    pub fn released_by(release: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::of((), Some(Box::pin(release)))
    }

    fn of(guard: impl Send + 'static, release: Option<BoxFuture<'static, ()>>) -> Self {
        Self {
            held: Mutex::new(Held {
                guard: Box::new(guard),
                release,
            }),
            confirm: None,
        }
    }

    /// Adds a guard that is dropped with the lease.
    pub(super) fn guarded_by(mut self, guard: impl Send + 'static) -> Self {
        self.held().guard = Box::new(guard);
        self
    }

    /// Sets how to check that the lock is still held, for a lock that can run out.
    pub fn confirmed_by<F>(mut self, confirm: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        self.confirm = Some(Box::new(move || Box::pin(confirm())));
        self
    }

    /// Returns whether the lock can run out while it is held.
    pub(crate) fn can_run_out(&self) -> bool {
        self.confirm.is_some()
    }

    /// Checks that the lock is still held, by an exchange with the store if the lock can
    /// run out.
    ///
    /// # Errors
    /// The lock has run out, or the store is unavailable.
    pub async fn confirm(&self) -> Result<(), StoreError> {
        match &self.confirm {
            Some(confirm) => confirm().await,
            None => Ok(()),
        }
    }

    /// Releases the lock, and returns when it is released, which matters to a program that
    /// ends now. If the returned future is dropped, the work is completed in the background.
    pub async fn release(mut self) {
        // Polled where it is, so that dropping this future leaves the rest to `drop`.
        std::future::poll_fn(|context| match &mut self.held().release {
            Some(release) => release.as_mut().poll(context),
            None => Poll::Ready(()),
        })
        .await;
        self.held().release = None;
    }

    fn held(&mut self) -> &mut Held {
        self.held.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent; the lock then expires.
        if let Some(release) = self.held().release.take()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(runtime.spawn(release));
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn lease() -> (Lease, oneshot::Receiver<()>) {
        let (sender, released) = oneshot::channel();
        let release = async move {
            tokio::task::yield_now().await;
            let _ = sender.send(());
        };
        (Lease::released_by(release), released)
    }

    #[tokio::test]
    async fn a_dropped_lease_is_released_in_the_background() {
        let (held, mut released) = lease();
        held.release().await;
        released.try_recv().unwrap();
        let (dropped, released) = lease();
        drop(dropped);
        released.await.unwrap();
    }

    #[tokio::test]
    async fn a_cancelled_release_continues_in_the_background() {
        use futures::FutureExt;
        let (held, released) = lease();
        assert!(held.release().now_or_never().is_none());
        released.await.unwrap();
    }

    #[test]
    fn a_lease_can_be_dropped_outside_of_a_runtime() {
        let (dropped, mut released) = lease();
        drop(dropped);
        assert!(released.try_recv().is_err());
    }
}
