//! Bodies put in the place of others.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Response, ResponseBuilderExt};

/// The same response with the body that `replace` makes of its own.
pub(crate) fn with_body(
    response: Response,
    replace: impl FnOnce(reqwest::Body) -> reqwest::Body,
) -> Response {
    let url = response.url().clone();
    let (mut parts, body) = http::Response::from(response).into_parts();
    // The address would be lost: it travels as an extension.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(carrier.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, replace(body)).into()
}

/// A body in the pieces in which it has come: joined, it would stand in memory
/// twice for a moment. Stands in the extensions of a response that was read.
#[derive(Clone, Default)]
pub(crate) struct Held {
    /// Most bodies come in one piece, which stands here without an allocation.
    first: Bytes,
    rest: VecDeque<Bytes>,
    length: u64,
}

impl Held {
    pub(crate) fn push(&mut self, piece: Bytes) {
        self.length += piece.len() as u64;
        if self.first.is_empty() {
            self.first = piece;
        } else {
            self.rest.push_back(piece);
        }
    }

    /// How many bytes have come.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// All that has come, in one.
    pub(crate) fn into_whole(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        let mut pieces = self.into_pieces();
        pieces.make_contiguous().concat().into()
    }

    /// What has come.
    pub(crate) fn into_pieces(mut self) -> VecDeque<Bytes> {
        self.rest.push_front(self.first);
        self.rest
    }

    /// A body to read it from.
    pub(crate) fn into_body(self) -> reqwest::Body {
        if self.rest.is_empty() {
            self.first.into()
        } else {
            reqwest::Body::wrap(self)
        }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match std::mem::take(&mut self.first) {
            none if none.is_empty() => self.rest.pop_front(),
            first => Some(first),
        };
        self.length -= piece.as_ref().map_or(0, Bytes::len) as u64;
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_is_what_came_in_pieces() {
        let text = "abc".repeat(5_000);
        for (text, size) in [(text.as_str(), 3_000), ("one", 3), ("", 1)] {
            let mut held = Held::default();
            for piece in text.as_bytes().chunks(size) {
                held.push(Bytes::copy_from_slice(piece));
            }
            assert_eq!(held.len(), text.len() as u64);
            assert_eq!(held.into_whole(), text);
        }
    }
}
