//! The body of a response whose request is sent again when the connection breaks: that of an
//! event stream or a download.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::Body as _;
use perspio_auth::clock::Deadline;
use perspio_auth::retry::Outcome;
use reqwest::{Request, Response};

use crate::call::Call;
use crate::client::ApiClient;
use crate::decode::Origin;
use crate::error::Error;
use crate::operation::Operation;
use crate::options::CallOptions;
use crate::response::{BodyMode, CallResponse};
use crate::retry::{Decision, Situation, decide};
use crate::telemetry;

/// A request that can be sent again: a safe one (RFC 9110 §9.2.1) without a body.
pub(crate) struct Replay {
    client: ApiClient,
    operation: Option<&'static Operation>,
    request: Request,
    /// The end of the call's timeout, if it has one.
    deadline: Option<Deadline>,
}

impl Replay {
    /// Returns the replay of `request`. `None`: it must not be sent again, or retries are
    /// disabled.
    pub(crate) fn of(
        client: &ApiClient,
        operation: Option<&'static Operation>,
        request: &Request,
    ) -> Option<Self> {
        let writes = operation.is_some_and(|operation| operation.writes);
        let is_safe = request.method().is_safe() && !writes && request.body().is_none();
        if !is_safe || !client.options.retries() {
            return None;
        }
        let total = client.options.timeout_or_none();
        Some(Self {
            client: client.clone(),
            operation,
            request: request.try_clone()?,
            deadline: total.map(|total| client.shared.clock.now().deadline(total)),
        })
    }

    /// Returns the headers of the request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns what is left of the call's timeout, if it has one.
    fn left(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.remaining(self.client.shared.clock.now()))
    }

    /// Sends the request with other headers after `wait`.
    fn send(
        &self,
        wait: Duration,
        headers: HeaderMap,
    ) -> Option<BoxFuture<'static, Result<CallResponse, Error>>> {
        let mut request = self.request.try_clone()?;
        request.headers_mut().extend(headers);
        let client = match self.left() {
            Some(left) => {
                let options = CallOptions::new().timeout(left.saturating_sub(wait));
                self.client.with_options(options)
            }
            None => self.client.clone(),
        };
        let call = Call {
            client,
            operation: self.operation,
            follows_link: false,
            body_mode: BodyMode::Streamed,
        };
        Some(Box::pin(async move {
            let clock = &call.client.shared.clock;
            clock.passed(clock.now().deadline(wait)).await;
            call.run(&mut request).await
        }))
    }
}

/// A body that is read in chunks, and its connection.
pub(crate) struct ReplayableBody {
    body: reqwest::Body,
    pub(crate) origin: Origin,
    replay: Option<Replay>,
    /// The request that was sent again.
    pending: Option<BoxFuture<'static, Result<CallResponse, Error>>>,
    /// The number of connections since one has returned bytes, that one included.
    connections: u32,
}

impl ReplayableBody {
    pub(crate) fn new(response: CallResponse, replay: Option<Replay>) -> Self {
        Self {
            origin: Origin::of(&response),
            body: Response::from(response).into(),
            replay,
            pending: None,
            connections: 1,
        }
    }

    /// Reads the next chunk; `None` at the end of the body.
    pub(crate) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(chunk) = frame.into_data() else {
                        continue;
                    };
                    if !chunk.is_empty() {
                        self.connections = 1;
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                None => return Poll::Ready(None),
                Some(Err(cause)) => return Poll::Ready(Some(Err(self.origin.broke_off(&cause)))),
            }
        }
    }

    /// Returns whether its request may be sent again.
    pub(crate) fn is_replayable(&self) -> bool {
        self.replay.is_some()
    }

    /// Disables sending the request again.
    pub(crate) fn disable_replay(&mut self) {
        self.replay = None;
    }

    /// Begins to send the request again, with other headers, after the time that the server
    /// has asked for and a back-off. Returns whether it will be sent: the retry policy bounds
    /// the connections without bytes in a row, and the waits.
    pub(crate) fn reconnect(&mut self, asked: Option<Duration>, headers: HeaderMap) -> bool {
        let Some(replay) = &self.replay else {
            return false;
        };
        let situation = Situation {
            outcome: Outcome::Unclear { retry_after: asked },
            is_idempotent: true,
            is_streamed: false,
            attempts: self.connections,
            waited: Duration::ZERO,
            left: replay.left(),
        };
        let policy = &replay.client.shared.retry;
        let Decision::Retry(wait) = decide(&situation, policy, fastrand::f64()) else {
            return false;
        };
        tracing::info!(
            operation = telemetry::name(replay.operation),
            wait_ms = telemetry::milliseconds(wait),
            "the connection ended: the response will be continued by another request"
        );
        self.pending = replay.send(wait, headers);
        self.connections = self.connections.saturating_add(1);
        self.pending.is_some()
    }

    /// Waits for the response to the request that was sent again. `Ready(None)`: there is no
    /// such request. The caller checks the response, then [continues](Self::continue_with)
    /// with it.
    pub(crate) fn poll_reconnected(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<CallResponse, Error>>> {
        let Some(pending) = &mut self.pending else {
            return Poll::Ready(None);
        };
        let response = ready!(pending.as_mut().poll(context));
        self.pending = None;
        Poll::Ready(Some(response))
    }

    /// Reads the body of `response` from now on.
    pub(crate) fn continue_with(&mut self, response: CallResponse) {
        self.origin = Origin::of(&response);
        self.body = Response::from(response).into();
    }
}

impl fmt::Debug for ReplayableBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayableBody")
            .field("call", &self.origin.call)
            .finish_non_exhaustive()
    }
}
