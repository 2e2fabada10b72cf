//! An OAuth error (RFC 6749 §5.2) with the fields that Entra adds.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Refusal};
use crate::secret::scrub;

/// An error as it comes. Only `error` must be there; what has another type
/// than Entra documents is dropped, never a reason to lose the rest.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct EntraError {
    error: String,
    #[serde(flatten)]
    more: serde_json::Map<String, Value>,
}

impl oauth2::ErrorResponse for EntraError {}

impl fmt::Display for EntraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

/// Whether a body is an OAuth error: a JSON object with a text `error`.
pub(crate) fn is_oauth_error(body: &[u8]) -> bool {
    serde_json::from_slice::<EntraError>(body).is_ok()
}

impl EntraError {
    fn text(&self, name: &str) -> Option<String> {
        self.more
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    /// Entra's codes; from the text if the list is missing.
    fn codes(&self, description: &str) -> Vec<u64> {
        let listed: Vec<u64> = self
            .more
            .get("error_codes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        if !listed.is_empty() {
            return listed;
        }
        let digits = description.strip_prefix("AADSTS").unwrap_or_default();
        let end = digits
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(digits.len());
        digits
            .get(..end)
            .and_then(|digits| digits.parse().ok())
            .into_iter()
            .collect()
    }

    /// The error as a person needs it, without any of `secrets`.
    pub(crate) fn explain(self, host: &str, secret_help: &str, secrets: &[&SecretString]) -> Error {
        let clean = |text: String| scrub(&text, secrets);
        let whole = self.text("error_description").unwrap_or_default();
        let codes = self.codes(&whole);
        let help = help(&self.error, &codes, secret_help);
        Error::Refused(Arc::new(Refusal {
            description: clean(first_sentences(&whole, &codes)),
            suberror: self.text("suberror").map(clean),
            claims: self.text("claims"),
            correlation_id: self.text("correlation_id").map(clean),
            trace_id: self.text("trace_id").map(clean),
            timestamp: self.text("timestamp").map(clean),
            error: clean(self.error),
            codes,
            host: host.to_owned(),
            help,
        }))
    }
}

/// Entra's text without its code in front and the ids behind, which stand in
/// fields of their own.
fn first_sentences(description: &str, codes: &[u64]) -> String {
    let mut text = description;
    for code in codes {
        let code = format!("AADSTS{code}:");
        text = text.strip_prefix(code.as_str()).unwrap_or(text);
    }
    let end = text.find("Trace ID:").unwrap_or(text.len());
    text.get(..end)
        .unwrap_or(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What to do, by Entra's code first and the OAuth error second.
fn help(error: &str, codes: &[u64], secret_help: &str) -> String {
    for code in codes {
        match code {
            // Wrong, expired, or missing secret.
            7_000_215 | 7_000_222 | 7_000_218 => return secret_help.to_owned(),
            // The directory is not known.
            90_002 => {
                return "Check the authority: the directory that it names is not known there"
                    .to_owned();
            }
            _ => {}
        }
    }
    match error {
        "invalid_client" => secret_help.to_owned(),
        "unauthorized_client" => format!("Check the client id. {secret_help}"),
        "invalid_scope" | "invalid_resource" => {
            "Check the scopes: for client credentials Entra takes one, which ends in `/.default`"
                .to_owned()
        }
        "unsupported_grant_type" => {
            "Check the token URL: this identity server does not take this way of signing in"
                .to_owned()
        }
        _ => String::new(),
    }
}
