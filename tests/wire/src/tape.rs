//! Keeps what a client sent and what it got for it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};

/// A stage that keeps the last exchange. Clones share it.
#[derive(Clone, Default)]
pub struct Tape(Arc<Mutex<Option<Exchange>>>);

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method and the address that was called.
    pub request: String,
    /// The status of the answer.
    pub status: u16,
    /// What the server says against the request; empty if nothing.
    pub violations: String,
    /// The answer's body, as it came.
    pub body: Vec<u8>,
}

impl Tape {
    /// The last exchange; None if no request was answered since.
    pub fn take(&self) -> Option<Exchange> {
        self.0.lock().ok()?.take()
    }
}

#[async_trait]
impl Middleware for Tape {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let told = format!("{} {}", request.method(), request.url());
        let response = next.run(request, extensions).await?;
        let mut again = http::Response::builder().status(response.status());
        if let Some(headers) = again.headers_mut() {
            headers.extend(response.headers().clone());
        }
        let status = response.status().as_u16();
        let violations = response.headers().get("sl-violations");
        let violations =
            violations.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
        let body = response.bytes().await?;
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some(Exchange {
                request: told,
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
