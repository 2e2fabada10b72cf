//! Holding a key.

use std::fmt;

use futures::future::BoxFuture;
use tokio::runtime::Handle;

/// Holds a key; the next one is let in when it is released or dropped.
pub struct Lease {
    guard: Box<dyn Send>,
    release: Option<BoxFuture<'static, ()>>,
}

impl Lease {
    /// A lease that lasts until `guard` is dropped.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self {
            guard: Box::new(guard),
            release: None,
        }
    }

    /// A lease that ends by work of its own, such as a call to a server. If it
    /// is dropped, the work is done behind.
    pub fn released_by(release: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            guard: Box::new(()),
            release: Some(Box::pin(release)),
        }
    }

    /// With something that goes when the lease ends.
    pub(super) fn guarded_by(mut self, guard: impl Send + 'static) -> Self {
        self.guard = Box::new(guard);
        self
    }

    /// Lets the next one in. Afterwards it is done, which matters to a program
    /// that ends now. If this is given up, the rest of it is done behind.
    pub async fn release(mut self) {
        if let Some(release) = &mut self.release {
            release.await;
        }
        self.release = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent any more: such a lease runs out.
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
    async fn a_released_lease_is_free_at_once_and_a_dropped_one_behind() {
        let (held, mut released) = lease();
        held.release().await;
        released.try_recv().unwrap();
        let (dropped, released) = lease();
        drop(dropped);
        released.await.unwrap();
    }

    #[tokio::test]
    async fn a_release_that_is_given_up_is_done_behind() {
        use futures::FutureExt;
        let (held, released) = lease();
        assert!(held.release().now_or_never().is_none());
        released.await.unwrap();
    }

    #[test]
    fn a_lease_may_be_dropped_where_no_runtime_is() {
        let (dropped, mut released) = lease();
        drop(dropped);
        assert!(released.try_recv().is_err());
    }
}
