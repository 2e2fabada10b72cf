//! The types that a middleware of your own needs, in the versions that the client uses.
//!
//! A middleware sees each call once, before retries and without credentials. It may change
//! the request, respond itself, or look at the response. The request's extensions hold the
//! [`CurrentCall`], which has the operation and the options; it must stay there.
//!
//! ```
//! use perspio_http::middleware::{
//!     Extensions, Middleware, Next, Request, Response, Result, async_trait,
//! };
//!
//! /// Marks every request with the name of the job that sends it.
//! struct Job(&'static str);
//!
//! #[async_trait]
//! impl Middleware for Job {
//!     async fn handle(
//!         &self,
//!         mut request: Request,
//!         extensions: &mut Extensions,
//!         next: Next<'_>,
//!     ) -> Result<Response> {
//!         let name = reqwest::header::HeaderValue::from_static(self.0);
//!         request.headers_mut().insert("x-job", name);
//!         next.run(request, extensions).await
//!     }
//! }
//! ```

pub use crate::call::CurrentCall;
pub use async_trait::async_trait;
pub use http::Extensions;
pub use reqwest::{Request, Response};
pub use reqwest_middleware::{Error, Middleware, Next, Result};
