//! OAuth error responses (RFC 6749 §5.2) with the fields that Entra adds.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::classification::{Classification, Facts};
use crate::oauth::error::{Error, ErrorClass, ErrorResponse};
use crate::oauth::grant_type::GrantType;
use crate::oauth::profile::Profile;
use crate::token::secret::scrub;

/// An error response. Only `error` is required; a field of another type than Entra
/// documents is ignored, so that the others are not lost.
#[derive(Debug, Deserialize)]
pub(crate) struct EntraError {
    error: String,
    #[serde(flatten)]
    more: serde_json::Map<String, Value>,
}

impl EntraError {
    /// Parses a body that is an OAuth error: a JSON object with a text `error`.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body)
            .ok()
            .filter(|error: &Self| !error.more.contains_key("access_token"))
    }

    /// Makes an error of the parameters of a redirect (RFC 6749 §4.1.2.1).
    pub(crate) fn of_redirect(error: String, more: HashMap<String, String>) -> Self {
        let more = more.into_iter();
        Self {
            error,
            more: more.map(|(name, text)| (name, Value::from(text))).collect(),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.more
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    /// Returns one of Entra's ids; a redirect contains it only in the description.
    fn id(&self, name: &str, description: &str) -> Option<String> {
        self.text(name).or_else(|| id_in(description, name))
    }

    /// Returns Entra's codes, from the description if the list is missing.
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

    /// Returns the response in one line, without any of `secrets`, for an error that is
    /// not a decision about the credential.
    pub(crate) fn quote(&self, secrets: &[&str]) -> String {
        let description = self.text("error_description").unwrap_or_default();
        let codes = self.codes(&description);
        let mut quote = self.error.clone();
        for code in &codes {
            // Writing to a string does not fail.
            let _ = write!(quote, " (AADSTS{code})");
        }
        let description = first_sentences(&description, &codes);
        if !description.is_empty() {
            quote.push_str(": ");
            quote.push_str(&description);
        }
        scrub(&quote, secrets)
    }

    /// Converts the response to an error with help, without any of `secrets`.
    pub(crate) fn explain(
        self,
        profile: &Profile,
        host: &str,
        grant: GrantType,
        secrets: &[&str],
    ) -> Error {
        let clean = |text: String| scrub(&text, secrets);
        let whole = self.text("error_description").unwrap_or_default();
        let codes = self.codes(&whole);
        let suberror = self.text("suberror");
        let claims = self
            .text("claims")
            .filter(|claims| !claims.trim().is_empty());
        let classification = Classification::of(&Facts {
            grant,
            error: &self.error,
            suberror: suberror.as_deref(),
            codes: &codes,
            has_claims: claims.is_some(),
        });
        let response = ErrorResponse {
            description: clean(first_sentences(&whole, &codes)),
            class: classification.class,
            suberror: suberror.map(clean),
            claims: claims.map(clean),
            correlation_id: self.id("correlation_id", &whole).map(clean),
            trace_id: self.id("trace_id", &whole).map(clean),
            timestamp: self.id("timestamp", &whole).map(clean),
            // Callers branch on known codes, which are not secret.
            error: if KNOWN.contains(&&*self.error) {
                self.error.clone()
            } else {
                clean(self.error.clone())
            },
            help: classification.help(&codes, profile),
            codes,
            host: host.to_owned(),
        };
        let response = Arc::new(response);
        match response.class {
            ErrorClass::Terminal => Error::SignInRequired { response },
            ErrorClass::UserAction => Error::UserActionRequired { response },
            _ => Error::Rejected { response },
        }
    }
}

/// The codes of RFC 6749, RFC 8628, OpenID Connect and Entra.
const KNOWN: [&str; 21] = [
    "access_denied",
    "account_selection_required",
    "authorization_declined",
    "authorization_pending",
    "bad_verification_code",
    "consent_required",
    "expired_token",
    "insufficient_scope",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "login_required",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

/// Returns Entra's description without the leading code and the trailing ids, which
/// have their own fields.
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

/// Returns the id in a description such as `… Trace ID: a Correlation ID: b Timestamp: c`.
fn id_in(description: &str, name: &str) -> Option<String> {
    const LABELS: [(&str, &str); 3] = [
        ("trace_id", "Trace ID:"),
        ("correlation_id", "Correlation ID:"),
        ("timestamp", "Timestamp:"),
    ];
    let (_, label) = LABELS.into_iter().find(|(known, _)| *known == name)?;
    let (_, rest) = description.split_once(label)?;
    let ends = LABELS.iter().filter_map(|(_, label)| rest.find(label));
    let id = rest.get(..ends.min().unwrap_or(rest.len()))?.trim();
    (!id.is_empty()).then(|| id.to_owned())
}
