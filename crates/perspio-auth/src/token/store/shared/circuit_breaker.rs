//! Calls to a server that are limited in time, and a circuit breaker for a server that is
//! unavailable.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::server::{KeyValueServer, ServerError};
use crate::token::clock::{Clock, Deadline};
use crate::token::store::StoreError;

/// The time limit of a call. A server in the same network responds within a millisecond,
/// and callers can continue without it.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the circuit stays open: callers do not wait for an unavailable server one after
/// the other.
pub(super) const COOL_DOWN: Duration = Duration::from_secs(1);

/// A server, and the circuit breaker of the calls to it.
pub(super) struct CircuitBreaker<S> {
    pub(super) server: Arc<S>,
    pub(super) clock: Arc<dyn Clock>,
    /// `None` while the circuit is closed, which means that calls are made.
    open: Mutex<Option<OpenCircuit>>,
}

struct OpenCircuit {
    until: Deadline,
    /// The error that has opened the circuit.
    reason: String,
}

impl<S: KeyValueServer> CircuitBreaker<S> {
    pub(super) fn new(server: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        Self {
            server,
            clock,
            open: Mutex::default(),
        }
    }

    /// Returns the outcome of `call` within its time limit, or an error immediately while
    /// the circuit is open.
    pub(super) async fn run<T>(
        &self,
        call: impl Future<Output = Result<T, ServerError>> + Send,
    ) -> Result<T, StoreError> {
        if let Some(reason) = self.open_reason() {
            return Err(self.failed(reason));
        }
        let outcome = tokio::select! {
            outcome = call => outcome,
            () = self.clock.sleep(CALL_TIMEOUT) => Err(ServerError::Unavailable(format!(
                "it did not respond within {} s", CALL_TIMEOUT.as_secs()
            ))),
        };
        match outcome {
            Ok(response) => Ok(response),
            Err(ServerError::Rejected(reason)) => Err(self.failed(reason)),
            Err(ServerError::Unavailable(reason)) => {
                let until = self.clock.now().deadline(COOL_DOWN);
                let error = self.failed(reason.clone());
                *self.open() = Some(OpenCircuit { until, reason });
                Err(error)
            }
        }
    }

    pub(super) fn failed(&self, reason: impl Into<String>) -> StoreError {
        StoreError {
            store: self.server.address(),
            reason: reason.into(),
        }
    }

    /// Returns why the circuit is open, and closes it after its cool-down.
    fn open_reason(&self) -> Option<String> {
        let mut open = self.open();
        let now = self.clock.now();
        open.take_if(|open| open.until.passed(now));
        open.as_ref().map(|open| open.reason.clone())
    }

    fn open(&self) -> MutexGuard<'_, Option<OpenCircuit>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
