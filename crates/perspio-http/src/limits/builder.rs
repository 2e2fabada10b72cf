//! The settings of a rate limiter.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use perspio_auth::clock::{Clock, SystemClock};
use tokio::sync::Notify;

use super::limit::{Limits, Unit};
use super::observer::{Observers, PaceObserver};
use super::pacer::{Inner, Pacer};
use super::report::BudgetServer;
use super::schedule::Schedule;
#[cfg(feature = "redis")]
use super::shared_budget::SharedBudget;

/// Settings of a [`Pacer`].
#[derive(Clone, Debug)]
pub struct PacerBuilder {
    limits: Limits,
    clock: Arc<dyn Clock>,
    observers: Observers,
    /// The server of a budget that other processes share, and the number of parts
    /// into which the limits are divided while it is unavailable.
    shared: Option<(Arc<dyn BudgetServer>, u32)>,
}

impl Pacer {
    /// Creates a pacer that keeps to `limits` by the machine's clock.
    pub fn new(limits: Limits) -> Self {
        Self::builder(limits).build()
    }

    /// Returns the settings of a pacer that keeps to `limits`.
    pub fn builder(limits: Limits) -> PacerBuilder {
        PacerBuilder {
            limits,
            clock: Arc::new(SystemClock),
            observers: Observers::default(),
            shared: None,
        }
    }
}

impl PacerBuilder {
    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds an observer.
    pub fn observer(mut self, observer: Arc<dyn PaceObserver>) -> Self {
        self.observers.0.push(observer);
        self
    }

    /// Keeps to the limits together with all processes that share `budget`.
    #[cfg(feature = "redis")]
    pub fn shared_by(self, budget: SharedBudget) -> Self {
        let limits = self.limits.clone();
        let (server, parts) = budget.server(limits);
        self.shared(server, parts)
    }

    #[cfg(any(test, feature = "redis"))]
    pub(super) fn shared(mut self, server: Arc<dyn BudgetServer>, parts: u32) -> Self {
        self.shared = Some((server, parts));
        self
    }

    /// Creates the pacer.
    pub fn build(self) -> Pacer {
        let has = |unit| self.limits.iter().any(|limit| limit.unit() == unit);
        let counts_bytes = has(Unit::Bytes);
        let is_limited = counts_bytes || has(Unit::Requests) || self.shared.is_some();
        let (server, schedule) = match self.shared {
            Some((server, parts)) => (Some(server), Schedule::shared(self.limits, parts)),
            None => (None, Schedule::new(&self.limits)),
        };
        Pacer {
            inner: Arc::new(Inner {
                clock: self.clock,
                observers: self.observers,
                counts_bytes,
                is_limited: AtomicBool::new(is_limited),
                server,
                schedule: Mutex::new(schedule),
                exchange_ended: Notify::new(),
            }),
        }
    }
}
