//! Requests, to the operations of a document and to any other endpoint.

mod address;

use std::fmt;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use perspio_auth::endpoint::Endpoint;
use perspio_auth::transport::root_cause;
use progenitor_client::ResponseValue;
use reqwest::{Body, Request, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::client::{ApiClient, url};
use crate::decode;
use crate::download::{self, Download, IDENTITY};
use crate::error::Error;
use crate::events::{self, EventStream};
use crate::items::{Items, items};
use crate::multipart::FormParts;
use crate::operation::Operation;
use crate::options::{CallOptions, Priority};
use crate::replay::Replay;
use crate::response::{BodyMode, CallResponse};

/// A request to any endpoint of the API, made by [`ApiClient::request`]. It goes through
/// the same path as all calls: credentials, timeouts, retries and errors are the same.
///
/// An invalid request is reported by [`send`](Self::send), [`fetch`](Self::fetch) or
/// [`stream`](Self::stream), and nothing is sent.
///
/// ```no_run
/// use http::Method;
/// use serde_json::{Value, json};
///
/// # async fn example(client: perspio_http::ApiClient) -> Result<(), perspio_http::Error> {
/// let sites: Value = client.request(Method::GET, "/sites/v3/").fetch().await?;
///
/// let request = client.request(Method::PATCH, "/assets/v3/IN-000123");
/// request.json(&json!({ "description": "Night shift" })).send().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `send`, `fetch` or `stream`"]
pub struct ApiRequest {
    client: ApiClient,
    /// `None`: the request is judged by its method.
    operation: Option<&'static Operation>,
    request: Result<RequestBuilder, Error>,
    /// Whether the server has sent its URL, which need not be that of the operation.
    follows_link: bool,
}

impl ApiClient {
    /// Begins a request to any endpoint, whether a document describes it or not.
    ///
    /// `path` begins with `/`, is relative to the [base URL](Self::base_url), and may have
    /// a query. It is sent as it is given, percent-encoding included; one that could not
    /// be (`..`, `//`, a fragment, a space) is an error. Whether the request writes is
    /// judged by its method.
    pub fn request(&self, method: Method, path: &str) -> ApiRequest {
        let url = address::of(self.profile().base_url().url(), &method, path);
        ApiRequest {
            request: match url {
                Ok(url) => Ok(self.build(method, url)),
                Err(reason) => Err(self.invalid(&method, path_of(path), reason)),
            },
            client: self.clone(),
            operation: None,
            follows_link: false,
        }
    }

    /// Begins a request of an operation whose path has no parameters.
    pub fn operation(&self, operation: &'static Operation) -> ApiRequest {
        ApiRequest::of_operation(self, operation, operation.path)
    }
}

impl ApiRequest {
    pub(crate) fn of_operation(
        client: &ApiClient,
        operation: &'static Operation,
        path: &str,
    ) -> Self {
        let method = Method::from_bytes(operation.method.as_bytes())
            .map_err(|_| client.invalid_operation(operation, "its method is not an HTTP method"));
        let server = client.server(operation);
        let request = method.and_then(|method| Ok(client.build(method, url(server?, path))));
        Self {
            request,
            client: client.clone(),
            operation: Some(operation),
            follows_link: false,
        }
    }

    /// Adds the members of a struct, or pairs of names and values, to the query.
    pub fn query(self, query: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.query(query))
    }

    /// Sets the body to `value` as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.json(value))
    }

    /// Sets the body to any bytes of the type `content_type` (`text/csv`). A stream cannot
    /// be replayed: such a request is never retried.
    pub fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        self.with(|request| request.header(CONTENT_TYPE, content_type).body(body))
    }

    /// Sets the body to a form (`multipart/form-data`). A part that is invalid is an error of the
    /// call.
    pub fn multipart(mut self, parts: FormParts) -> Self {
        match parts.into_form() {
            Ok(form) => self.body(&form.content_type(), form),
            Err(reason) => {
                let error = match self.operation {
                    Some(operation) => self.client.invalid_operation(operation, reason),
                    None => Error::invalid_request(reason),
                };
                self.request = self.request.and(Err(error));
                self
            }
        }
    }

    /// Adds a header. One that the client sets itself is an error of the call.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.with(|request| request.header(name, value))
    }

    /// Adds several headers. One that the client sets itself is an error of the call.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|request| request.headers(headers))
    }

    /// Sets options of this call. An option that is not set keeps the client's value.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.client = self.client.with_options(options);
        self
    }

    /// Sets the longest time that the call may take in total; see
    /// [`CallOptions::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        self.options(CallOptions::new().timeout(timeout))
    }

    /// Sets the priority in the queue of the rate limits.
    pub fn priority(self, priority: Priority) -> Self {
        self.options(CallOptions::new().priority(priority))
    }

    /// Disables retries. A 401 still triggers one token refresh.
    pub fn without_retry(self) -> Self {
        self.options(CallOptions::new().without_retry())
    }

    /// Sends the request and returns the response, whose body is still to be read. An
    /// error status is an [`Error`], as for every call.
    pub async fn send(self) -> Result<Response, Error> {
        Ok(self.respond(BodyMode::Streamed).await?.into())
    }

    /// Sends the request and decodes the JSON body of its response. An empty body decodes
    /// as null.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T, Error> {
        decode::value(&mut self.respond(BodyMode::Buffered).await?)
    }

    /// Sends the request and decodes the list in its response item by item.
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Items<T>, Error> {
        Ok(items(self.respond(BodyMode::Streamed).await?))
    }

    /// Sends the request and returns the server-sent events of its response, whose data is
    /// JSON. The request accepts `text/event-stream`, unless it has the header `Accept`.
    pub async fn events<T: DeserializeOwned>(self) -> Result<EventStream<T>, Error> {
        let response = self.event_stream(events::json, None).await?;
        Ok(response.into_inner())
    }

    /// Sends the request and returns the server-sent events of its response, whose data is
    /// text. The request accepts `text/event-stream`, unless it has the header `Accept`.
    pub async fn text_events(self) -> Result<EventStream<String>, Error> {
        let response = self.event_stream(events::text, None).await?;
        Ok(response.into_inner())
    }

    /// Sends the request and returns the bytes of its response, whose transfer continues after
    /// the connection breaks.
    pub async fn download(self) -> Result<Download, Error> {
        let (response, replay) = self.replayable(ACCEPT_ENCODING, IDENTITY).await?;
        Ok(download::of(response, replay))
    }

    /// Sends the request for the bytes from `position` on, of the representation that
    /// `validator` names: the strong entity tag with its quotation marks, or the
    /// `Last-Modified` of an earlier download.
    ///
    /// # Errors
    /// [`Error::NotResumed`] if the representation has changed, and [`Error::Api`] with 416 if
    /// it has no more bytes.
    pub async fn download_from(self, position: u64, validator: &str) -> Result<Download, Error> {
        let place = download::Place::new(position, validator)?;
        let request = self.headers(place.headers());
        let (response, replay) = request.replayable(ACCEPT_ENCODING, IDENTITY).await?;
        place.of(response, replay)
    }

    /// Sends the request and returns the server-sent events of its response.
    pub(crate) async fn event_stream<T>(
        self,
        decode: events::Decode<T>,
        end_marker: Option<&'static str>,
    ) -> Result<ResponseValue<EventStream<T>>, Error> {
        let limit = self.client.shared.max_response_bytes;
        let (response, replay) = self.replayable(ACCEPT, events::MEDIA_TYPE).await?;
        events::response_value(response, replay, limit, decode, end_marker)
    }

    /// Sends the request, with a header unless it has it already. Returns the response, whose
    /// body is streamed, with what sends the request again.
    async fn replayable(
        self,
        name: HeaderName,
        value: &'static str,
    ) -> Result<(CallResponse, Option<Replay>), Error> {
        let (call, request) = self.into_call(BodyMode::Streamed);
        let mut request = request?;
        let headers = request.headers_mut();
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
        let replay = Replay::of(&call.client, call.operation, &request);
        let response = call.run(&mut request).await?;
        Ok((response, replay))
    }

    /// Sends the request. It is built when this is called, and borrowed from then on:
    /// each `async fn` that takes it by value would store it once more.
    pub(crate) fn respond(
        self,
        body_mode: BodyMode,
    ) -> impl Future<Output = Result<CallResponse, Error>> + Send {
        let mut prepared = self.into_call(body_mode);
        async move {
            let (call, request) = &mut prepared;
            match request {
                Ok(request) => call.run(request).await,
                Err(error) => Err(error.clone()),
            }
        }
    }

    /// Returns the call of the request, and the request or why it is invalid.
    pub(crate) fn into_call(self, body_mode: BodyMode) -> (Call, Result<Request, Error>) {
        let call = Call {
            client: self.client,
            operation: self.operation,
            follows_link: self.follows_link,
            body_mode,
        };
        let request = self.request.and_then(|it| it.build().map_err(invalid));
        (call, request)
    }

    /// Returns the base URL of its server.
    pub(crate) fn base_url(&self) -> Result<&Endpoint, Error> {
        match self.operation {
            Some(operation) => self.client.server(operation),
            None => Ok(self.client.profile().base_url()),
        }
    }

    /// Replaces its URL by that of a next page, which the server has sent. It must be below the
    /// base URL.
    pub(crate) fn of_next_page(mut self, url: Url) -> Self {
        self.request = self.request.and_then(|request| {
            let (http, request) = request.build_split();
            let mut request = request.map_err(invalid)?;
            *request.url_mut() = url;
            // Some servers repeat the query of the request.
            self.client.auth.remove_query_keys(request.url_mut());
            Ok(RequestBuilder::from_parts(http, request))
        });
        self.follows_link = true;
        self
    }

    fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = self.request.map(change);
        self
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Returns the path that an error may show of a caller's text: no query, and nothing of
/// another URL, which may hold a password.
fn path_of(text: &str) -> &str {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with('/') { path } else { "" }
}

#[cold]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is an argument of `map_err`"
)]
fn invalid(cause: reqwest::Error) -> Error {
    Error::invalid_request(root_cause(&cause))
}
