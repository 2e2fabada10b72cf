//! The state of one call.

use std::time::Duration;

use perspio_auth::{Error as AuthError, SentCredentials};
use reqwest::Request;

use super::Call;
use crate::attempts::Attempts;
use crate::error::{CallInfo, Error};
use crate::operation::Operation;
use crate::redirect::Redirects;
use crate::response::{CallContext, Remark};

/// The state of one call.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent of each other"
)]
pub(super) struct Progress {
    pub(super) attempts: Attempts,
    /// How long the call was queued by the rate limits.
    pub(super) queued: Duration,
    /// How long it paused between attempts.
    pub(super) paused: Duration,
    pub(super) phase: Phase,
    /// The body of its request is a stream, which can be sent once.
    pub(super) is_streamed: bool,
    /// The token was refreshed since the last retry.
    pub(super) has_refreshed: bool,
    pub(super) redirects: Redirects,
    retries: u32,
    writes: bool,
    /// An earlier attempt may have been applied.
    pub(super) may_be_applied: bool,
}

/// What a call is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Token,
    Queued,
    Response,
    Pause,
}

impl Progress {
    /// Returns the state of a call that begins. A request without an operation is judged
    /// by its method.
    pub(super) fn new(operation: Option<&Operation>, request: &Request) -> Self {
        let body = request.body();
        let by_method = || !request.method().is_safe();
        Self {
            attempts: Attempts::NONE,
            queued: Duration::ZERO,
            paused: Duration::ZERO,
            phase: Phase::Token,
            is_streamed: body.is_some_and(|body| body.as_bytes().is_none()),
            has_refreshed: false,
            redirects: Redirects::default(),
            retries: 0,
            writes: operation.map_or_else(by_method, |operation| operation.writes),
            may_be_applied: false,
        }
    }

    /// Starts again for another request of the same call. What was sent before may have
    /// been applied.
    pub(super) fn restart(&mut self, operation: Option<&Operation>, request: &Request) {
        let may_be_applied = self.may_have_been_applied();
        *self = Self::new(operation, request);
        self.may_be_applied = may_be_applied;
    }

    /// Notes that a request is sent. Redirects and refreshes belong to one attempt.
    pub(super) fn begin_attempt(&mut self) {
        self.attempts.count = self.retries + 1;
        self.phase = Phase::Response;
    }

    /// Notes that the attempt has ended, and whether it may have been applied.
    pub(super) fn end_attempt(&mut self, may_be_applied: bool) {
        self.may_be_applied |= may_be_applied;
        self.phase = Phase::Pause;
    }

    /// Notes that another attempt follows a pause.
    pub(super) fn retry_after(&mut self, pause: Duration) {
        self.retries += 1;
        self.paused = self.paused.saturating_add(pause);
        // The token may have aged during the pause.
        self.has_refreshed = false;
    }

    /// Returns what is known of the call of a successful response.
    pub(super) fn success(&self, request: &Request, sent: SentCredentials) -> CallContext {
        CallContext {
            may_have_been_applied: self.writes,
            ..self.context(request, sent, None)
        }
    }

    /// Returns what is known of the call of any other response.
    pub(super) fn context(
        &self,
        request: &Request,
        sent: SentCredentials,
        remark: Option<Remark>,
    ) -> CallContext {
        CallContext {
            method: request.method().clone(),
            sent: Some(sent),
            attempts: self.attempts,
            may_have_been_applied: self.may_have_been_applied(),
            remark,
        }
    }

    fn may_have_been_applied(&self) -> bool {
        self.writes && (self.may_be_applied || self.phase == Phase::Response)
    }

    /// Returns what an error says about the call.
    pub(super) fn call_info(&self, request: &Request) -> CallInfo {
        let url = request.url();
        CallInfo {
            method: request.method().clone(),
            path: url.path().into(),
            host: url.host_str().unwrap_or_default().into(),
            attempts: self.attempts,
            may_have_been_applied: self.may_have_been_applied(),
        }
    }

    /// Returns the error of a call that could not be sent, or whose connection broke.
    #[cold]
    pub(super) fn transport(
        &self,
        call: &Call,
        request: &Request,
        cause: &reqwest::Error,
    ) -> Error {
        let network = call.client.profile().network();
        let host = request.url().host_str().unwrap_or_default();
        Error::Transport {
            cause: network.transport_error(host, cause),
            call: self.call_info(request).into(),
        }
    }

    /// Returns the error of a call that has no token for its next request.
    #[cold]
    pub(super) fn without_token(&self, request: &Request, cause: AuthError) -> Error {
        if !self.may_have_been_applied() {
            return Error::Auth(cause);
        }
        Error::AuthAfterSend {
            call: self.call_info(request).into(),
            cause,
        }
    }

    /// Returns the error of a call whose timeout elapsed.
    #[cold]
    pub(super) fn timed_out(&self, call: &Call, request: &Request, after: Duration) -> Error {
        let waited_for = match self.phase {
            Phase::Token => {
                let identity_server = call.client.profile().token_url().host();
                format!("an access token from {identity_server}").into()
            }
            Phase::Queued => "a slot in the rate limits".into(),
            Phase::Response => "the response".into(),
            Phase::Pause => "its next attempt".into(),
        };
        Error::TimedOut {
            call: self.call_info(request).into(),
            after,
            waited_for,
        }
    }
}
