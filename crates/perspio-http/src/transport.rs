//! The layer that sends single attempts, below credentials, rate limits and retries.

pub use async_trait::async_trait;
pub use reqwest::{Client, Request, Response};

/// Sends the single attempts of a client in place of its HTTP client: see
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// A transport sees what is sent: each attempt, with its credentials, after it has waited for
/// the rate limits. It can log around `http.execute(request)`, or return a response without a
/// network. Token requests are not sent through it.
///
/// ```
/// use perspio_http::transport::{Client, Request, Response, Transport, async_trait};
///
/// /// Prints the method and the path of each attempt.
/// struct Printed;
///
/// #[async_trait]
/// impl Transport for Printed {
///     async fn send(&self, http: &Client, request: Request) -> reqwest::Result<Response> {
///         println!("{} {}", request.method(), request.url().path());
///         http.execute(request).await
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request`. `http` is the client that sends it without a transport.
    ///
    /// # Errors
    /// The errors of `http`, which the client retries where that is safe.
    async fn send(&self, http: &Client, request: Request) -> reqwest::Result<Response>;
}
