//! Helpers of the tests, and a clock that is moved by hand.

mod bytes;
mod circuit_breaker;
mod leases;
mod pacer;
mod schedule;
mod shared;
mod throughput;
mod window;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use tokio::task::JoinHandle;

use super::{Limit, Limits, NoRoom, PaceObserver, Pacer, Scope, Slot, Wait};
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

/// An observer that records its notifications, each as a line.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }
}

impl PaceObserver for Log {
    fn on_wait(&self, wait: &Wait<'_>) {
        let Wait {
            because_of,
            at_least,
            ahead,
            priority,
            ..
        } = wait;
        self.add(format!("{because_of} {at_least:?} {ahead} {priority:?}"));
    }

    fn on_paused(&self, time: Duration) {
        self.add(format!("paused {time:?}"));
    }

    fn on_shared_budget_failed(&self, reason: &str) {
        self.add(format!("failed: {reason}"));
    }

    fn on_shared_budget_back(&self) {
        self.add("back");
    }
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
