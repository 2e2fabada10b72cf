//! Reads an answer whole where the caller wants it whole, within the attempt
//! that brought it: an answer that breaks off is then as good as none.

use http::Extensions;
use perspio_auth::stage::{Onward, Stage};
use reqwest::{Request, Response};

use crate::body::{Held, with_body};

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
        let response = next.send(request, extensions).await?;
        let reading: Reading = extensions.get().copied().unwrap_or_default();
        if reading == Reading::Whole && response.status().is_success() {
            Ok(read(response).await?)
        } else {
            Ok(response)
        }
    }
}

/// The same response with its body in memory.
async fn read(mut response: Response) -> reqwest::Result<Response> {
    let mut held = Held::default();
    while let Some(piece) = response.chunk().await? {
        held.push(piece);
    }
    Ok(with_body(response, |_| held.into_body()))
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
        let whole = read(response).await.unwrap();
        assert_eq!(whole.url(), &address);
        assert_eq!(whole.status(), 201);
        assert_eq!(whole.headers()["request-id"], "r-1");
        assert_eq!(whole.extensions().get::<Mark>(), Some(&Mark));
        assert_eq!(whole.text().await.unwrap(), "text");
    }
}
