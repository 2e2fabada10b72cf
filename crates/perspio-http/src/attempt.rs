//! The last stage: one request on its way, within what is left of its call's time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use perspio_auth::Signature;
use perspio_auth::clock::Clock;
use perspio_auth::stage::{Onward, Stage};
use reqwest::{Request, Response};

use crate::options::CallDeadline;
use crate::retry::Tried;
use crate::telemetry;

/// Bounds a request, reading its answer included, by what is left of its call's
/// time, and tells of it.
pub(crate) struct Attempt {
    clock: Arc<dyn Clock>,
    /// The limit of a single request, which one of its own would put aside.
    longest: Option<Duration>,
}

impl Attempt {
    pub(crate) fn new(clock: Arc<dyn Clock>, longest: Option<Duration>) -> Self {
        Self { clock, longest }
    }
}

impl Stage for Attempt {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        if let Some(CallDeadline(deadline)) = extensions.get() {
            let left = deadline.remaining(self.clock.now());
            let own = request.timeout().copied().or(self.longest);
            *request.timeout_mut() = Some(own.map_or(left, |own| own.min(left)));
        }
        let is_told = telemetry::attempts_are_told();
        let began = is_told.then(|| self.clock.monotonic());
        let outcome = next.send(request, extensions).await;
        if let Some(began) = began {
            let took = self.clock.monotonic().saturating_sub(began);
            let operation = telemetry::operation(extensions.get());
            let Tried { attempts, .. } = extensions.get().copied().unwrap_or_default();
            let sent = extensions.get().map(Signature::sent);
            telemetry::attempt(operation, attempts, sent, &outcome, took);
        }
        outcome
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}

#[cfg(test)]
mod tests;
