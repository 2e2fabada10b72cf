//! Counts the bytes of a response as they are read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::Response;

use super::pacer::Pacer;
use crate::body::with_body;

/// Wraps the body of a response so that its bytes are debited as they are read. Returns
/// it as it is if no limit counts bytes.
pub(crate) fn counted(response: Response, pacer: &Pacer) -> Response {
    if !pacer.counts_bytes() {
        return response;
    }
    let counter = ByteCounter::new(pacer.clone());
    with_body(response, |body| {
        reqwest::Body::wrap(CountedBody { body, counter })
    })
}

/// Debits the bytes of one response, which has ended when the counter is dropped.
pub(crate) struct ByteCounter {
    pacer: Pacer,
}

impl ByteCounter {
    pub(crate) fn new(pacer: Pacer) -> Self {
        Self { pacer }
    }

    pub(crate) fn count(&self, bytes: &Bytes) {
        self.pacer.debit(bytes.len() as u64);
    }
}

impl Drop for ByteCounter {
    fn drop(&mut self) {
        self.pacer.response_ended();
    }
}

struct CountedBody {
    body: reqwest::Body,
    counter: ByteCounter,
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.counter.count(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
