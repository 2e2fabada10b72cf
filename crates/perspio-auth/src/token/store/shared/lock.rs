//! A lock on a server, which runs out unless its holder keeps it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::circuit_breaker::{COOL_DOWN, CircuitBreaker};
use super::server::{KeyValueServer, NewValue, ServerError};
use crate::token::store::wait::{self, Attempt};
use crate::token::store::{Lease, StoreError};

/// Waits until the lock `name` is free, and holds it; should this process die,
/// for no longer than `lifetime`.
pub(super) async fn hold<S: KeyValueServer>(
    line: Arc<CircuitBreaker<S>>,
    name: String,
    lifetime: Duration,
) -> Result<Lease, StoreError> {
    let owner = random().ok_or_else(|| line.failed("this machine gives no random numbers"))?;
    let lock = Arc::new(Lock {
        line,
        name,
        owner,
        lifetime,
        standing: Arc::default(),
    });
    // From here on: whoever gives up may have the lock all the same.
    let lease = Lease::released_by(lock.clone().free());
    let clock = lock.line.clock.clone();
    let in_vain = |holder: &str| lock.line.failed(wait::in_vain(holder, &lock.name));
    wait::hold(&*clock, in_vain, || lock.take()).await?;
    let keeper = tokio::spawn({
        let lock = lock.clone();
        async move { lock.keep().await }
    });
    Ok(lease.guarded_by(Keeper(keeper.abort_handle())))
}

/// A lock of one holder's.
struct Lock<S> {
    line: Arc<CircuitBreaker<S>>,
    name: String,
    /// What stands there while this holder has it, and no other.
    owner: [u8; 16],
    lifetime: Duration,
    /// What this holder's requests have come to. One is on its way at a time, so
    /// that the one that frees the lock is behind whatever may still take it.
    standing: Arc<Mutex<Standing>>,
}

/// Whether the lock is this holder's on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    No,
    /// A request has had no answer: it may have arrived, or arrive yet.
    Perhaps,
    Yes,
}

impl<S: KeyValueServer> Lock<S> {
    /// Tries once.
    async fn take(self: &Arc<Self>) -> Result<Attempt<()>, StoreError> {
        Ok(if self.put(false).await? {
            Attempt::Held(())
        } else {
            Attempt::Busy {
                holder: "another process".to_owned(),
            }
        })
    }

    /// Puts the end off again and again, as long as this process lives.
    async fn keep(self: &Arc<Self>) {
        loop {
            self.line.clock.sleep(self.lifetime / 3).await;
            match self.put(true).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::debug!("a lock in the shared token store has run out");
                    return;
                }
                Err(error) => tracing::debug!(%error, "a lock could not be kept"),
            }
        }
    }

    /// Holds the lock, held before or not; to its end even if nobody waits for it
    /// any more, since a request that is cut off could arrive after the one that
    /// frees the lock.
    async fn put(self: &Arc<Self>, from: bool) -> Result<bool, StoreError> {
        // Before the task: a task that was spawned first need not begin first.
        let mut standing = self.standing.clone().lock_owned().await;
        let change = tokio::spawn({
            let lock = self.clone();
            async move { lock.swap(&mut standing, from, true).await }
        });
        let changed = change.await;
        changed.unwrap_or_else(|cause| Err(self.line.failed(cause.to_string())))
    }

    /// Afterwards it is free, unless the server is away: then this goes on behind.
    async fn free(self: Arc<Self>) {
        if !self.is_freed().await {
            tokio::spawn(async move { self.free_later().await });
        }
    }

    /// Tries until the lock is free or nobody waits for it any more.
    async fn free_later(&self) {
        let clock = &*self.line.clock;
        let end = clock.now().deadline(self.lifetime.min(wait::LONGEST_WAIT));
        let mut pause = COOL_DOWN;
        while !end.passed(clock.now()) {
            clock.sleep(pause).await;
            if self.is_freed().await {
                return;
            }
            pause *= 2;
        }
        tracing::debug!("a lock could not be freed; it will run out");
    }

    /// Frees the lock if it may be this holder's; whether it surely is no more.
    async fn is_freed(&self) -> bool {
        let mut standing = self.standing.lock().await;
        if *standing != Standing::No
            && let Err(error) = self.swap(&mut standing, true, false).await
        {
            tracing::debug!(%error, "a lock could not be freed");
        }
        *standing == Standing::No
    }

    /// From held (or not) by this holder to held (or not).
    async fn swap(
        &self,
        standing: &mut Standing,
        from: bool,
        to: bool,
    ) -> Result<bool, StoreError> {
        let owner = self.owner.as_slice();
        let new = to.then_some(NewValue {
            bytes: owner,
            lifetime: self.lifetime,
        });
        let call = async {
            let before = *standing;
            if to {
                // Until the answer is here, which may be never.
                *standing = Standing::Perhaps;
            }
            let server = &self.line.server;
            let swapped = server.swap(&self.name, from.then_some(owner), new).await;
            *standing = match &swapped {
                Ok(true) if to => Standing::Yes,
                // What is on its way yet may have come between.
                Ok(false) if before == Standing::Perhaps => before,
                Ok(_) => Standing::No,
                Err(ServerError::Rejected(_)) => before,
                Err(ServerError::Unavailable(_)) => *standing,
            };
            swapped
        };
        self.line.run(call).await
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
