//! Reads an answer whole where the caller wants it whole, within the attempt
//! that brought it: an answer that breaks off is then as good as none.

use std::fmt;

use http::Extensions;
use perspio_auth::SentCredentials;
use perspio_auth::stage::{Onward, Stage};
use reqwest::{Request, Response, StatusCode};

use crate::body::{Held, with_body};
use crate::limits::ByteCounter;

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
            let held = read(&mut response, None).await?;
            response.extensions_mut().insert(held);
        }
        Ok(response)
    }
}

/// Reads the body of `response`.
pub(crate) async fn read(
    response: &mut Response,
    counter: Option<ByteCounter>,
) -> reqwest::Result<Held> {
    let mut held = Held::default();
    while let Some(piece) = response.chunk().await? {
        if let Some(counter) = &counter {
            counter.count(&piece);
        }
        held.push(piece);
        // What was announced has come: to ask for more costs one more round.
        if response.content_length() == Some(0) {
            break;
        }
    }
    Ok(held)
}

/// A success, whose body may stand beside it already: to put it in its place again
/// would take a new response. Generated clients read it with
/// [`decode`](crate::decode); whoever reads it otherwise makes it a `Response`.
pub struct Success {
    pub(crate) response: Response,
    pub(crate) held: Option<Held>,
    /// What it was asked for with.
    pub(crate) sent: Option<SentCredentials>,
}

impl Success {
    pub(crate) fn read(response: Response, held: Held, sent: SentCredentials) -> Self {
        Self {
            response,
            held: Some(held),
            sent: Some(sent),
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }
}

impl From<Response> for Success {
    fn from(mut response: Response) -> Self {
        let extensions = response.extensions_mut();
        Self {
            held: extensions.remove(),
            sent: extensions.remove(),
            response,
        }
    }
}

impl From<Success> for Response {
    fn from(success: Success) -> Self {
        let Success {
            mut response,
            held,
            sent,
        } = success;
        if let Some(sent) = sent {
            response.extensions_mut().insert(sent);
        }
        match held {
            Some(held) => with_body(response, |_| held.into_body()),
            None => response,
        }
    }
}

impl fmt::Debug for Success {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Success")
            .field("status", &self.status())
            .finish_non_exhaustive()
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
        let held = read(&mut response, None).await.unwrap();
        response.extensions_mut().insert(held);
        let read = Success::from(response);
        assert_eq!(read.status(), 201);
        let whole = Response::from(read);
        assert_eq!(whole.url(), &address);
        assert_eq!(whole.status(), 201);
        assert_eq!(whole.headers()["request-id"], "r-1");
        assert_eq!(whole.extensions().get::<Mark>(), Some(&Mark));
        assert_eq!(whole.text().await.unwrap(), "text");
    }
}
