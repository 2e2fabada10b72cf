//! Counts the bytes of an answer as they come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Response, ResponseBuilderExt};

use super::pacer::Pacer;

/// The answer, whose bytes are debited as they are read.
pub(super) fn counted(answer: Response, pacer: Pacer) -> Response {
    let url = answer.url().clone();
    let (mut parts, body) = http::Response::from(answer).into_parts();
    // The address would be lost: it travels as an extension.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(carrier.into_parts().0.extensions);
    }
    let body = reqwest::Body::wrap(Counted { body, pacer });
    http::Response::from_parts(parts, body).into()
}

struct Counted {
    body: reqwest::Body,
    pacer: Pacer,
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
            self.pacer.debit(data.len() as u64);
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

impl Drop for Counted {
    fn drop(&mut self) {
        self.pacer.debited();
    }
}
