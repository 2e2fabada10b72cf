//! What follows an attempt that is not a success.

use std::future::pending;
use std::time::Duration;

use perspio_auth::clock::Moment;
use perspio_auth::transport::root_cause;
use perspio_auth::{SentCredentials, Verdict, retry_after};
use reqwest::{Request, Response, StatusCode};

use super::progress::Progress;
use super::{Call, CallTimeout};
use crate::client::Shared;
use crate::error::Error;
use crate::error_response::is_rate_limited;
use crate::limits::{Retry, counted};
use crate::redirect::is_redirect;
use crate::response::{CallResponse, Remark};
use crate::retry::{Decision, RetryPolicy, Situation, decide, is_idempotent, outcome_of};
use crate::telemetry;

/// The longest pause of all calls that a response can ask for: no service means a longer
/// one.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How much of a discarded response is read, in bytes: beyond it a new connection is
/// cheaper.
const MAX_DRAINED: usize = 64 * 1024;

/// What follows an attempt.
pub(super) enum Next {
    /// The request is sent, once more or as it was changed.
    Send,
    /// The response is the caller's.
    Return(Box<CallResponse>),
}

/// Decides what follows an attempt that is not a success, and pauses if that is a retry.
/// Changes `request` where a redirect is followed.
///
/// Redirects are followed before the token is judged, because credentials are valid in
/// the whole origin; the token is refreshed before a retry is considered, because a
/// rejected token is not an outage.
#[cold]
pub(super) async fn after(
    call: &Call,
    timeout: Option<CallTimeout>,
    request: &mut Request,
    progress: &mut Progress,
    sent: SentCredentials,
    outcome: reqwest::Result<Response>,
) -> Result<Next, Error> {
    let shared = &*call.client.shared;
    let class = outcome_of(&outcome, &*shared.clock);
    let status = outcome.as_ref().ok().map(Response::status);
    progress.end_attempt(class.may_be_applied(status));
    let mut remark = None;
    if let Ok(response) = &outcome {
        pause_all_if_limited(shared, response);
        remark = match redirect(call, request, progress, response) {
            Some(Ok(())) => return Ok(Next::Send),
            Some(Err(remark)) => Some(remark),
            None => None,
        };
        let auth = call.auth();
        let judged = auth.evaluate_response(response.status(), response.headers(), &sent);
        let verdict = judged
            .await
            .map_err(|cause| progress.without_token(request, cause))?;
        match verdict {
            Verdict::Refresh if !progress.has_refreshed && !progress.is_streamed => {
                progress.has_refreshed = true;
                return Ok(Next::Send);
            }
            Verdict::Refresh if !progress.has_refreshed => {}
            Verdict::Refresh | Verdict::FreshTokenRejected => {
                remark = Some(Remark::FreshTokenRejected);
            }
            Verdict::Accepted => {}
        }
    }
    let retries = call.client.options.retries();
    let policy = if retries {
        shared.retry
    } else {
        RetryPolicy::none()
    };
    let retryable_methods = call.client.profile().retryable_methods();
    let situation = Situation {
        outcome: class,
        is_idempotent: is_idempotent(request.method(), call.operation, retryable_methods),
        is_streamed: progress.is_streamed,
        attempts: progress.attempts.count,
        waited: progress.paused,
        left: timeout.map(|timeout| timeout.left(shared)),
    };
    let outcome = outcome.map(|response| counted(response, &shared.pacer));
    match decide(&situation, &policy, fastrand::f64()) {
        Decision::Retry(wait) => {
            report_retry(call, progress, &outcome, wait);
            pause(shared, shared.clock.now(), wait, outcome).await;
            progress.retry_after(wait);
            return Ok(Next::Send);
        }
        Decision::Stop(reason) => progress.attempts.stopped = Some(reason),
        Decision::Return => {}
    }
    match outcome {
        Ok(response) => Ok(Next::Return(Box::new(CallResponse {
            response,
            body: None,
            context: progress.context(request, sent, remark),
        }))),
        Err(cause) => Err(progress.transport(call, request, &cause)),
    }
}

/// Pauses all calls that share the rate limits, if the API asks for fewer.
fn pause_all_if_limited(shared: &Shared, response: &Response) {
    let headers = response.headers();
    if is_rate_limited(response.status(), headers)
        && let Some(wait) = retry_after(headers, shared.clock.now())
    {
        shared.pacer.pause(wait.min(LONGEST_PAUSE));
    }
}

/// Changes the request as a redirect asks for. `None`: the response is not a redirect.
fn redirect(
    call: &Call,
    request: &mut Request,
    progress: &mut Progress,
    response: &Response,
) -> Option<Result<(), Remark>> {
    let status = response.status();
    if !is_redirect(status) {
        return None;
    }
    let (is_streamed, was_safe) = (progress.is_streamed, request.method().is_safe());
    let redirects = &mut progress.redirects;
    // Only a 303 says that the request was processed.
    progress.may_be_applied |= !was_safe && status == StatusCode::SEE_OTHER;
    let followed = redirects.follow(request, is_streamed, status, response.headers());
    if followed.is_ok() {
        // Some servers repeat the query of the request.
        call.auth().remove_query_keys(request.url_mut());
        // A stream is only followed by a request without a body.
        progress.is_streamed = false;
        // A POST that is followed by a GET was applied.
        progress.may_be_applied |= !was_safe && request.method().is_safe();
    }
    Some(followed.map_err(Remark::NotFollowed))
}

/// Pauses before the next attempt. What is left of the discarded response is read in the
/// meantime, so that its connection can be reused.
async fn pause(shared: &Shared, now: Moment, wait: Duration, outcome: reqwest::Result<Response>) {
    tokio::select! {
        () = shared.clock.passed(now.deadline(wait)) => {}
        () = drain(outcome) => {}
    }
}

/// Reads what is left of a response. Never resolves, because the pause does.
async fn drain(outcome: reqwest::Result<Response>) {
    if let Ok(mut response) = outcome {
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > MAX_DRAINED {
                break;
            }
        }
    }
    pending::<()>().await;
}

/// Logs that a request will be retried, and notifies the observers. Its address, which may
/// contain names, is not logged.
fn report_retry(
    call: &Call,
    progress: &Progress,
    outcome: &reqwest::Result<Response>,
    wait: Duration,
) {
    let operation = telemetry::name(call.operation);
    let reason = match outcome {
        Ok(response) => response.status().as_str().to_owned(),
        Err(cause) => root_cause(cause),
    };
    let attempt = progress.attempts.count;
    tracing::info!(
        operation,
        attempt,
        wait_ms = telemetry::milliseconds(wait),
        reason,
        "the request will be retried"
    );
    let shared = &call.client.shared;
    shared.pacer.notify_retry(&Retry {
        operation,
        attempt,
        wait,
        reason: &reason,
    });
}
