//! A lock on a server, which expires unless its holder extends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::circuit_breaker::{COOL_DOWN, CircuitBreaker};
use super::server::{KeyValueServer, NewValue, ServerError};
use crate::token::store::wait::{self, Attempt, Pauses};
use crate::token::store::{Lease, StoreError};

/// Waits for the lock `name`, and holds it. If this process dies, the lock expires after
/// `lifetime`.
pub(super) async fn hold<S: KeyValueServer>(
    line: Arc<CircuitBreaker<S>>,
    name: String,
    lifetime: Duration,
) -> Result<Lease, StoreError> {
    let owner = random()
        .ok_or_else(|| line.failed("the random number generator of this machine failed"))?;
    let lock = Arc::new(Lock {
        line,
        name,
        owner,
        lifetime,
        ownership: Arc::default(),
    });
    // From here on, a cancelled caller may have acquired the lock.
    let lease = Lease::released_by(lock.clone().release());
    let clock = lock.line.clock.clone();
    let in_vain = |holder: &str| lock.line.failed(wait::in_vain(holder, &lock.name));
    wait::hold(&*clock, Pauses::new(), in_vain, || lock.acquire()).await?;
    let extension = tokio::spawn({
        let lock = lock.clone();
        async move { lock.extend().await }
    });
    let lease = lease.guarded_by(Extension(extension.abort_handle()));
    Ok(lease.confirmed_by(move || lock.clone().confirm()))
}

/// The lock of one holder.
struct Lock<S> {
    line: Arc<CircuitBreaker<S>>,
    name: String,
    /// The value on the server while this holder has the lock.
    owner: [u8; 16],
    lifetime: Duration,
    /// The outcome of this holder's requests. They are sent one at a time, so that the one
    /// that releases the lock follows any that may still acquire it.
    ownership: Arc<Mutex<Ownership>>,
}

/// Whether this holder has the lock on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ownership {
    #[default]
    NotHeld,
    /// A request has no response: it may have arrived, or may still arrive.
    Unknown,
    Held,
}

impl<S: KeyValueServer> Lock<S> {
    /// Extends the lock, and fails if it has run out.
    async fn confirm(self: Arc<Self>) -> Result<(), StoreError> {
        if self.hold_once(true).await? {
            return Ok(());
        }
        Err(self.line.failed(
            "the lock of the sign-in has run out, for instance because this machine was suspended: \
             try again",
        ))
    }

    /// Attempts to acquire the lock once.
    async fn acquire(self: &Arc<Self>) -> Result<Attempt<()>, StoreError> {
        Ok(if self.hold_once(false).await? {
            Attempt::Held(())
        } else {
            Attempt::Busy {
                holder: "another process".to_owned(),
            }
        })
    }

    /// Extends the lock until it is lost or this task is aborted.
    async fn extend(self: &Arc<Self>) {
        loop {
            self.line.clock.sleep(self.lifetime / 3).await;
            match self.hold_once(true).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::debug!("a lock in the shared token store has expired");
                    return;
                }
                Err(error) => tracing::debug!(%error, "a lock could not be extended"),
            }
        }
    }

    /// Acquires the lock, or extends it if it is held (`from`). The request is completed even
    /// if the caller is cancelled, because an abandoned one could arrive after the one that
    /// releases the lock.
    async fn hold_once(self: &Arc<Self>, from: bool) -> Result<bool, StoreError> {
        // Before the task, because tasks need not start in the order of their spawning.
        let mut ownership = self.ownership.clone().lock_owned().await;
        let change = tokio::spawn({
            let lock = self.clone();
            async move { lock.swap(&mut ownership, from, true).await }
        });
        let changed = change.await;
        changed.unwrap_or_else(|cause| Err(self.line.failed(cause.to_string())))
    }

    /// Releases the lock; in the background if the server is unavailable.
    async fn release(self: Arc<Self>) {
        if !self.release_once().await {
            tokio::spawn(async move { self.release_later().await });
        }
    }

    /// Attempts to release the lock until it is released or must have expired.
    async fn release_later(&self) {
        let clock = &*self.line.clock;
        let end = clock.now().deadline(self.lifetime.min(wait::LONGEST_WAIT));
        let mut pause = COOL_DOWN;
        while !end.passed(clock.now()) {
            clock.sleep(pause).await;
            if self.release_once().await {
                return;
            }
            pause *= 2;
        }
        tracing::debug!("a lock could not be released; it will expire");
    }

    /// Releases the lock if this holder may have it, and returns whether it is released.
    async fn release_once(&self) -> bool {
        let mut ownership = self.ownership.lock().await;
        if *ownership != Ownership::NotHeld
            && let Err(error) = self.swap(&mut ownership, true, false).await
        {
            tracing::debug!(%error, "a lock could not be released");
        }
        *ownership == Ownership::NotHeld
    }

    /// Changes the value from held or free (`from`) to held or free (`to`).
    async fn swap(
        &self,
        ownership: &mut Ownership,
        from: bool,
        to: bool,
    ) -> Result<bool, StoreError> {
        let owner = self.owner.as_slice();
        let new = to.then_some(NewValue {
            bytes: owner,
            lifetime: self.lifetime,
        });
        let call = async {
            let before = *ownership;
            if to {
                // Until the response arrives, which may be never.
                *ownership = Ownership::Unknown;
            }
            let server = &self.line.server;
            let swapped = server.swap(&self.name, from.then_some(owner), new).await;
            *ownership = match &swapped {
                Ok(true) if to => Ownership::Held,
                // An earlier request may still arrive.
                Ok(false) if before == Ownership::Unknown => before,
                Ok(_) => Ownership::NotHeld,
                Err(ServerError::Rejected(_)) => before,
                Err(ServerError::Unavailable(_)) => *ownership,
            };
            swapped
        };
        self.line.run(call).await
    }
}

/// Ends the extension of a lock when it is dropped.
struct Extension(AbortHandle);

impl Drop for Extension {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn random() -> Option<[u8; 16]> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).ok()?;
    Some(random)
}
