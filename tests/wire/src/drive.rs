//! Calls a client with given values, and classifies each call by the server's validation of
//! the request and by the value that was decoded from the response.

mod events;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::TryStreamExt;
use perspio_http::auth::endpoint::Endpoint;
use perspio_http::auth::http::{HeaderName, HeaderValue};
use perspio_http::auth::{FixedToken, Profile, SecretString};
use perspio_http::{ApiClient, CallOptions, EventStream, FilePart, FormParts, RetryPolicy};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Exchange, Recorder, contradictions, difference, violations};

/// The time limit of a response. Most take milliseconds; some that the server generates from
/// its document take minutes, in which it serves no other request.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// All calls of one document.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Plan {
    /// The headers that the document requires for keys.
    pub keys: Vec<String>,
    /// The calls, in any order.
    pub calls: Vec<Call>,
    /// The names of the servers of operations other than that of the document.
    pub servers: BTreeSet<String>,
}

/// One call of an operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Call {
    /// The id of the operation in the client.
    pub operation: String,
    /// The values to set, by the names of the builder's methods.
    pub values: Map<String, Value>,
}

/// The outcome of one call.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Outcome {
    /// The request was accepted, and its response decoded without loss.
    Good,
    /// The response cannot be judged, because the server does not send what it declares.
    Skipped(String),
    /// A valid value cannot be represented in the client's types.
    NotRepresentable(String),
    /// The client did not send it, or got no response.
    NotSent(String),
    /// There was no response within [`RESPONSE_TIMEOUT`].
    TimedOut,
    /// The server rejected the request, because it does not conform to the document.
    Rejected(String),
    /// The server's response does not conform to its own document, and cannot be decoded
    /// without loss.
    Contradicted(String),
    /// The response cannot be decoded.
    NotDecoded(String),
    /// The decoded response is not equal to the original.
    Lost(String),
}

/// The response as the client returned it.
#[derive(Debug)]
pub enum Decoded {
    /// A typed value, encoded again.
    Json(Value),
    /// Bytes as they came.
    Bytes(Vec<u8>),
    /// The data of the events of a stream, each encoded again, and the error that ended it.
    Events(Vec<Value>, Option<String>),
    /// A success whose body is not read.
    Nothing,
}

impl Decoded {
    /// Encodes a typed value again.
    pub fn of(value: &impl Serialize) -> Result<Self, Outcome> {
        encoded(value).map(Self::Json)
    }
}

fn encoded(value: &impl Serialize) -> Result<Value, Outcome> {
    let lost = |cause: serde_json::Error| Outcome::Lost(cause.to_string());
    // Encoded as text first, because `to_value` adds digits to an `f32`.
    let text = serde_json::to_string(value).map_err(lost)?;
    serde_json::from_str(&text).map_err(lost)
}

/// Reads the events of a response, up to the first error.
pub async fn events<T: Serialize>(stream: EventStream<T>) -> Result<Decoded, Outcome> {
    // A new connection would bring the same events.
    let mut data = Box::pin(stream.without_reconnect().data());
    let mut all = Vec::new();
    loop {
        match data.try_next().await {
            Ok(Some(one)) => all.push(encoded(&one)?),
            Ok(None) => return Ok(Decoded::Events(all, None)),
            Err(cause) => return Ok(Decoded::Events(all, Some(cause.to_string()))),
        }
    }
}

/// Returns a file with this content.
pub fn file(content: String) -> FilePart {
    FilePart::bytes("file.bin", content)
}

/// Returns a form of parts: texts, or JSON.
pub fn parts(parts: Map<String, Value>) -> FormParts {
    let mut form = FormParts::new();
    for (name, value) in parts {
        form = match value {
            Value::String(text) => form.text(&name, text),
            value => form.json(&name, &value),
        };
    }
    form
}

/// The values of one call.
pub struct Values(Map<String, Value>);

impl Values {
    /// Returns the values of `call`.
    pub fn new(call: &Call) -> Self {
        Self(call.values.clone())
    }

    /// Takes one value as its type; `None` if it is not set.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Outcome> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let text = value.to_string();
        let typed = serde_json::from_value(value);
        typed
            .map(Some)
            .map_err(|cause| Outcome::NotRepresentable(format!("{name}: {cause}: {text}")))
    }

    /// Returns an error if a value is left, because it would not be sent.
    pub fn end(self) -> Result<(), Outcome> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(Outcome::NotRepresentable(format!("nothing sets {name}"))),
        }
    }
}

/// Returns a client of `base_url` that writes to `recorder`, with made-up credentials and a
/// header for each of the keys of `plan`. The other servers of the API are at the same address.
pub fn client(base_url: &str, plan: &Plan, recorder: &Recorder) -> Result<ApiClient, String> {
    let text = |cause: &dyn std::fmt::Display| cause.to_string();
    let base_url = base_url.parse::<Endpoint>().map_err(|cause| text(&cause))?;
    let mut profile = Profile::custom("the API", base_url.clone(), &base_url);
    for server in &plan.servers {
        profile = profile.with_server(server.clone(), base_url.clone());
    }
    for key in &plan.keys {
        let name: HeaderName = key.parse().map_err(|cause| text(&cause))?;
        let value = SecretString::from("key");
        profile = profile
            .with_header(name, &value)
            .map_err(|cause| text(&cause))?;
    }
    ApiClient::builder(profile)
        .retry(RetryPolicy::none())
        .middleware(recorder.clone())
        .credential(FixedToken::new("token"))
        .build()
        .map_err(|cause| text(&cause))
}

/// Returns the same client, for which the server generates responses from the schemas
/// instead of returning the examples of the document.
pub fn with_generated_responses(client: &ApiClient) -> ApiClient {
    let prefer = HeaderName::from_static("prefer");
    let made = HeaderValue::from_static("dynamic=true");
    client.with_options(CallOptions::new().header(prefer, made))
}

/// Classifies a call by its response or error, and by the recorded exchange.
pub fn classify(response: Result<Decoded, String>, exchange: Option<&Exchange>) -> Outcome {
    let own = exchange.map(|exchange| contradictions(&exchange.violations));
    let own = own.unwrap_or_default();
    match of_call(response, exchange) {
        Outcome::NotDecoded(cause) | Outcome::Lost(cause) if !own.is_empty() => {
            Outcome::Contradicted(format!("{}: {cause}", own.join("; ")))
        }
        outcome => outcome,
    }
}

fn of_call(response: Result<Decoded, String>, exchange: Option<&Exchange>) -> Outcome {
    let Some(exchange) = exchange else {
        return Outcome::NotSent(
            response
                .err()
                .unwrap_or_else(|| "no request left".to_owned()),
        );
    };
    let against = violations(&exchange.violations);
    if !against.is_empty() {
        return Outcome::Rejected(format!("{} ({})", against.join("; "), exchange.request));
    }
    let body = String::from_utf8_lossy(&exchange.body);
    let short: String = body.chars().take(300).collect();
    // It accepts the request, and cannot make the bytes of a response.
    if exchange.status == 500 && body.contains("Cannot find serializer for") {
        return Outcome::Skipped("the server does not send this media type".to_owned());
    }
    if !(200..300).contains(&exchange.status) {
        return Outcome::Rejected(format!(
            "{} {short} ({})",
            exchange.status, exchange.request
        ));
    }
    match response {
        Err(cause) => Outcome::NotDecoded(format!("{cause} ({})", exchange.request)),
        Ok(Decoded::Events(back, error)) => of_events(&body, &back, error),
        Ok(Decoded::Nothing) => Outcome::Good,
        Ok(Decoded::Bytes(bytes)) if bytes == exchange.body => Outcome::Good,
        Ok(Decoded::Bytes(_)) => Outcome::Lost("other bytes".to_owned()),
        Ok(Decoded::Json(back)) => {
            // An empty body is read as null.
            let sent = if body.trim().is_empty() {
                "null"
            } else {
                &*body
            };
            let sent: Value = match serde_json::from_str(sent) {
                Ok(sent) => sent,
                Err(cause) => return Outcome::NotDecoded(format!("{cause}: {short}")),
            };
            difference(&sent, &back).map_or(Outcome::Good, Outcome::Lost)
        }
    }
}

/// Classifies an event stream.
fn of_events(body: &str, back: &[Value], error: Option<String>) -> Outcome {
    let sent = events::data(body);
    if sent.is_empty() {
        // The server generates one value of the schema.
        return Outcome::Skipped("the server does not send an event stream".to_owned());
    }
    match error {
        Some(cause) => Outcome::NotDecoded(cause),
        None => events::difference(&sent, back).map_or(Outcome::Good, Outcome::Lost),
    }
}
