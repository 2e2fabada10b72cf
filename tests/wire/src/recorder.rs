//! Records the requests of a client and their responses.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response, ResponseBuilderExt};
use reqwest_middleware::{Middleware, Next};

/// A middleware that records the last exchange. Clones share it.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Option<Exchange>>>);

/// One request and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method and the address that was called.
    pub request: String,
    /// The status of the response.
    pub status: u16,
    /// The violations that the server reports; empty if there is none.
    pub violations: String,
    /// The body of the response, unchanged.
    pub body: Vec<u8>,
}

impl Recorder {
    /// Takes the last exchange; `None` if there was no response since the last call.
    pub fn take(&self) -> Option<Exchange> {
        self.0.lock().ok()?.take()
    }
}

#[async_trait]
impl Middleware for Recorder {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let request_line = format!("{} {}", request.method(), request.url());
        let response = next.run(request, extensions).await?;
        // Errors name the address of a response.
        let mut again = http::Response::builder()
            .status(response.status())
            .url(response.url().clone());
        if let Some(headers) = again.headers_mut() {
            headers.extend(response.headers().clone());
        }
        let status = response.status().as_u16();
        let violations = response.headers().get("sl-violations");
        let violations =
            violations.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
        let body = response.bytes().await?;
        if let Ok(mut last) = self.0.lock() {
            *last = Some(Exchange {
                request: request_line,
                status,
                violations: violations.unwrap_or_default(),
                body: body.to_vec(),
            });
        }
        let again = again
            .body(body)
            .map_err(reqwest_middleware::Error::middleware)?;
        Ok(again.into())
    }
}
