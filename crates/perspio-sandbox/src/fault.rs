//! Answers that a test puts in the place of the real ones.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::stream;

use crate::endpoint::{Endpoint, PerEndpoint};

/// An answer that a test puts in the place of the real one; see
/// [`queue_fault`](crate::Sandbox::queue_fault). It is sent exactly as built here.
#[derive(Clone, Debug)]
pub struct Fault(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Cut,
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
}

impl Fault {
    /// An answer with this status, no header of its own and no body.
    ///
    /// What cannot be sent (a status such as 42, a header with a line break)
    /// is answered 500 with a text that says so.
    pub fn status(status: u16) -> Self {
        Self(Kind::Answer {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        })
    }

    /// A gateway's own error page: HTML where JSON is expected.
    pub fn html(status: u16) -> Self {
        Self::status(status).body(
            "text/html",
            format!(
                "<html>\r\n<head><title>{status} Sandbox Gateway</title></head>\r\n<body>\r\n\
                 <center><h1>{status} Sandbox Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
            ),
        )
    }

    /// No answer: the connection is closed once the request is read.
    pub fn cut() -> Self {
        Self(Kind::Cut)
    }

    /// Adds a header. Without effect on [`cut`](Self::cut).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Kind::Answer { headers, .. } = &mut self.0 {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Sets the body and adds its `Content-Type`. Without effect on [`cut`](Self::cut).
    pub fn body(mut self, content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        if let Kind::Answer { body, .. } = &mut self.0 {
            *body = bytes.into();
        }
        self.header(header::CONTENT_TYPE.as_str(), content_type)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response<Body> {
        let (status, headers, body) = match self.0 {
            Kind::Cut => return cut(),
            Kind::Answer {
                status,
                headers,
                body,
            } => (status, headers, body),
        };
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(name, value);
        }
        answer.body(Body::from(body)).unwrap_or_else(|error| {
            let text = format!("sandbox: the queued fault cannot be sent: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        })
    }
}

/// An answer whose body fails at once: the connection closes before a byte of it is sent.
pub(crate) fn cut() -> Response<Body> {
    let failure = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted));
    Response::new(Body::from_stream(stream::iter([failure])))
}

/// The faults that wait for their request.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue {
    queues: PerEndpoint<Mutex<VecDeque<Fault>>>,
}

impl FaultQueue {
    pub(crate) fn push(&self, endpoint: Endpoint, fault: Fault) {
        self.queues
            .get(endpoint)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(fault);
    }

    pub(crate) fn take(&self, endpoint: Endpoint) -> Option<Fault> {
        self.queues
            .get(endpoint)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}
