//! The runtime of generated code. Hidden from the documentation: it changes together
//! with the generator, and programs do not use it.
//!
//! Generated code builds a request with [`request`] and sends it with [`call`],
//! [`call_bytes`] or [`call_empty`]. It holds no HTTP client, so it
//! has no other way to send one.

use std::any::type_name;
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::{self, Debug, Display};

use futures::FutureExt;
pub use http::header::{ACCEPT, CONTENT_TYPE};
pub use http::{HeaderMap, HeaderValue};
pub use progenitor_client::{ByteStream, QueryParam, ResponseValue};
pub use reqwest::Body;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use crate::client::ApiClient;
pub use crate::dates::{Dates, dates, nullable_dates};
use crate::decode;
use crate::download::Download;
use crate::error::Error;
use crate::events::{self, EventStream};
pub use crate::multipart::Multipart;
pub use crate::nullable::some;
use crate::operation::Operation;
pub use crate::pages::{
    Page, Paging, at_position, page_items, page_member, position, stream_pages,
};
pub use crate::request::ApiRequest;
use crate::response::{BodyMode, CallResponse};
pub use crate::style::{Style, cookie, encode_path, form, header, path, query};
pub use crate::union::{Constant, Json, Shape, Variant, union};
pub use crate::webhook::webhook;

/// The position of the first page.
pub const FIRST_PAGE: Value = Value::Null;

/// The length of a rejected value in an error, in characters.
const REJECTED_VALUE_LENGTH: usize = 100;

/// Returns the operation `id` of a client. Evaluated at compile time: an operation that
/// is not listed does not compile.
#[expect(clippy::panic, reason = "evaluated at compile time")]
pub const fn operation(operations: &'static [Operation], id: &str) -> &'static Operation {
    match Operation::find(operations, id) {
        Some(operation) => operation,
        None => panic!("the operation is missing from OPERATIONS"),
    }
}

/// Begins a request of `operation`. `path` is relative to the URL of the operation's server,
/// with its parameters filled in and percent-encoded; it may have a query.
pub fn request(client: &ApiClient, operation: &'static Operation, path: &str) -> ApiRequest {
    ApiRequest::of_operation(client, operation, path)
}

/// Sends a request and decodes the JSON body of its response. An empty body decodes as
/// null.
pub fn call<T: DeserializeOwned>(
    request: ApiRequest,
) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send {
    let response = request.respond(BodyMode::Buffered);
    response.map(|response| decode::response_value(response?))
}

/// Sends a request and decodes the JSON body of its response by `decode`, which chooses the type
/// by the status.
pub fn call_by_status<T>(
    request: ApiRequest,
    decode: fn(u16, JsonBody) -> Result<T, Error>,
) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send {
    let response = request.respond(BodyMode::Buffered);
    response.map(move |response| {
        let response = response?;
        // The error of a body that does not fit needs the headers, too.
        let (status, headers) = (response.status(), response.response.headers().clone());
        let value = decode(status.as_u16(), JsonBody(response))?;
        Ok(ResponseValue::new(value, status, headers))
    })
}

/// The JSON body of a response that is not decoded yet.
pub struct JsonBody(CallResponse);

impl JsonBody {
    /// Decodes it as a value, of which `make` makes a union. An empty body decodes as null.
    ///
    /// # Errors
    /// [`Error::Decode`].
    pub fn decode<V: DeserializeOwned, T>(mut self, make: fn(V) -> T) -> Result<T, Error> {
        decode::value(&mut self.0).map(make)
    }

    /// Decodes it as a union, whose variant depends on the JSON.
    ///
    /// # Errors
    /// [`Error::Decode`].
    pub fn decode_any<T: DeserializeOwned>(mut self) -> Result<T, Error> {
        decode::value(&mut self.0)
    }
}

/// Sends a request and returns the body of its response as a stream.
pub fn call_bytes(
    request: ApiRequest,
) -> impl Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send {
    let response = request.respond(BodyMode::Streamed);
    response.map(|response| Ok(ResponseValue::stream(response?.into())))
}

/// Sends a request whose response has no body of interest.
pub fn call_empty(
    request: ApiRequest,
) -> impl Future<Output = Result<ResponseValue<()>, Error>> + Send {
    let response = request.respond(BodyMode::Streamed);
    response.map(|response| Ok(ResponseValue::empty(response?.into())))
}

/// Sends a request and returns the server-sent events of its response, whose data is JSON. The
/// stream ends at the event whose data is `end_marker`.
pub fn call_events<T: DeserializeOwned>(
    request: ApiRequest,
    end_marker: Option<&'static str>,
) -> impl Future<Output = Result<ResponseValue<EventStream<T>>, Error>> + Send {
    request.event_stream(events::json, end_marker)
}

/// Sends a request and returns the server-sent events of its response, whose data is text. The
/// stream ends at the event whose data is `end_marker`.
pub fn call_text_events(
    request: ApiRequest,
    end_marker: Option<&'static str>,
) -> impl Future<Output = Result<ResponseValue<EventStream<String>>, Error>> + Send {
    request.event_stream(events::text, end_marker)
}

/// Sends a request and returns its response as a download.
pub fn download(request: ApiRequest) -> impl Future<Output = Result<Download, Error>> + Send {
    request.download()
}

/// Sends a request for the bytes from `position` on, of the representation that `validator`
/// names, and returns its response as a download.
pub fn download_from(
    request: ApiRequest,
    position: u64,
    validator: &str,
) -> impl Future<Output = Result<Download, Error>> + Send {
    request.download_from(position, validator)
}

/// Unwraps a parameter that a setter or an encoding rejected with a reason.
///
/// # Errors
/// [`Error::InvalidRequest`] with the reason and the operation.
pub fn valid<T>(
    client: &ApiClient,
    operation: &'static Operation,
    value: Result<T, String>,
) -> Result<T, Error> {
    value.map_err(|reason| client.invalid_operation(operation, reason))
}

/// The reason for a required parameter that was not set.
#[cold]
pub fn not_set(name: &str) -> String {
    format!("the parameter {name} is required and was not set")
}

/// Converts the value of a parameter.
///
/// # Errors
/// A reason that names the parameter and the rejected value.
pub fn parameter<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T> + Debug,
    V::Error: Display,
{
    // A conversion that cannot fail needs no text of its value.
    let is_infallible = type_name::<V::Error>() == type_name::<Infallible>();
    let rejected = (!is_infallible).then(|| excerpt(&value));
    value.try_into().map_err(|cause| {
        let rejected = rejected.unwrap_or_default();
        format!("the parameter {name} cannot be {rejected}: {cause}")
    })
}

/// Converts the value of a request body, or of a member of one. Its reasons name no
/// value, because a body may be large or confidential.
///
/// # Errors
/// A reason that names the member.
pub fn member<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
{
    value
        .try_into()
        .map_err(|cause| format!("the value of {name} is invalid: {cause}"))
}

/// The reason for a required member of a body that was not set.
#[cold]
pub fn member_not_set(name: &str) -> String {
    format!("the member {name} is required and was not set")
}

/// Converts a parameter to a header value.
///
/// # Errors
/// A reason that names the parameter.
pub fn header_value(name: &str, value: &impl Display) -> Result<HeaderValue, String> {
    HeaderValue::try_from(value.to_string())
        .map_err(|_| format!("the parameter {name} holds a character that a header cannot hold"))
}

/// Converts a required parameter to a header value. Servers read an empty header as a missing
/// one, or as a filter that matches nothing.
///
/// # Errors
/// A reason that names the parameter.
pub fn required_header_value(name: &str, value: &impl Display) -> Result<HeaderValue, String> {
    let value = header_value(name, value)?;
    if value.is_empty() {
        return Err(format!(
            "the parameter {name} is required and its value is empty"
        ));
    }
    Ok(value)
}

/// The error of a conversion into a generated type: a string that the type does not
/// allow, or a builder that lacks a member.
pub struct ConversionError(Cow<'static, str>);

impl std::error::Error for ConversionError {}

impl Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl Debug for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl From<&'static str> for ConversionError {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

impl From<String> for ConversionError {
    fn from(reason: String) -> Self {
        Self(reason.into())
    }
}

fn excerpt(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(REJECTED_VALUE_LENGTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_parameter_is_named_with_its_value_and_the_reason() {
        let number: Result<u8, String> = parameter("page", 300_i32);
        let reason = number.unwrap_err();
        assert!(
            reason.contains("page") && reason.contains("300"),
            "{reason}"
        );
        let long = parameter::<_, Short>("id", "x".repeat(1_000)).unwrap_err();
        assert!(long.contains('…') && long.len() < 200, "{long}");
        assert_eq!(parameter("name", "text"), Ok("text".to_owned()));
    }

    #[test]
    fn a_required_header_with_an_empty_value_is_an_error() {
        let reason = required_header_value("X-Tenant", &"").unwrap_err();
        assert!(reason.contains("X-Tenant is required"), "{reason}");
        assert_eq!(required_header_value("X-Tenant", &"a").unwrap(), "a");
    }

    #[derive(Debug)]
    struct Short;

    impl TryFrom<String> for Short {
        type Error = &'static str;

        fn try_from(_: String) -> Result<Self, Self::Error> {
            Err("too long")
        }
    }
}
