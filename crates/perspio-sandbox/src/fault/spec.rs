//! A fault in JSON or YAML.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::endpoint::Endpoint;

/// A fault and the request that it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueuedFault {
    pub(crate) endpoint: Endpoint,
    /// The number of requests of the endpoint that are served first.
    #[serde(default)]
    pub(crate) after: u32,
    pub(crate) fault: FaultSpec,
}

/// A fault. With neither a status nor a cut it is a delay of the real response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Members")]
pub(crate) struct FaultSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The body is a gateway's error page in HTML.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) html: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// The connection is closed without a response.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) cut: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) delay_ms: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The members as written, before their combination is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Members {
    status: Option<u16>,
    html: bool,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    cut: bool,
    delay_ms: u64,
}

impl TryFrom<Members> for FaultSpec {
    type Error = String;

    fn try_from(members: Members) -> Result<Self, String> {
        let Members {
            status,
            html,
            headers,
            body,
            cut,
            delay_ms,
        } = members;
        let has_response = html || body.is_some() || !headers.is_empty();
        match status {
            Some(status) if !(200..=599).contains(&status) => {
                return Err(format!("{status} is no status from 200 to 599"));
            }
            Some(_) if cut => return Err("a cut connection has no status".to_owned()),
            None if has_response => {
                return Err("a fault with html, headers or a body needs a status".to_owned());
            }
            None if !cut && delay_ms == 0 => {
                return Err("a fault needs a status, cut or delay_ms".to_owned());
            }
            _ => {}
        }
        if html && body.is_some() {
            return Err("a fault has html or a body, not both".to_owned());
        }
        for (name, value) in &headers {
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("{name:?} is no name of a header"))?;
            HeaderValue::from_str(value)
                .map_err(|_| format!("the header {name:?} has a value that cannot be sent"))?;
        }
        Ok(Self {
            status,
            html,
            headers,
            body,
            cut,
            delay_ms,
        })
    }
}

impl FaultSpec {
    /// Builds the fault.
    pub(crate) fn build(&self) -> Fault {
        let mut fault = match self.status {
            Some(status) if self.html => Fault::html(status),
            Some(status) => Fault::status(status),
            None if self.cut => Fault::cut(),
            None => Fault::latency(Duration::ZERO),
        };
        let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
        for (name, value) in &self.headers {
            // The type of a body is added with it.
            if self.body.is_none() || !is_type(name) {
                fault = fault.header(name, value);
            }
        }
        if let Some(body) = &self.body {
            let content_type = self.headers.iter().find(|(name, _)| is_type(name));
            let content_type = content_type.map_or("application/json", |(_, value)| value);
            fault = fault.body(content_type, body.clone());
        }
        fault.delay(Duration::from_millis(self.delay_ms))
    }

    /// Describes the fault in a few words, for instance `429, after 100 ms`.
    pub(crate) fn summary(&self) -> String {
        let effect = match self.status {
            Some(status) => status.to_string(),
            None if self.cut => "cut connection".to_owned(),
            None => return format!("{} ms of latency", self.delay_ms),
        };
        match self.delay_ms {
            0 => effect,
            delay => format!("{effect}, after {delay} ms"),
        }
    }
}
