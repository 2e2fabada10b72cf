//! Requests to endpoints that the document does not know.

mod address;

use std::fmt;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::carry;
use crate::decode::read;
use crate::error::Error;
use crate::items::{Items, items};
use crate::operation::Operation;
use crate::options::{CallOptions, Priority};
use crate::pipeline::Pipeline;
use crate::response::{Reading, Success};

/// A request to any endpoint of the API, made by [`Pipeline::request`]. It goes
/// the way of all calls: credentials, time limits, retries and errors are theirs.
///
/// What is wrong with it is told by [`send`](Self::send), [`fetch`](Self::fetch)
/// or [`stream`](Self::stream), and nothing is sent then.
///
/// ```no_run
/// use http::Method;
/// use serde_json::{Value, json};
///
/// # async fn example(pipeline: perspio_http::Pipeline) -> Result<(), perspio_http::Error> {
/// let request = pipeline.request(Method::GET, "/workflows/v3/");
/// let workflows: Value = request.query(&[("top", "10")]).fetch().await?;
///
/// let request = pipeline.request(Method::PATCH, "/workflows/v3/IN-WF-000001");
/// request.json(&json!({ "name": "Night shift" })).send().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `send`, `fetch` or `stream`"]
pub struct ApiRequest {
    pipeline: Pipeline,
    /// None: the request is judged by its method.
    operation: Option<&'static Operation>,
    request: Result<RequestBuilder, Error>,
}

impl Pipeline {
    /// A request to any endpoint, known to the document or not.
    ///
    /// `path` begins with `/`, comes after the [base URL](Self::base_url), and may
    /// hold a query. It is sent as it is given, percent-encoding included; one that
    /// could not be (`..`, `//`, a fragment, a space) is refused. Whether the
    /// request writes is judged by its method.
    pub fn request(&self, method: Method, path: &str) -> ApiRequest {
        let url = address::of(self.base(), &method, path);
        ApiRequest {
            request: url.map(|url| self.http().request(method, url)),
            pipeline: self.clone(),
            operation: None,
        }
    }

    /// A request of an operation whose path has no parameters.
    pub fn operation(&self, operation: &'static Operation) -> ApiRequest {
        ApiRequest::of_operation(self, operation, operation.path)
    }

    /// The error of a call of `operation` that cannot be sent for `reason`.
    #[cold]
    pub(crate) fn invalid(&self, operation: &Operation, reason: String) -> Error {
        let Operation { method, path, .. } = operation;
        let host = self.base().host_str().unwrap_or_default();
        Error::invalid_request(format!("{method} {path} ({host}): {reason}"))
    }
}

impl ApiRequest {
    pub(crate) fn of_operation(
        pipeline: &Pipeline,
        operation: &'static Operation,
        path: &str,
    ) -> Self {
        let method = Method::from_bytes(operation.method.as_bytes())
            .map_err(|_| Error::invalid_request("the operation's method is none"));
        let url = pipeline.address(path);
        Self {
            request: method.map(|method| pipeline.http().request(method, url)),
            pipeline: pipeline.clone(),
            operation: Some(operation),
        }
    }

    /// Adds the members of a struct, or pairs of names and values, to the query.
    pub fn query(self, query: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.query(query))
    }

    /// Sends `value` as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.json(value))
    }

    /// Sends any bytes, of the type `content_type` (`text/csv`). A stream cannot
    /// be sent twice: such a request is never repeated.
    pub fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        self.with(|request| request.header(CONTENT_TYPE, content_type).body(body))
    }

    /// A header more. Those that carry credentials are always the client's own.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.with(|request| request.header(name, value))
    }

    /// Adds several headers. Those that carry credentials are always the client's own.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|request| request.headers(headers))
    }

    /// Other options than the client's.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.pipeline = self.pipeline.with_options(options);
        self
    }

    /// The longest that the call may take in all, see [`CallOptions::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        let options = self.pipeline.options().clone();
        self.options(options.timeout(timeout))
    }

    /// Whether the call goes before others.
    pub fn priority(self, priority: Priority) -> Self {
        let options = self.pipeline.options().clone();
        self.options(options.priority(priority))
    }

    /// Sends the request once, whatever comes of it.
    pub fn without_retry(self) -> Self {
        let options = self.pipeline.options().clone();
        self.options(options.without_retry())
    }

    /// Sends it; the answer's body is still to be read. An error status is an
    /// [`Error`], as for every call.
    pub async fn send(self) -> Result<Response, Error> {
        let answer = self.execute(Reading::AsItComes).await?;
        Ok(answer.into())
    }

    /// Sends it and reads the answer, which is JSON. An empty one reads as null.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T, Error> {
        read(&mut self.execute(Reading::Whole).await?).await
    }

    /// Sends it and reads the answer, which is a list, item by item.
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Items<T>, Error> {
        Ok(items(self.send().await?))
    }

    pub(crate) async fn execute(self, reading: Reading) -> Result<Success, Error> {
        let request = self
            .request?
            .build()
            .map_err(|cause| carry::unpack(&cause))?;
        let call = self
            .operation
            .map(|operation| self.pipeline.call_of(Some(operation), &request))
            .transpose();
        let failed = |error| error;
        self.pipeline.send(request, call, reading, failed).await
    }

    fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = self.request.map(change);
        self
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}
