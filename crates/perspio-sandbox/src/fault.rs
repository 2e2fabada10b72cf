//! Responses that replace the real ones.

mod queue;
mod script;
mod spec;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::stream;

pub(crate) use queue::FaultQueue;
pub use script::{FaultScript, FaultScriptError};
pub(crate) use spec::{FaultSpec, QueuedFault};

/// A response that replaces the real one, or delays it; see
/// [`queue_fault`](crate::Sandbox::queue_fault). It is sent exactly as it was built.
#[derive(Clone, Debug)]
pub struct Fault {
    delay: Duration,
    effect: Effect,
}

#[derive(Clone, Debug)]
enum Effect {
    /// The request is served.
    None,
    Cut,
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
}

impl Fault {
    /// Returns a response with this status, no header of its own and no body.
    ///
    /// A fault that cannot be sent (a status such as 42, a header with a line break)
    /// is replaced by a response with status 500 that names the cause.
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Response {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        })
    }

    /// Returns a gateway's own error page: HTML where JSON is expected.
    pub fn html(status: u16) -> Self {
        Self::status(status).body(
            "text/html",
            format!(
                "<html>\r\n<head><title>{status} Sandbox Gateway</title></head>\r\n<body>\r\n\
                 <center><h1>{status} Sandbox Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
            ),
        )
    }

    /// Closes the connection without a response, once the request is read.
    pub fn cut() -> Self {
        Self::new(Effect::Cut)
    }

    /// Delays the real response by this time, measured by the system's clock.
    pub fn latency(delay: Duration) -> Self {
        Self::new(Effect::None).delay(delay)
    }

    fn new(effect: Effect) -> Self {
        Self {
            delay: Duration::ZERO,
            effect,
        }
    }

    /// Sets how long the request waits first, measured by the system's clock; not at all by
    /// default.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Adds a header. Without effect on a fault that is no response.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Effect::Response { headers, .. } = &mut self.effect {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Sets the body and adds its `Content-Type`. Without effect on a fault that is no response.
    pub fn body(mut self, content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        if let Effect::Response { body, .. } = &mut self.effect {
            *body = bytes.into();
        }
        self.header(header::CONTENT_TYPE.as_str(), content_type)
    }

    /// Waits for the delay and returns the response, or `None` if the request is to be served.
    pub(crate) async fn apply(self) -> Option<Response<Body>> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.effect {
            Effect::None => None,
            Effect::Cut => Some(cut()),
            Effect::Response {
                status,
                headers,
                body,
            } => Some(response(status, headers, body)),
        }
    }

    /// Describes the fault for the control interface.
    pub(crate) fn spec(&self) -> FaultSpec {
        let delay_ms = u64::try_from(self.delay.as_millis()).unwrap_or(u64::MAX);
        match &self.effect {
            Effect::None => FaultSpec {
                delay_ms,
                ..FaultSpec::default()
            },
            Effect::Cut => FaultSpec {
                cut: true,
                delay_ms,
                ..FaultSpec::default()
            },
            Effect::Response {
                status,
                headers,
                body,
            } => FaultSpec {
                status: Some(*status),
                headers: headers.iter().cloned().collect::<BTreeMap<_, _>>(),
                body: (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned()),
                delay_ms,
                ..FaultSpec::default()
            },
        }
    }
}

fn response(status: u16, headers: Vec<(String, String)>, body: Bytes) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap_or_else(|error| {
        let text = format!("sandbox: the queued fault cannot be sent: {error}");
        (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
    })
}

/// Marks a response whose connection is closed before a byte of it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsCut;

/// Returns a response whose body fails immediately.
pub(crate) fn cut() -> Response<Body> {
    let failure = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted));
    let mut response = Response::new(Body::from_stream(stream::iter([failure])));
    response.extensions_mut().insert(IsCut);
    response
}
