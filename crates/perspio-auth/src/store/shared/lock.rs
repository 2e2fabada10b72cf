//! A lock on a server, which runs out unless its holder keeps it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::line::Line;
use super::server::{KeyValueServer, NewValue};
use crate::store::wait::{self, Attempt};
use crate::store::{Lease, StoreError};

/// Waits until the lock `name` is free, and holds it; should this process die,
/// for no longer than `lifetime`.
pub(super) async fn hold<S: KeyValueServer>(
    line: Arc<Line<S>>,
    name: String,
    lifetime: Duration,
) -> Result<Lease, StoreError> {
    let owner = random().ok_or_else(|| line.failed("this machine gives no random numbers"))?;
    let lock = Arc::new(Lock {
        line,
        name,
        owner,
        lifetime,
        order: Mutex::default(),
    });
    // From here on: whoever gives up may have the lock all the same.
    let lease = Lease::released_by({
        let lock = lock.clone();
        async move { lock.free().await }
    });
    let clock = lock.line.clock.clone();
    let in_vain = |holder: &str| lock.line.failed(wait::in_vain(holder, &lock.name));
    wait::hold(&*clock, in_vain, || lock.clone().take()).await?;
    let keeper = tokio::spawn({
        let lock = lock.clone();
        async move { lock.keep().await }
    });
    Ok(lease.guarded_by(Keeper(keeper.abort_handle())))
}

/// A lock of one holder's.
struct Lock<S> {
    line: Arc<Line<S>>,
    name: String,
    /// What stands there while this holder has it, and no other.
    owner: [u8; 16],
    lifetime: Duration,
    /// A lock is freed behind whatever may still take it.
    order: Mutex<()>,
}

impl<S: KeyValueServer> Lock<S> {
    /// Tries once, to its end even if nobody waits for it any more: a request
    /// that is cut off could arrive after the one that frees the lock.
    async fn take(self: Arc<Self>) -> Result<Attempt<()>, StoreError> {
        let attempt = tokio::spawn({
            let lock = self.clone();
            async move {
                let _turn = lock.order.lock().await;
                lock.swap(false, true).await
            }
        });
        let taken = attempt.await;
        let taken = taken.unwrap_or_else(|cause| Err(self.line.failed(cause.to_string())));
        Ok(if taken? {
            Attempt::Held(())
        } else {
            Attempt::Busy {
                holder: "another process".to_owned(),
            }
        })
    }

    /// Puts the end off again and again, as long as this process lives.
    async fn keep(&self) {
        loop {
            self.line.clock.sleep(self.lifetime / 3).await;
            match self.swap(true, true).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::debug!("a lock in the shared token store has run out");
                    return;
                }
                Err(error) => tracing::debug!(%error, "a lock could not be kept"),
            }
        }
    }

    async fn free(&self) {
        let _turn = self.order.lock().await;
        if let Err(error) = self.swap(true, false).await {
            tracing::debug!(%error, "a lock could not be freed; it will run out");
        }
    }

    /// From held (or not) by this holder to held (or not).
    async fn swap(&self, from: bool, to: bool) -> Result<bool, StoreError> {
        let owner = self.owner.as_slice();
        let new = to.then_some(NewValue {
            bytes: owner,
            lifetime: self.lifetime,
        });
        let swap = self
            .line
            .server
            .swap(&self.name, from.then_some(owner), new);
        self.line.bounded(swap).await
    }
}

/// Ends the keeping of a lock.
struct Keeper(AbortHandle);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn random() -> Option<[u8; 16]> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).ok()?;
    Some(random)
}
