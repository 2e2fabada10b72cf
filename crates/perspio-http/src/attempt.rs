//! The last stage: one request on its way, within what is left of its call's time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::clock::Clock;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};

use crate::options::CallDeadline;
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

#[async_trait]
impl Middleware for Attempt {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if let Some(CallDeadline(deadline)) = extensions.get() {
            let left = deadline.remaining(self.clock.now());
            let own = request.timeout().copied().or(self.longest);
            *request.timeout_mut() = Some(own.map_or(left, |own| own.min(left)));
        }
        let began = self.clock.monotonic();
        let outcome = next.run(request, extensions).await;
        let took = self.clock.monotonic().saturating_sub(began);
        let tried = extensions.get().copied().unwrap_or_default();
        telemetry::attempt(extensions.get(), tried, &outcome, took);
        outcome
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}
