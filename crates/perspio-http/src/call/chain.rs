//! The user's middleware in front of the loop.

use async_trait::async_trait;
use http::Extensions;
use perspio_auth::{Error as AuthError, TransportError};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientWithMiddleware, Error as ChainError, Middleware, Next};

use super::progress::Progress;
use super::{Call, CallTimeout};
use crate::error::Error;
use crate::options::CallOptions;
use crate::response::CallResponse;

/// The last element of every chain of middleware: the loop. It is the same for all
/// clients, because the call is in the request's extensions.
pub(crate) struct Terminal;

/// The call of a request, in its extensions.
#[derive(Clone)]
struct Pending {
    call: Call,
    timeout: Option<CallTimeout>,
}

/// Sends `request` through the user's middleware.
pub(super) async fn run(
    middleware: &ClientWithMiddleware,
    call: &Call,
    timeout: Option<CallTimeout>,
    request: Request,
    progress: &mut Progress,
) -> Result<CallResponse, Error> {
    let method = request.method().clone();
    // Errors name the request as it was when it entered the chain.
    let head = Request::new(method.clone(), request.url().clone());
    let mut extensions = Extensions::new();
    // For the middleware of the user's own.
    extensions.insert(CallOptions::clone(&call.client.options));
    if let Some(operation) = call.operation {
        extensions.insert(*operation);
    }
    extensions.insert(Pending {
        call: call.clone(),
        timeout,
    });
    let outcome = {
        let sent = middleware.execute_with_extensions(request, &mut extensions);
        match timeout {
            None => Some(sent.await),
            Some(CallTimeout { deadline, .. }) => tokio::select! {
                // The loop ends at the same time, and its error is more specific.
                biased;
                outcome = sent => Some(outcome),
                () = call.client.shared.clock.passed(deadline) => None,
            },
        }
    };
    if let Some(of_loop) = extensions.remove::<Progress>() {
        *progress = of_loop;
    }
    match (outcome, timeout) {
        (Some(Ok(response)), _) => Ok(CallResponse::from_middleware(response, method)),
        (Some(Err(ChainError::Middleware(cause))), _) => Err(of_middleware(cause.as_ref())),
        (Some(Err(ChainError::Reqwest(cause))), _) => {
            let host = head.url().host_str().unwrap_or_default();
            Err(Error::Transport {
                cause: TransportError::new(host, &cause),
                call: progress.call_info(&head).into(),
            })
        }
        (None, Some(CallTimeout { total, .. })) => Err(progress.timed_out(call, &head, total)),
        (None, None) => Err(Error::invalid_request("the middleware did not respond")),
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
        let Some(Pending { call, timeout }) = extensions.get().cloned() else {
            let reason = "a middleware removed the client's entry from the request's extensions";
            return Err(ChainError::Middleware(
                Error::invalid_request(reason).into(),
            ));
        };
        let mut progress = Progress::new(call.operation, &request);
        let outcome = call.within(timeout, &mut request, &mut progress).await;
        extensions.insert(progress);
        match outcome {
            Ok(response) => Ok(response.into_middleware()),
            Err(error) => Err(ChainError::Middleware(error.into())),
        }
    }
}
