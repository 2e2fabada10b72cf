//! The buffered body of a response.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Response, ResponseBuilderExt, Url};

/// Returns the same response with the body that `replace` makes of its own.
pub(crate) fn with_body(
    response: Response,
    replace: impl FnOnce(reqwest::Body) -> reqwest::Body,
) -> Response {
    let url = response.url().clone();
    rebuilt(response, url, replace)
}

/// Replaces the URL of `response`.
pub(crate) fn with_url(response: Response, url: Url) -> Response {
    rebuilt(response, url, |body| body)
}

fn rebuilt(
    response: Response,
    url: Url,
    replace: impl FnOnce(reqwest::Body) -> reqwest::Body,
) -> Response {
    let (mut parts, body) = http::Response::from(response).into_parts();
    // reqwest takes the URL of a response from its extensions.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(carrier.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, replace(body)).into()
}

/// Why a body could not be buffered.
pub(crate) enum ReadError {
    /// The connection failed before the body was complete.
    Transport(reqwest::Error),
    /// The body is larger than the limit.
    TooLarge {
        /// The number of bytes that were read.
        read: u64,
    },
}

/// Reads the body of `response` and calls `count` for each of its chunks. A body of more
/// than `limit` bytes is an error.
pub(crate) async fn read(
    response: &mut Response,
    limit: u64,
    count: impl Fn(&Bytes),
) -> Result<BufferedBody, ReadError> {
    let mut body = BufferedBody::default();
    while let Some(chunk) = response.chunk().await.map_err(ReadError::Transport)? {
        count(&chunk);
        body.push(chunk);
        if body.len() > limit {
            return Err(ReadError::TooLarge { read: body.len() });
        }
        // A body of known length is complete: polling for its end would cost another
        // round through the connection.
        if response.content_length() == Some(0) {
            break;
        }
    }
    Ok(body)
}

/// A body in the chunks in which it arrived. Joining them would hold it twice in memory
/// for a moment.
#[derive(Default)]
pub(crate) struct BufferedBody {
    /// Most bodies have a single chunk, which needs no allocation here.
    first: Bytes,
    rest: VecDeque<Bytes>,
    length: u64,
}

impl BufferedBody {
    pub(crate) fn push(&mut self, chunk: Bytes) {
        self.length += chunk.len() as u64;
        if self.first.is_empty() {
            self.first = chunk;
        } else {
            self.rest.push_back(chunk);
        }
    }

    /// Returns the number of bytes.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// Joins the chunks.
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        let mut chunks = self.into_chunks();
        chunks.make_contiguous().concat().into()
    }

    pub(crate) fn into_chunks(mut self) -> VecDeque<Bytes> {
        self.rest.push_front(self.first);
        self.rest
    }

    /// Returns a body to read it from.
    pub(crate) fn into_body(self) -> reqwest::Body {
        if self.rest.is_empty() {
            self.first.into()
        } else {
            reqwest::Body::wrap(self)
        }
    }
}

impl Body for BufferedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = match std::mem::take(&mut self.first) {
            none if none.is_empty() => self.rest.pop_front(),
            first => Some(first),
        };
        self.length -= chunk.as_ref().map_or(0, Bytes::len) as u64;
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_chunks_are_the_body() {
        let text = "abc".repeat(5_000);
        for (text, size) in [(text.as_str(), 3_000), ("one", 3), ("", 1)] {
            let mut body = BufferedBody::default();
            for chunk in text.as_bytes().chunks(size) {
                body.push(Bytes::copy_from_slice(chunk));
            }
            assert_eq!(body.len(), text.len() as u64);
            assert_eq!(body.into_bytes(), text);
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_read_no_further() {
        let response = |size: usize| Response::from(http::Response::new("x".repeat(size)));
        assert!(read(&mut response(10), 10, |_| ()).await.is_ok());
        let outcome = read(&mut response(11), 10, |_| ()).await;
        assert!(matches!(outcome, Err(ReadError::TooLarge { read: 11 })));
    }
}
