//! Calls to a server that end in time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::server::{KeyValueServer, ServerError};
use crate::token::clock::{Clock, Deadline};
use crate::token::store::StoreError;

/// A server in the same network answers in a millisecond. Callers wait for it,
/// and can do without.
const LONGEST_CALL: Duration = Duration::from_secs(2);

/// For so long nobody tries a server that was away: thousands of callers must
/// not wait for it one after the other.
pub(super) const REST: Duration = Duration::from_secs(1);

/// The line to one server.
pub(super) struct Line<S> {
    pub(super) server: Arc<S>,
    pub(super) clock: Arc<dyn Clock>,
    /// Until when the server is left alone, and why.
    rest: Mutex<Option<(Deadline, String)>>,
}

impl<S: KeyValueServer> Line<S> {
    pub(super) fn new(server: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        Self {
            server,
            clock,
            rest: Mutex::default(),
        }
    }

    /// The outcome of `call`, or an error soon.
    pub(super) async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, ServerError>> + Send,
    ) -> Result<T, StoreError> {
        if let Some(reason) = self.resting() {
            return Err(self.failed(reason));
        }
        let outcome = tokio::select! {
            outcome = call => outcome,
            () = self.clock.sleep(LONGEST_CALL) => Err(ServerError::Away(format!(
                "it gave no answer within {} s", LONGEST_CALL.as_secs()
            ))),
        };
        match outcome {
            Ok(answer) => Ok(answer),
            Err(ServerError::Refused(reason)) => Err(self.failed(reason)),
            Err(ServerError::Away(reason)) => {
                let until = self.clock.now().deadline(REST);
                *self.rest() = Some((until, reason.clone()));
                Err(self.failed(reason))
            }
        }
    }

    pub(super) fn failed(&self, reason: impl Into<String>) -> StoreError {
        StoreError {
            store: self.server.address(),
            reason: reason.into(),
        }
    }

    /// Why the server is left alone, if it is.
    fn resting(&self) -> Option<String> {
        let mut rest = self.rest();
        let now = self.clock.now();
        rest.take_if(|(until, _)| until.passed(now));
        rest.as_ref().map(|(_, reason)| reason.clone())
    }

    fn rest(&self) -> std::sync::MutexGuard<'_, Option<(Deadline, String)>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
