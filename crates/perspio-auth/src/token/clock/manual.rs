//! Clocks for tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::{Clock, Moment, SystemClock};

/// A clock that advances only when a test advances it.
///
/// ```
/// use std::time::Duration;
/// use perspio_auth::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let deadline = clock.now().deadline(Duration::from_secs(60));
/// clock.advance(Duration::from_secs(59));
/// assert!(!deadline.passed(clock.now()));
/// clock.advance(Duration::from_secs(1));
/// assert!(deadline.passed(clock.now()));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: watch::Sender<Moment>,
    /// The duration of each sleep, in order.
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl ManualClock {
    /// Creates a clock that starts at the machine's time.
    pub fn new() -> Self {
        Self {
            now: watch::Sender::new(SystemClock.now()),
            slept: Arc::default(),
        }
    }

    /// Advances both clocks by `by`.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| {
            now.monotonic += by;
            now.wall += by;
        });
    }

    /// Suspends the machine for `by`: only the wall clock advances.
    pub fn sleep_machine(&self, by: Duration) {
        self.now.send_modify(|now| now.wall += by);
    }

    /// Sets the wall clock back by `by`.
    pub fn set_back(&self, by: Duration) {
        self.now.send_modify(|now| now.wall -= by);
    }

    /// Waits until the `count`th sleep has started. Returns the durations of all sleeps.
    pub async fn sleeps(&self, count: usize) -> Vec<Duration> {
        let slept = || {
            self.slept
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        };
        // This clock owns the sender, so the wait ends only with the condition.
        let _ = self
            .now
            .subscribe()
            .wait_for(|_| slept().len() >= count)
            .await;
        slept()
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.now.borrow()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let deadline = self.now().deadline(time);
        self.slept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(time);
        // Wakes the callers of `sleeps`.
        self.now.send_modify(|_| {});
        let clock = self.now.clone();
        async move {
            let _ = clock
                .subscribe()
                .wait_for(|now| deadline.passed(*now))
                .await;
        }
        .boxed()
    }
}
