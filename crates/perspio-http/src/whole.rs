//! Reads an answer whole where the caller wants it whole, within the attempt
//! that brought it: an answer that breaks off is then as good as none.

use http::Extensions;
use perspio_auth::stage::{Onward, Stage};
use reqwest::{Request, Response, StatusCode};

use crate::body::{Held, with_body};
use crate::pace::ByteCounter;

/// How a caller reads the body of a success. Stands in the request's extensions
/// if it is not whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reading {
    #[default]
    Whole,
    AsItComes,
}

/// Stands inside of repeating. Errors are left unread: a part of them is enough.
#[derive(Debug)]
pub(crate) struct Whole;

impl Stage for Whole {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        let mut response = next.send(request, extensions).await?;
        let reading: Reading = extensions.get().copied().unwrap_or_default();
        if reading == Reading::Whole && response.status().is_success() {
            read(&mut response, None).await?;
        }
        Ok(response)
    }
}

/// Reads the body of `response`, which [holds](Held) it in its extensions then: to
/// put it in its place again would take a new response.
pub(crate) async fn read(
    response: &mut Response,
    counter: Option<ByteCounter>,
) -> reqwest::Result<()> {
    let mut held = Held::default();
    while let Some(piece) = response.chunk().await? {
        if let Some(counter) = &counter {
            counter.count(&piece);
        }
        held.push(piece);
    }
    response.extensions_mut().insert(held);
    Ok(())
}

/// The response, as those know it who read its body from it.
pub(crate) fn complete(mut response: Response) -> Response {
    match response.extensions_mut().remove::<Held>() {
        Some(held) => with_body(response, |_| held.into_body()),
        None => response,
    }
}

/// A success, whose body may be held beside it already. Generated clients read it
/// with [`decode`](crate::decode); whoever reads it otherwise makes it a `Response`.
#[derive(Debug)]
pub struct Success(pub(crate) Response);

impl Success {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }
}

impl From<Response> for Success {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl From<Success> for Response {
    fn from(success: Success) -> Self {
        complete(success.0)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::ResponseBuilderExt;

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
        read(&mut response, None).await.unwrap();
        let read = Success(response);
        assert_eq!(read.status(), 201);
        let whole = Response::from(read);
        assert_eq!(whole.url(), &address);
        assert_eq!(whole.status(), 201);
        assert_eq!(whole.headers()["request-id"], "r-1");
        assert_eq!(whole.extensions().get::<Mark>(), Some(&Mark));
        assert_eq!(whole.text().await.unwrap(), "text");
    }
}
