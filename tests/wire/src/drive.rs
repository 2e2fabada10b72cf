//! Calls a client with given values, and judges each call by what the server
//! says of the request and by what its answer was decoded to.

use std::time::Duration;

use perspio_http::auth::endpoint::Endpoint;
use perspio_http::auth::http::{HeaderName, HeaderValue};
use perspio_http::auth::{FixedToken, Profile, SecretString};
use perspio_http::{ApiClient, CallOptions, RetryPolicy};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Exchange, Tape, contradictions, difference, violations};

/// How long an answer is waited for. Most take milliseconds; some that the server
/// makes up of its document take it minutes, in which it answers nothing else.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// All calls of one document.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Plan {
    /// The headers in which the document asks for keys.
    pub keys: Vec<String>,
    /// The calls, in any order.
    pub calls: Vec<Call>,
}

/// One call of an operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Call {
    /// The operation's id, as the client has it.
    pub operation: String,
    /// What is set, by the names of the builder's methods.
    pub values: Map<String, Value>,
}

/// What became of one call.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Outcome {
    /// The request was accepted, and its answer decoded without loss.
    Good,
    /// A valid value cannot be said in the client's types.
    NotSaid(String),
    /// The client did not send it, or got no answer.
    NotSent(String),
    /// There was no answer within [`PATIENCE`].
    Unanswered,
    /// The server refused it: it is not what the document asks for.
    Refused(String),
    /// The server's answer is not what its own document says, and cannot be
    /// decoded, or not without loss.
    Contradicted(String),
    /// The answer cannot be decoded.
    NotDecoded(String),
    /// The answer came back as another one.
    Lost(String),
}

/// The answer as the client gave it.
#[derive(Debug)]
pub enum Answer {
    /// A typed value, encoded again.
    Json(Value),
    /// Bytes as they came.
    Bytes(Vec<u8>),
    /// A success whose body is not read.
    Nothing,
}

impl Answer {
    /// A typed value, as it would be written.
    pub fn of(value: &impl Serialize) -> Result<Self, Outcome> {
        let lost = |cause: serde_json::Error| Outcome::Lost(cause.to_string());
        // A short float as a `Value` is one with digits that nobody wrote.
        let text = serde_json::to_string(value).map_err(lost)?;
        serde_json::from_str(&text).map(Self::Json).map_err(lost)
    }
}

/// The values of one call.
pub struct Values(Map<String, Value>);

impl Values {
    /// Those of `call`.
    pub fn new(call: &Call) -> Self {
        Self(call.values.clone())
    }

    /// One value in its type; None if it is not set.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Outcome> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let told = value.to_string();
        let typed = serde_json::from_value(value);
        typed
            .map(Some)
            .map_err(|cause| Outcome::NotSaid(format!("{name}: {cause}: {told}")))
    }

    /// Nothing may be left: it would not be sent.
    pub fn end(self) -> Result<(), Outcome> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(Outcome::NotSaid(format!("nothing sets {name}"))),
        }
    }
}

/// Returns a client of `base_url` that writes to `tape`, with made-up credentials and a
/// header for each of `keys`.
pub fn client(base_url: &str, keys: &[String], tape: &Tape) -> Result<ApiClient, String> {
    let told = |cause: &dyn std::fmt::Display| cause.to_string();
    let base_url = base_url.parse::<Endpoint>().map_err(|cause| told(&cause))?;
    let mut profile = Profile::custom("the API", base_url.clone(), &base_url);
    for key in keys {
        let name: HeaderName = key.parse().map_err(|cause| told(&cause))?;
        let value = SecretString::from("key");
        profile = profile
            .with_header(name, &value)
            .map_err(|cause| told(&cause))?;
    }
    ApiClient::builder(profile)
        .retry(RetryPolicy::none())
        .middleware(tape.clone())
        .credential(FixedToken::new("token"))
        .build()
        .map_err(|cause| told(&cause))
}

/// Returns the same client, whose server makes responses of the schemas instead of
/// returning the document's examples.
pub fn with_made_answers(client: &ApiClient) -> ApiClient {
    let prefer = HeaderName::from_static("prefer");
    let made = HeaderValue::from_static("dynamic=true");
    client.with_options(CallOptions::new().header(prefer, made))
}

/// What is to be said of a call whose answer, or error, this is.
pub fn judge(answer: Result<Answer, String>, exchange: Option<&Exchange>) -> Outcome {
    let own = exchange.map(|exchange| contradictions(&exchange.violations));
    let own = own.unwrap_or_default();
    match of_call(answer, exchange) {
        Outcome::NotDecoded(cause) | Outcome::Lost(cause) if !own.is_empty() => {
            Outcome::Contradicted(format!("{}: {cause}", own.join("; ")))
        }
        outcome => outcome,
    }
}

fn of_call(answer: Result<Answer, String>, exchange: Option<&Exchange>) -> Outcome {
    let Some(exchange) = exchange else {
        return Outcome::NotSent(answer.err().unwrap_or_else(|| "no request left".to_owned()));
    };
    let against = violations(&exchange.violations);
    if !against.is_empty() {
        return Outcome::Refused(format!("{} ({})", against.join("; "), exchange.request));
    }
    let body = String::from_utf8_lossy(&exchange.body);
    let short: String = body.chars().take(300).collect();
    if !(200..300).contains(&exchange.status) {
        return Outcome::Refused(format!(
            "{} {short} ({})",
            exchange.status, exchange.request
        ));
    }
    match answer {
        Err(cause) => Outcome::NotDecoded(format!("{cause} ({})", exchange.request)),
        Ok(Answer::Nothing) => Outcome::Good,
        Ok(Answer::Bytes(bytes)) if bytes == exchange.body => Outcome::Good,
        Ok(Answer::Bytes(_)) => Outcome::Lost("other bytes".to_owned()),
        Ok(Answer::Json(back)) => {
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
