//! One call: the loop that every request goes through.
//!
//! The order of the stages is the order of the lines of [`send`]. Whatever ends an
//! attempt other than a success goes to [`after`], which asks pure functions what to do
//! next: follow a redirect, refresh the token, retry, or return.

mod after;
mod chain;
mod progress;

use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use perspio_auth::clock::{Deadline, Moment};
use perspio_auth::transport::{check_runtime, check_runtime_features};
use perspio_auth::{AccessToken, Authorizer, Error as AuthError};
use reqwest::{Request, Response};
use tracing::Instrument;

pub use chain::CurrentCall;
pub(crate) use chain::Terminal;

use crate::body::{self, BufferedBody, ReadError};
use crate::client::{ApiClient, Shared};
use crate::error::Error;
use crate::error_response;
use crate::limits::{ByteCounter, NoRoom, Slot, counted};
use crate::operation::Operation;
use crate::response::{BodyMode, CallResponse};
use crate::telemetry::{self, CallSpan};
use after::{Next, after};
use progress::{Phase, Progress};

/// One call of a client.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) client: ApiClient,
    /// `None`: a request to an endpoint that the document does not describe.
    pub(crate) operation: Option<&'static Operation>,
    /// Whether the server has sent the URL, which need not be that of the operation.
    pub(crate) follows_link: bool,
    pub(crate) body_mode: BodyMode,
}

/// The timeout of a call, and when it elapses.
#[derive(Clone, Copy)]
pub(crate) struct CallTimeout {
    total: Duration,
    deadline: Deadline,
}

impl Call {
    /// Sends `request` and returns the response if it is a success. Any other outcome is
    /// an error.
    pub(crate) async fn run(&self, request: &mut Request) -> Result<CallResponse, Error> {
        self.check_runtime()?;
        self.prepare(request)?;
        let clock = &*self.client.shared.clock;
        let profile = self.client.profile();
        let total = self.client.options.timeout_or_none();
        let timeout = total.map(|total| CallTimeout {
            total,
            deadline: clock.now().deadline(total),
        });
        let mut progress = Progress::new(self.operation, request);
        let span = CallSpan::open(profile.name(), self.operation, request.method(), clock);
        // Pinned here, because a future that is moved into an `await` is stored twice.
        let outcome = {
            let call = pin!(self.respond(timeout, request, &mut progress));
            match &span {
                None => call.await,
                Some(span) => call.instrument(span.span.clone()).await,
            }
        };
        if let Some(span) = span {
            span.end(outcome.as_ref(), progress.attempts.count, progress.queued);
        }
        outcome
    }

    /// Sends `request` through the user's middleware, if there is any, and the loop.
    async fn respond(
        &self,
        timeout: Option<CallTimeout>,
        request: &mut Request,
        progress: &mut Progress,
    ) -> Result<CallResponse, Error> {
        let Shared {
            middleware, clock, ..
        } = &*self.client.shared;
        let response = match middleware {
            None => self.within(timeout, request, progress).await?,
            Some(middleware) => {
                let chain = chain::run(middleware, self, timeout, request, progress);
                Box::pin(chain).await?
            }
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let left = timeout.map(|timeout| timeout.left(&self.client.shared));
        let error = error_response::read(response, self.client.profile(), &**clock, left);
        Err(Box::pin(error).await)
    }

    fn check_runtime(&self) -> Result<(), Error> {
        let is_known = &self.client.shared.runtime_is_known;
        check_runtime()?;
        if !is_known.load(Ordering::Relaxed) {
            check_runtime_features()?;
            is_known.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Checks the path, and adds the headers of the options.
    pub(crate) fn prepare(&self, request: &mut Request) -> Result<(), Error> {
        if let Some(operation) = self.operation.filter(|_| !self.follows_link) {
            let base = self.client.server(operation)?.url().path();
            let path = request
                .url()
                .path()
                .strip_prefix(base.trim_end_matches('/'));
            if !path.is_some_and(|path| operation.is_filled_by(path)) {
                return Err(self.unfilled(operation));
            }
        }
        let headers = &self.client.options.headers;
        if !headers.is_empty() {
            request.headers_mut().extend(headers.clone());
        }
        Ok(())
    }

    #[cold]
    fn unfilled(&self, operation: &Operation) -> Error {
        let Operation { id, path, .. } = operation;
        let reason = format!("a path parameter of {id} is empty, `.` or `..`; its path is {path}");
        self.client.invalid_operation(operation, reason)
    }

    /// Runs the loop, for as long as the call's timeout allows.
    async fn within(
        &self,
        timeout: Option<CallTimeout>,
        request: &mut Request,
        progress: &mut Progress,
    ) -> Result<CallResponse, Error> {
        let outcome = {
            let sent = pin!(send(self, timeout, request, progress));
            CallTimeout::limit(timeout, &self.client.shared, sent).await
        };
        outcome.unwrap_or_else(|total| Err(progress.timed_out(self, request, total)))
    }

    /// Returns the authorizer of its requests.
    #[inline]
    pub(crate) fn auth(&self) -> &Authorizer {
        if self.operation.is_some_and(|operation| operation.anonymous) {
            &self.client.shared.anonymous
        } else {
            &self.client.auth
        }
    }

    /// What the credentials are checked against.
    pub(crate) fn intent(&self) -> Option<perspio_auth::Call> {
        self.operation.map(|operation| perspio_auth::Call {
            operation: operation.id,
            writes: operation.writes,
        })
    }

    /// Buffers the body of a success, unless the caller streams it.
    async fn read(&self, response: &mut Response) -> Result<Option<BufferedBody>, ReadError> {
        if self.body_mode == BodyMode::Streamed {
            return Ok(None);
        }
        let Shared {
            pacer,
            max_response_bytes,
            ..
        } = &*self.client.shared;
        let counter = pacer
            .counts_bytes()
            .then(|| ByteCounter::new(pacer.clone()));
        let count = |chunk: &Bytes| {
            if let Some(counter) = &counter {
                counter.count(chunk);
            }
        };
        let body = body::read(response, *max_response_bytes, count).await?;
        Ok(Some(body))
    }
}

/// The loop. `request` is the request of the next attempt, without credentials: a copy of
/// it stays when it is sent, so that it can be sent again.
async fn send(
    call: &Call,
    timeout: Option<CallTimeout>,
    request: &mut Request,
    progress: &mut Progress,
) -> Result<CallResponse, Error> {
    let shared = &*call.client.shared;
    let Shared { pacer, clock, .. } = shared;
    let auth = call.auth();
    auth.check(request, call.intent())
        .map_err(|error| match error {
            // It is about the request rather than the credentials.
            AuthError::ReservedHeader { .. } | AuthError::ReservedParameter { .. } => {
                Error::invalid_request(format!("{}: {error}", progress.call_info(request)))
            }
            error => error.into(),
        })?;
    loop {
        progress.phase = Phase::Token;
        let mut token = auth.cached_token();
        if token.is_none() && auth.needs_token() {
            let obtained = Box::pin(auth.token()).await;
            token = obtained.map_err(|cause| progress.without_token(request, cause))?;
        }
        let mut slot = if let Some(slot) = pacer.try_acquire() {
            slot
        } else {
            let queued = Box::pin(queue(call, timeout, request, progress)).await?;
            token = queued.token;
            queued.slot
        };
        // The original is sent and the copy kept, because a clone has no spare capacity
        // for the headers of the credentials.
        let mut outgoing = replace_with_copy(request);
        let sent = auth.sign(&mut outgoing, token);
        if let (BodyMode::Streamed, Some(timeout)) = (call.body_mode, timeout) {
            timeout.shorten(&mut outgoing, clock.now(), shared.attempt_timeout);
        }
        pacer.debit(body_length(&outgoing));
        slot.sent();
        progress.begin_attempt();
        let began = telemetry::attempts_are_enabled().then(|| clock.monotonic());
        let outcome = auth.conceal_query_keys(execute(shared, outgoing).await);
        drop(slot);
        if let Some(began) = began {
            let took = clock.monotonic().saturating_sub(began);
            let attempt = progress.attempts.count;
            telemetry::attempt(call.operation, attempt, &sent, &outcome, took);
        }
        let failed = match outcome {
            Ok(mut response) if response.status().is_success() => {
                auth.accept(&sent);
                match call.read(&mut response).await {
                    Ok(body) => {
                        return Ok(CallResponse {
                            response: match body {
                                Some(_) => response,
                                None => counted(response, pacer),
                            },
                            body,
                            context: progress.success(request, sent),
                        });
                    }
                    Err(ReadError::Transport(cause)) => Err(cause),
                    Err(ReadError::TooLarge { read }) => {
                        let response = CallResponse {
                            response,
                            body: None,
                            context: progress.success(request, sent),
                        };
                        return Err(too_large(call, &response, read));
                    }
                }
            }
            failed => failed,
        };
        match Box::pin(after(call, timeout, request, progress, sent, failed)).await? {
            Next::Send => {}
            Next::Return(response) => return Ok(*response),
        }
    }
}

/// Sends a single attempt.
async fn execute(shared: &Shared, request: Request) -> reqwest::Result<Response> {
    match &shared.transport {
        None => shared.http.execute(request).await,
        Some(transport) => transport.send(&shared.http, request).await,
    }
}

/// A slot in the rate limits, and a token that is valid now, if one is needed.
struct Queued {
    slot: Slot,
    token: Option<AccessToken>,
}

/// Waits for a slot in the rate limits, then for a token: the one of before may have
/// expired in the queue.
async fn queue(
    call: &Call,
    timeout: Option<CallTimeout>,
    request: &Request,
    progress: &mut Progress,
) -> Result<Queued, Error> {
    let Shared { pacer, clock, .. } = &*call.client.shared;
    progress.phase = Phase::Queued;
    let priority = call.client.options.priority_or_default();
    let began = clock.monotonic();
    let slot = pacer
        .acquire(priority, timeout.map(|timeout| timeout.deadline))
        .await;
    progress.queued += clock.monotonic().saturating_sub(began);
    let slot = slot.map_err(|NoRoom { wait, because_of }| Error::RateLimited {
        call: progress.call_info(request).into(),
        status: None,
        retry_after: (!wait.is_zero()).then_some(wait),
        message: format!("the call's timeout ends before {because_of} has room"),
        request_id: None,
    })?;
    progress.phase = Phase::Token;
    let token = call.auth().token().await;
    let token = token.map_err(|cause| progress.without_token(request, cause))?;
    Ok(Queued { slot, token })
}

impl CallTimeout {
    /// Returns what `work` does, or the timeout if it elapses first.
    async fn limit<T>(
        timeout: Option<Self>,
        shared: &Shared,
        work: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, Duration> {
        let Some(Self { total, deadline }) = timeout else {
            return Ok(work.await);
        };
        tokio::select! {
            // What the work reports is more specific.
            biased;
            outcome = work => Ok(outcome),
            () = shared.clock.passed(deadline) => Err(total),
        }
    }

    /// What is left of the call's timeout.
    fn left(self, shared: &Shared) -> Duration {
        self.deadline.remaining(shared.clock.now())
    }

    /// Ends a streamed response with the call: it is read after the loop has returned. A
    /// timeout of the request replaces that of every attempt.
    fn shorten(self, request: &mut Request, now: Moment, attempt_timeout: Option<Duration>) {
        let left = self.deadline.remaining(now);
        let own = request.timeout().copied().or(attempt_timeout);
        *request.timeout_mut() = Some(own.map_or(left, |own| own.min(left)));
    }
}

/// Returns `request` and leaves a copy of it. A streamed body cannot be copied: the copy
/// is without it.
fn replace_with_copy(request: &mut Request) -> Request {
    let copy = request.try_clone().unwrap_or_else(|| {
        let mut copy = Request::new(request.method().clone(), request.url().clone());
        copy.headers_mut().clone_from(request.headers());
        *copy.timeout_mut() = request.timeout().copied();
        *copy.version_mut() = request.version();
        copy
    });
    std::mem::replace(request, copy)
}

/// Returns the length of the body of a request, if it is known.
fn body_length(request: &Request) -> u64 {
    let bytes = request.body().and_then(reqwest::Body::as_bytes);
    bytes.map_or(0, <[u8]>::len) as u64
}

#[cold]
fn too_large(call: &Call, response: &CallResponse, read: u64) -> Error {
    let CallResponse {
        response: inner,
        context,
        ..
    } = response;
    let request_id = error_response::request_id(inner.headers(), context.sent.as_ref());
    Error::ResponseTooLarge {
        call: response.call_info().into(),
        status: response.status(),
        read,
        limit: call.client.shared.max_response_bytes,
        request_id,
    }
}

#[cfg(test)]
mod tests;
