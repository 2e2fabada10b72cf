//! The loopback server of one sign-in: accepts exactly one authorization response from
//! the browser, and shows the result to the user.
//!
//! All other requests (a favicon, a forged request, a silent connection) are rejected or
//! closed, and the sign-in remains pending.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::header::{ALLOW, HOST, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oauth2::CsrfToken;
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use super::callback::AuthorizationResponse;
use super::listener::Listener;
use super::page::{self, Page};
use super::redirect::LoopbackRedirect;
use super::request::{AuthorizationRequest, ResponseMode};
use crate::token::clock::Clock;

/// The size limit of a request head. A browser sends the cookies of all ports of `localhost`
/// to this one, so that a developer's machine exceeds the usual 16 KiB.
const LARGEST_HEAD: usize = 64 * 1024;
/// The size limit of a request body.
const LARGEST_BODY: usize = 16 * 1024;
/// The limit of the number of headers.
const MOST_HEADERS: usize = 1024;
/// The time limit of receiving a request.
const ARRIVAL: Duration = Duration::from_secs(10);
/// The number of concurrent connections; browsers open a few speculatively.
const MOST_CONNECTIONS: usize = 16;

/// The server of one sign-in.
#[derive(Debug)]
pub(crate) struct CallbackServer {
    listener: Listener,
    clock: Arc<dyn Clock>,
    sign_in: Arc<Pending>,
    shown: Notify,
}

/// The state of the sign-in.
#[derive(Debug)]
struct Pending {
    request: AuthorizationRequest,
    path: String,
    /// `host:port` of the redirect URI. The `Host` header of a request after DNS rebinding
    /// differs.
    host: String,
    /// Taken by the first authorization response.
    response: Mutex<Option<oneshot::Sender<AuthorizationResponse>>>,
    /// The path of the result page: random, and without the code.
    result_path: String,
    /// The result page, once the outcome is known.
    result: watch::Sender<Option<Page>>,
}

impl CallbackServer {
    /// Creates the server for `request`; the receiver gets the authorization response.
    pub(crate) fn new(
        listener: Listener,
        redirect: &LoopbackRedirect,
        request: AuthorizationRequest,
        clock: Arc<dyn Clock>,
    ) -> (Self, oneshot::Receiver<AuthorizationResponse>) {
        let (sender, receiver) = oneshot::channel();
        let sign_in = Arc::new(Pending {
            request,
            path: redirect.request_path().to_owned(),
            host: redirect.authority(listener.port()),
            response: Mutex::new(Some(sender)),
            result_path: format!("/signed-in/{}", CsrfToken::new_random().into_secret()),
            result: watch::Sender::new(None),
        });
        let server = Self {
            listener,
            clock,
            sign_in,
            shown: Notify::new(),
        };
        (server, receiver)
    }

    /// Sets the result page; pending responses redirect the browser to it.
    pub(crate) fn conclude(&self, page: Page) {
        self.sign_in.result.send_replace(Some(page));
    }

    /// Completes when a browser has loaded the result page.
    pub(crate) async fn shown(&self) {
        self.shown.notified().await;
    }

    /// Serves requests; dropping the future closes every connection.
    pub(crate) async fn serve(&self) -> Infallible {
        let mut connections = JoinSet::new();
        let mut arriving = VecDeque::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let stream = match accepted {
                        Ok(stream) => stream,
                        // Usually too many open files: retrying immediately would spin.
                        Err(cause) => {
                            tracing::warn!(%cause, "a connection of the browser could not be accepted");
                            self.clock.sleep(Duration::from_millis(100)).await;
                            continue;
                        }
                    };
                    while let Some(ended) = connections.try_join_next() {
                        self.ended(&ended);
                    }
                    arriving.retain(Arriving::is_silent);
                    // A silent connection is closed in favour of a new one.
                    if connections.len() >= MOST_CONNECTIONS {
                        match arriving.pop_front() {
                            Some(oldest) => oldest.connection.abort(),
                            None => continue,
                        }
                    }
                    let has_arrived = Arc::new(AtomicBool::new(false));
                    let connection = connections.spawn({
                        let (sign_in, clock) = (self.sign_in.clone(), self.clock.clone());
                        let has_arrived = has_arrived.clone();
                        async move { sign_in.connection(stream, &*clock, &has_arrived).await }
                    });
                    arriving.push_back(Arriving { connection, has_arrived });
                    // A request that has already arrived is read before the connection can
                    // be closed in favour of another.
                    tokio::task::yield_now().await;
                }
                Some(ended) = connections.join_next() => {
                    self.ended(&ended);
                }
            }
        }
    }

    fn ended(&self, connection: &Result<Shown, JoinError>) {
        if matches!(connection, Ok(Shown::Result)) {
            self.shown.notify_one();
        }
    }
}

/// A connection whose request may not have arrived yet.
struct Arriving {
    connection: AbortHandle,
    has_arrived: Arc<AtomicBool>,
}

impl Arriving {
    fn is_silent(&self) -> bool {
        !self.connection.is_finished() && !self.has_arrived.load(Ordering::Acquire)
    }
}

/// What a connection has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Result,
    Other,
}

impl Pending {
    /// Serves one request of a connection.
    async fn connection(
        &self,
        stream: TcpStream,
        clock: &dyn Clock,
        has_arrived: &AtomicBool,
    ) -> Shown {
        let shows_result = AtomicBool::new(false);
        let service = service_fn(|request: Request<Incoming>| {
            let response = self.respond(request, has_arrived, &shows_result);
            response.map(Ok::<_, Infallible>)
        });
        let mut connection = std::pin::pin!(
            http1::Builder::new()
                .keep_alive(false)
                .max_buf_size(LARGEST_HEAD)
                // The buffer may grow beyond its limit by one read.
                .max_header_size(LARGEST_HEAD)
                // The size of the head is limited, not the number of its headers: a proxy
                // may send each cookie in its own header.
                .max_headers(MOST_HEADERS)
                .serve_connection(TokioIo::new(stream), service)
        );
        let outcome = tokio::select! {
            outcome = &mut connection => outcome,
            () = clock.sleep(ARRIVAL) => {
                if !has_arrived.load(Ordering::Acquire) {
                    tracing::debug!("a request did not arrive in time");
                    return Shown::Other;
                }
                connection.await
            }
        };
        if let Err(cause) = outcome {
            // An incomplete request does not affect the sign-in.
            tracing::debug!(%cause, "a connection of the browser ended");
        } else if shows_result.load(Ordering::Acquire) {
            return Shown::Result;
        }
        Shown::Other
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        has_arrived: &AtomicBool,
        shows_result: &AtomicBool,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, LARGEST_BODY).collect().await;
        has_arrived.store(true, Ordering::Release);
        let body = match body {
            Ok(body) => body.to_bytes(),
            Err(cause) if cause.is::<LengthLimitError>() => {
                return notice(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large");
            }
            Err(_) => return notice(StatusCode::BAD_REQUEST, "The request ended before its time"),
        };
        if !self.is_for_this_host(&head) {
            return notice(
                StatusCode::BAD_REQUEST,
                "This address belongs to a sign-in on this computer, and was called by another name",
            );
        }
        if head.uri.path() == self.result_path {
            if head.method != Method::GET {
                return not_allowed("GET");
            }
            let result = self.result.borrow().clone();
            return match result {
                Some(page) => {
                    shows_result.store(true, Ordering::Release);
                    page::response(page)
                }
                None => notice(StatusCode::NOT_FOUND, "The sign-in is not finished yet"),
            };
        }
        if head.uri.path() != self.path {
            return notice(StatusCode::NOT_FOUND, "There is nothing at this address");
        }
        let query = head.uri.query().unwrap_or_default();
        match self.request.expected_response_mode() {
            ResponseMode::Query if head.method == Method::GET => self.callback(query).await,
            ResponseMode::Query => not_allowed("GET"),
            ResponseMode::FormPost if head.method == Method::POST => {
                self.callback(&String::from_utf8_lossy(&body)).await
            }
            ResponseMode::FormPost => not_allowed("POST"),
        }
    }

    /// Returns whether the request has one `Host` header, that of the redirect URI.
    fn is_for_this_host(&self, head: &http::request::Parts) -> bool {
        let is_host = |name: &[u8]| name.eq_ignore_ascii_case(self.host.as_bytes());
        let mut hosts = head.headers.get_all(HOST).iter();
        let named =
            matches!((hosts.next(), hosts.next()), (Some(host), None) if is_host(host.as_bytes()));
        let in_target = head.uri.authority();
        named && in_target.is_none_or(|authority| is_host(authority.as_str().as_bytes()))
    }

    /// Handles an authorization response, which may be forged.
    async fn callback(&self, parameters: &str) -> Response<Full<Bytes>> {
        match self.request.validate(parameters) {
            Err(mismatch) => {
                let text = format!("This is not the expected response: {mismatch}");
                return notice(StatusCode::BAD_REQUEST, &text);
            }
            Ok(response) => {
                let first = self
                    .response
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                // A repeated response (a double click, a reload) gets the same result.
                if let Some(first) = first {
                    // Without a receiver, the connection is about to be closed.
                    let _ = first.send(response);
                }
            }
        }
        // This server owns the sender, so the wait ends only with the result.
        let _ = self.result.subscribe().wait_for(Option::is_some).await;
        // Redirects to an address without the code, which removes the code from the
        // address bar and from back and forward. The browser's history may still contain
        // the code, which has been used by then; `ResponseMode::FormPost` avoids that.
        let mut response = page::response(Page::empty(StatusCode::SEE_OTHER));
        if let Ok(path) = HeaderValue::try_from(&self.result_path) {
            response.headers_mut().insert(LOCATION, path);
        }
        response
    }
}

fn notice(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    page::response(Page::notice(status, text))
}

fn not_allowed(method: &'static str) -> Response<Full<Bytes>> {
    let mut response = notice(
        StatusCode::METHOD_NOT_ALLOWED,
        "An identity server does not use this method here",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(method));
    response
}

#[cfg(test)]
mod tests;
