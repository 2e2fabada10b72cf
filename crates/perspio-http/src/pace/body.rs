//! Counts the bytes of an answer as they come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::pacer::Pacer;

/// Debits what comes of one answer, until it is dropped.
pub(crate) struct ByteCounter {
    pacer: Pacer,
}

impl ByteCounter {
    pub(crate) fn new(pacer: Pacer) -> Self {
        Self { pacer }
    }

    /// The body, whose bytes are counted as they are read.
    pub(crate) fn wrap(self, body: reqwest::Body) -> reqwest::Body {
        reqwest::Body::wrap(Counted {
            body,
            counter: self,
        })
    }

    pub(crate) fn count(&self, piece: &Bytes) {
        self.pacer.debit(piece.len() as u64);
    }
}

impl Drop for ByteCounter {
    fn drop(&mut self) {
        self.pacer.debited();
    }
}

struct Counted {
    body: reqwest::Body,
    counter: ByteCounter,
}

impl Body for Counted {
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
