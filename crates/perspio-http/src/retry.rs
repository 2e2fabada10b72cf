//! Repeats what failed and may pass, as far as that is safe.

mod decide;
mod outcome;
mod policy;
mod tried;

pub use policy::RetryPolicy;
pub use tried::{GaveUp, Tried};

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use http::{Extensions, Method};
use perspio_auth::clock::{Clock, Moment};
use perspio_auth::stage::{Onward, Stage, is_streamed};
use perspio_auth::transport::root_cause;
use perspio_auth::{Call, Profile};
use reqwest::{Request, Response};
use reqwest_middleware::Error;

use crate::options::{CallDeadline, CallOptions};
use decide::{Decision, Outcome, Situation, decide};

/// The [`Middleware`](reqwest_middleware::Middleware) that sends a request again when its failure may pass.
///
/// | what happened | what is repeated |
/// |---|---|
/// | 429: counted, not done | every method |
/// | no connection: not sent | every method |
/// | 502, 503, 504, a time limit, a connection that broke: perhaps done | the profile's [`retryable_methods`](Profile::retryable_methods), and operations that are [marked](Call::repeatable) |
/// | any other answer, a certificate that does not hold, an error of a stage behind this one | nothing |
///
/// A GET that is known to write ([`Call::writes`]) is no reading method. A body
/// that cannot be copied (a stream) is never sent twice. A call with
/// [`CallOptions::without_retry`] is sent once.
///
/// It waits as long as the answer's `Retry-After` says, and a random back-off
/// on top (see [`RetryPolicy`]). What would take longer than the policy or the
/// call's time allows is not waited for. The last answer or error is returned
/// untouched, and [`Tried`] says how often it was tried and why not again.
///
/// It stands in front of signing, so that a token that has grown old during a
/// wait is renewed.
///
/// ```
/// use std::sync::Arc;
/// use perspio_http::auth::clock::SystemClock;
/// use perspio_http::auth::Profile;
/// use perspio_http::{Retry, RetryPolicy};
///
/// # let api = perspio_http::auth::endpoint::Endpoint::from_static("https://api.example");
/// # let profile = Profile::custom("Example", api.clone(), &api);
/// let retry = Retry::new(
///     &profile,
///     RetryPolicy::new(),
///     Arc::new(SystemClock),
/// );
/// ```
#[derive(Clone)]
pub struct Retry {
    policy: RetryPolicy,
    repeatable_methods: Arc<[Method]>,
    clock: Arc<dyn Clock>,
}

impl Retry {
    /// For requests to the API that `profile` describes.
    pub fn new(profile: &Profile, policy: RetryPolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            policy,
            repeatable_methods: profile.retryable_methods().into(),
            clock,
        }
    }

    /// Whether doing it twice is the same as doing it once.
    fn may_repeat(&self, method: &Method, call: Option<&Call>) -> bool {
        if call.is_some_and(|call| call.repeatable) {
            return true;
        }
        let belies_its_method = method.is_safe() && call.is_some_and(|call| call.writes);
        self.repeatable_methods.contains(method) && !belies_its_method
    }

    fn policy(&self, extensions: &Extensions) -> RetryPolicy {
        match extensions.get::<CallOptions>() {
            Some(options) if options.is_sent_once => RetryPolicy::none(),
            _ => self.policy,
        }
    }

    /// Waits, and reads meanwhile what is left of a thrown away answer, so that
    /// its connection can be used again.
    async fn pause(&self, now: Moment, wait: Duration, result: Result<Response, Error>) {
        tokio::select! {
            () = self.clock.passed(now.deadline(wait)) => {}
            () = drain(result) => {}
        }
    }
}

impl Stage for Retry {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        let is_streamed = is_streamed(request);
        let mut tried = Tried::default();
        let mut waited = Duration::ZERO;
        loop {
            let result = next.send(request, extensions).await;
            let outcome = Outcome::of(&result, &*self.clock);
            if outcome == Outcome::Final {
                return ended(result, tried, extensions);
            }
            let call = extensions.get::<Call>();
            let now = self.clock.now();
            let situation = Situation {
                outcome,
                may_repeat: self.may_repeat(request.method(), call),
                is_streamed,
                attempts: tried.attempts,
                waited,
                left: left(extensions, now),
            };
            let decision = decide(&situation, &self.policy(extensions), fastrand::f64());
            let wait = match decision {
                Decision::Retry { after } => after,
                Decision::FailFast(reason) => {
                    tried.gave_up = Some(reason);
                    return ended(result, tried, extensions);
                }
                Decision::Return => return ended(result, tried, extensions),
            };
            trace(request, call, &result, tried.attempts, wait);
            // Rare, and large.
            Box::pin(self.pause(now, wait, result)).await;
            waited = waited.saturating_add(wait);
            tried.attempts += 1;
            extensions.insert(tried);
        }
    }
}

perspio_auth::stage_is_middleware!(Retry);

/// What is left of the call's time, if it has a limit.
fn left(extensions: &Extensions, now: Moment) -> Option<Duration> {
    let deadline = extensions.get::<CallDeadline>();
    deadline.map(|CallDeadline(deadline)| deadline.remaining(now))
}

/// What was tried is told if it was more than once.
fn ended(
    mut result: Result<Response, Error>,
    tried: Tried,
    extensions: &mut Extensions,
) -> Result<Response, Error> {
    if tried == Tried::default() {
        return result;
    }
    extensions.insert(tried);
    if let Ok(response) = &mut result {
        response.extensions_mut().insert(tried);
    }
    result
}

/// Says that a request will be repeated; an address, which may name things,
/// is not said.
fn trace(
    request: &Request,
    call: Option<&Call>,
    result: &Result<Response, Error>,
    attempt: u32,
    wait: Duration,
) {
    let operation = call.map_or(request.method().as_str(), |call| call.operation);
    let reason = match result {
        Ok(response) => response.status().as_str().to_owned(),
        Err(Error::Reqwest(cause)) => root_cause(cause),
        Err(Error::Middleware(cause)) => cause.to_string(),
    };
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        operation,
        attempt,
        wait_ms,
        reason,
        "the request is repeated"
    );
}

/// More than this of a thrown away answer is not read: a new connection is cheaper.
const LARGEST_REST: usize = 64 * 1024;

/// Reads what is left of an answer; never ends, because the wait does.
async fn drain(result: Result<Response, Error>) {
    if let Ok(mut response) = result {
        let mut read = 0;
        while let Ok(Some(piece)) = response.chunk().await {
            read += piece.len();
            if read > LARGEST_REST {
                break;
            }
        }
    }
    pending::<()>().await;
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("policy", &self.policy)
            .field("repeatable_methods", &self.repeatable_methods)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
