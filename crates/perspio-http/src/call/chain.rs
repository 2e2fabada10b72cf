//! The user's middleware in front of the loop.

use std::pin::pin;

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::Error as AuthError;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientWithMiddleware, Error as ChainError, Middleware, Next};

use super::progress::Progress;
use super::{Call, CallTimeout, too_large};
use crate::body::{self, BufferedBody, ReadError};
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
    /// The state of the loop. It is kept here, because it outlives a loop that is cancelled.
    progress: Progress,
    /// What the loop knows about the response that it has returned.
    context: Option<CallContext>,
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
        progress: progress.clone(),
        context: None,
    });
    let outcome = {
        let sent = pin!(send(middleware, call, sent, &mut extensions));
        CallTimeout::limit(timeout, &call.client.shared, sent).await
    };
    let mut context = None;
    if let Some(current) = extensions.remove::<CurrentCall>() {
        *progress = current.progress;
        context = current.context;
    }
    match outcome {
        Ok(Ok((response, body))) => {
            Ok(CallResponse::from_middleware(response, body, head, context))
        }
        Ok(Err(Failed::TooLarge(response, read))) => {
            let response = CallResponse::from_middleware(response, None, head, context);
            Err(too_large(call, &response, read))
        }
        Ok(Err(Failed::Chain(ChainError::Middleware(cause)))) => Err(of_middleware(cause.as_ref())),
        Ok(Err(Failed::Chain(ChainError::Reqwest(cause)))) => {
            Err(progress.transport(call, head, &cause))
        }
        Err(total) => Err(progress.timed_out(call, head, total)),
    }
}

/// Why the chain has no response.
enum Failed {
    Chain(ChainError),
    /// The body that a middleware made is larger than the client buffers.
    TooLarge(Response, u64),
}

/// Sends `request` and buffers the body of a success, unless the caller streams it.
async fn send(
    middleware: &ClientWithMiddleware,
    call: &Call,
    request: Request,
    extensions: &mut Extensions,
) -> Result<(Response, Option<BufferedBody>), Failed> {
    let sent = middleware.execute_with_extensions(request, extensions);
    let mut response = sent.await.map_err(Failed::Chain)?;
    if call.body_mode == BodyMode::Streamed || !response.status().is_success() {
        return Ok((response, None));
    }
    let limit = call.client.shared.max_response_bytes;
    match body::read(&mut response, limit, |_| ()).await {
        Ok(body) => Ok((response, Some(body))),
        Err(ReadError::Transport(cause)) => Err(Failed::Chain(cause.into())),
        Err(ReadError::TooLarge { read }) => Err(Failed::TooLarge(response, read)),
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
        let CurrentCall {
            call,
            timeout,
            progress,
            context,
        } = current;
        // A middleware may send more than one request.
        progress.restart(call.operation, &request);
        *context = None;
        match call.within(*timeout, &mut request, progress).await {
            Ok(response) => {
                let (response, of_response) = response.into_middleware();
                *context = Some(of_response);
                Ok(response)
            }
            Err(error) => Err(ChainError::Middleware(error.into())),
        }
    }
}
