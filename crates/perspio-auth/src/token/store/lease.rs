//! The lease of a locked key.

use std::fmt;

use futures::future::BoxFuture;
use tokio::runtime::Handle;

/// The lock of a key, which is released when the lease is released or dropped.
pub struct Lease {
    guard: Box<dyn Send>,
    release: Option<BoxFuture<'static, ()>>,
}

impl Lease {
    /// Creates a lease that is released by dropping `guard`.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self {
            guard: Box::new(guard),
            release: None,
        }
    }

    /// Creates a lease that is released by a future, such as a call to a server. If the
    /// lease is dropped, the future runs in the background.
    pub fn released_by(release: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            guard: Box::new(()),
            release: Some(Box::pin(release)),
        }
    }

    /// Adds a guard that is dropped with the lease.
    pub(super) fn guarded_by(mut self, guard: impl Send + 'static) -> Self {
        self.guard = Box::new(guard);
        self
    }

    /// Releases the lock, and returns when it is released, which matters to a program that is
    /// about to exit. If the future is dropped, the release continues in the background.
    pub async fn release(mut self) {
        if let Some(release) = &mut self.release {
            release.await;
        }
        self.release = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent; the lock then expires.
        if let Some(release) = self.release.take()
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
