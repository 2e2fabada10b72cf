//! The user's middleware in front of the loop.

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::{Error as AuthError, TransportError};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientWithMiddleware, Error as ChainError, Middleware, Next};

use super::progress::Progress;
use super::{Call, CallTimeout};
use crate::body::{self, ReadError};
use crate::error::Error;
use crate::operation::Operation;
use crate::options::CallOptions;
use crate::response::{BodyMode, CallContext, CallResponse};

/// The last element of every chain of middleware: the loop. It is the same for all
/// clients, because the call is in the request's extensions.
pub(crate) struct Terminal;

/// The call that a request belongs to, in the request's extensions: see
/// [`middleware`](crate::middleware).
#[derive(Clone)]
pub struct CurrentCall {
    call: Call,
    timeout: Option<CallTimeout>,
    /// What the loop has left for the end of the call.
    ended: Option<(Progress, Option<CallContext>)>,
}

impl CurrentCall {
    /// Returns the operation, if the request belongs to one.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.call.operation
    }

    /// Returns the options of the call.
    pub fn options(&self) -> &CallOptions {
        &self.call.client.options
    }
}

/// Sends `request` through the user's middleware.
pub(super) async fn run(
    middleware: &ClientWithMiddleware,
    call: &Call,
    timeout: Option<CallTimeout>,
    request: &mut Request,
    progress: &mut Progress,
) -> Result<CallResponse, Error> {
    // Errors name the request as it was when it entered the chain.
    let head = Request::new(request.method().clone(), request.url().clone());
    let sent = std::mem::replace(request, head);
    let head = &*request;
    let mut extensions = Extensions::new();
    extensions.insert(CurrentCall {
        call: call.clone(),
        timeout,
        ended: None,
    });
    let outcome = {
        let sent = middleware.execute_with_extensions(sent, &mut extensions);
        match timeout {
            None => Ok(sent.await),
            Some(CallTimeout { total, deadline }) => tokio::select! {
                // The loop ends at the same time, and its error is more specific.
                biased;
                outcome = sent => Ok(outcome),
                () = call.client.shared.clock.passed(deadline) => Err(total),
            },
        }
    };
    let ended = extensions
        .get_mut::<CurrentCall>()
        .and_then(|it| it.ended.take());
    let (of_loop, context) = ended.unzip();
    if let Some(of_loop) = of_loop {
        *progress = of_loop;
    }
    match outcome {
        Ok(Ok(response)) => {
            let context = context.flatten();
            let method = head.method().clone();
            let mut response = CallResponse::from_middleware(response, method, context);
            if call.body_mode == BodyMode::Buffered && response.status().is_success() {
                // The loop has limited it. Only the middleware can have made a larger one.
                let read = body::read(&mut response.response, u64::MAX, |_| ()).await;
                response.body = Some(read.map_err(|error| transport(error, head, progress))?);
            }
            Ok(response)
        }
        Ok(Err(ChainError::Middleware(cause))) => Err(of_middleware(cause.as_ref())),
        Ok(Err(ChainError::Reqwest(cause))) => {
            Err(transport(ReadError::Transport(cause), head, progress))
        }
        Err(total) => Err(progress.timed_out(call, head, total)),
    }
}

/// Returns the error of a connection that failed in the middleware.
fn transport(error: ReadError, head: &Request, progress: &Progress) -> Error {
    let host = head.url().host_str().unwrap_or_default();
    match error {
        ReadError::Transport(cause) => Error::Transport {
            cause: TransportError::new(host, &cause),
            call: progress.call_info(head).into(),
        },
        ReadError::TooLarge { .. } => Error::invalid_request("a middleware's response has no end"),
    }
}

/// Returns the error of the loop that a middleware passed on, or that of the middleware.
fn of_middleware(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(error) = current.downcast_ref::<Error>() {
            return error.clone();
        }
        if let Some(error) = current.downcast_ref::<AuthError>() {
            return Error::Auth(error.clone());
        }
        cause = current.source();
    }
    Error::invalid_request(format!("a middleware rejected it: {error}"))
}

#[async_trait]
impl Middleware for Terminal {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let Some(current) = extensions.get_mut::<CurrentCall>() else {
            let reason = "a middleware removed the client's entry from the request's extensions";
            return Err(ChainError::Middleware(
                Error::invalid_request(reason).into(),
            ));
        };
        let CurrentCall { call, timeout, .. } = &*current;
        let mut progress = Progress::new(call.operation, &request);
        let outcome = call.within(*timeout, &mut request, &mut progress).await;
        let (outcome, context) = match outcome {
            Ok(response) => {
                let (response, context) = response.into_middleware();
                (Ok(response), Some(context))
            }
            Err(error) => (Err(ChainError::Middleware(error.into())), None),
        };
        current.ended = Some((progress, context));
        outcome
    }
}
