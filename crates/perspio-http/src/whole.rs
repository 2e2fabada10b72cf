//! Reads an answer whole where the caller wants it whole, within the attempt
//! that brought it: an answer that breaks off is then as good as none.

use std::mem;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response, ResponseBuilderExt};
use reqwest_middleware::{Middleware, Next};

/// Marks a request whose caller reads the whole of a success. Stands in the
/// request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeAnswer;

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
        let is_wanted = extensions.get::<WholeAnswer>().is_some();
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
    let body = response.bytes().await?;
    Ok(whole.map(|()| body).into())
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
