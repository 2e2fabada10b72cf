//! Reads an answer whole where the caller wants it whole, within the attempt
//! that brought it: an answer that breaks off is then as good as none.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::Extensions;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Request, Response, ResponseBuilderExt};
use reqwest_middleware::{Middleware, Next};

/// How a caller reads the body of a success. Stands in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Whole,
    AsItComes,
}

/// Stands inside of repeating. Errors are left unread: a part of them is enough.
#[derive(Debug)]
pub(crate) struct Whole;

#[async_trait]
impl Middleware for Whole {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let response = next.run(request, extensions).await?;
        let is_wanted = extensions.get() == Some(&Reading::Whole);
        if is_wanted && response.status().is_success() {
            Ok(read(response).await?)
        } else {
            Ok(response)
        }
    }
}

/// The same response with its body in memory.
async fn read(mut response: Response) -> reqwest::Result<Response> {
    let url = http::Response::builder().url(response.url().clone());
    // Nothing in it can be invalid; without its address it would still do.
    let mut whole = url.body(()).unwrap_or_default();
    *whole.status_mut() = response.status();
    *whole.version_mut() = response.version();
    *whole.headers_mut() = mem::take(response.headers_mut());
    whole
        .extensions_mut()
        .extend(mem::take(response.extensions_mut()));
    let mut held = Held::default();
    while let Some(piece) = response.chunk().await? {
        held.length += piece.len() as u64;
        held.pieces.push_back(piece);
    }
    Ok(whole.map(|()| reqwest::Body::wrap(held)).into())
}

/// A body in the pieces in which it has come: joined, it would stand in memory
/// twice for a moment.
#[derive(Default)]
struct Held {
    pieces: VecDeque<Bytes>,
    length: u64,
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front();
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

    #[derive(Clone, Debug, PartialEq)]
    struct Mark;

    #[tokio::test]
    async fn a_response_in_memory_is_the_same_response() {
        let address = reqwest::Url::parse("http://api.example/path").unwrap();
        let mut response = Response::from(
            http::Response::builder()
                .url(address.clone())
                .status(201)
                .header("request-id", "r-1")
                .body("text")
                .unwrap(),
        );
        response.extensions_mut().insert(Mark);
        let whole = read(response).await.unwrap();
        assert_eq!(whole.url(), &address);
        assert_eq!(whole.status(), 201);
        assert_eq!(whole.headers()["request-id"], "r-1");
        assert_eq!(whole.extensions().get::<Mark>(), Some(&Mark));
        assert_eq!(whole.text().await.unwrap(), "text");
    }
}
