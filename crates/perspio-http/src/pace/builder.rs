//! How a pacer is set up.

use std::sync::{Arc, Mutex};

use perspio_auth::clock::{Clock, SystemClock};
use tokio::sync::Notify;

use super::exchange::Exchange;
use super::ledger::Ledger;
use super::limits::{Limits, Unit};
use super::observer::{Observers, PaceObserver};
use super::pacer::{Inner, Pacer, State};
use super::queue::Queue;
use super::shared::SharedLedger;

/// Settings of a [`Pacer`].
#[derive(Clone, Debug)]
pub struct PacerBuilder {
    limits: Limits,
    clock: Arc<dyn Clock>,
    observers: Observers,
    /// The budget that other processes share, and into how many parts the limits
    /// are divided while its server is away.
    shared: Option<(Arc<dyn SharedLedger>, u32)>,
}

impl PacerBuilder {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            clock: Arc::new(SystemClock),
            observers: Observers::default(),
            shared: None,
        }
    }

    #[cfg(feature = "redis")]
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Somebody who is told of waiting.
    pub fn observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.observers.0.push(observer);
        self
    }

    #[cfg(any(test, feature = "redis"))]
    pub(super) fn shared(mut self, shared: Arc<dyn SharedLedger>, parts: u32) -> Self {
        self.shared = Some((shared, parts));
        self
    }

    /// The pacer.
    pub fn build(self) -> Pacer {
        let (shared, own) = match self.shared {
            Some((shared, parts)) => (Some(shared), self.limits.divided_by(parts)),
            None => (None, self.limits),
        };
        let exchange = Exchange::new(&own);
        let counts = |unit| own.iter().any(|limit| limit.unit() == unit);
        Pacer {
            inner: Arc::new(Inner {
                clock: self.clock,
                observers: self.observers,
                counts_requests: counts(Unit::Requests),
                counts_bytes: counts(Unit::Bytes),
                shared,
                state: Mutex::new(State {
                    ledger: Ledger::new(&own),
                    queue: Queue::default(),
                    exchange,
                }),
                all_told: Notify::new(),
            }),
        }
    }
}
