//! Helpers of the tests, and a clock that is moved by hand.

mod bytes;
mod circuit_breaker;
mod leases;
mod pacer;
mod schedule;
mod shared;
mod throughput;
mod window;

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use tokio::task::JoinHandle;

use super::{Limit, Limits, NoRoom, Pacer, Scope, Slot};
use crate::options::Priority;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// `most` requests a minute.
fn limits(most: u32) -> Limits {
    Limits::none().with(Limit::requests("rate", Scope::Application, most, MINUTE))
}

/// How long a slot counts after its response, with the margin for the server's clock.
fn hold() -> Duration {
    MINUTE + MINUTE / 1000
}

/// The hold, less `by`.
fn shortly_before(by: Duration) -> Duration {
    hold().saturating_sub(by)
}

fn manual(limits: Limits) -> (Pacer, ManualClock) {
    let clock = ManualClock::new();
    let builder = Pacer::builder(limits).clock(Arc::new(clock.clone()));
    (builder.build(), clock)
}

/// Lets all tasks run until they wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Starts a call that waits for a slot.
fn call(pacer: &Pacer, priority: Priority) -> JoinHandle<Result<Slot, NoRoom>> {
    let pacer = pacer.clone();
    tokio::spawn(async move { pacer.acquire(priority, None).await })
}

/// Sends a request that is answered immediately.
async fn answered(pacer: &Pacer) {
    let slot = pacer.acquire(Priority::Interactive, None).await;
    slot.unwrap().answered();
}

impl Slot {
    /// The request was sent and answered.
    fn answered(mut self) {
        self.sent();
    }
}
