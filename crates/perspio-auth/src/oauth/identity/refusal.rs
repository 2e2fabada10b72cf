//! OAuth error responses (RFC 6749 §5.2) with the fields that Entra adds.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oauth::error::{Error, Refusal};
use crate::oauth::grant_type::GrantType;
use crate::oauth::profile::{Profile, Scopes};
use crate::token::secret::scrub;

/// An error response. Only `error` is required; a field of another type than Entra
/// documents is ignored, so that the others are not lost.
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

    /// Parses an error text of `oauth2`, `error: description`.
    pub(crate) fn from_text(text: &str) -> Self {
        let (error, description) = text.split_once(": ").unwrap_or((text, ""));
        let more = [("error_description".to_owned(), Value::from(description))];
        Self {
            error: error.to_owned(),
            more: more.into_iter().collect(),
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
        let verdict = Verdict::of(grant, &self.error, self.text("suberror").as_deref(), &codes);
        let refusal = Refusal {
            description: clean(first_sentences(&whole, &codes)),
            suberror: self.text("suberror").map(clean),
            claims: self.text("claims").map(clean),
            correlation_id: self.id("correlation_id", &whole).map(clean),
            trace_id: self.id("trace_id", &whole).map(clean),
            timestamp: self.id("timestamp", &whole).map(clean),
            // Callers branch on known codes, which are not secret.
            error: if KNOWN.contains(&&*self.error) {
                self.error.clone()
            } else {
                clean(self.error.clone())
            },
            help: help(&self.error, &codes, grant, verdict, profile),
            codes,
            host: host.to_owned(),
        };
        let refusal = Arc::new(refusal);
        match verdict {
            Verdict::SignIn => Error::SignInRequired { refusal },
            Verdict::Privileges => Error::InsufficientPrivileges { refusal },
            Verdict::Other => Error::Refused { refusal },
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

/// The meaning of an error response for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The grant was used, has expired or was revoked: a user must sign in again.
    SignIn,
    /// The grant is valid, but lacks a permission or a consent.
    Privileges,
    /// The request or the settings are wrong, or the server is unavailable.
    Other,
}

impl Verdict {
    fn of(grant: GrantType, error: &str, suberror: Option<&str>, codes: &[u64]) -> Self {
        if grant == GrantType::ClientCredentials {
            return Self::Other;
        }
        // A user who has just declined may accept in the next attempt.
        if grant == GrantType::Authorization && codes.contains(&65_004) {
            return Self::SignIn;
        }
        // Consent is missing, was declined, or needs an administrator; the user is not
        // assigned to the application.
        let privileges = [65_001, 65_004, 90_094, 50_105];
        let lacks_consent = suberror == Some("consent_required") || error == "consent_required";
        if lacks_consent || codes.iter().any(|code| privileges.contains(code)) {
            return Self::Privileges;
        }
        match (error, grant) {
            ("invalid_grant" | "interaction_required" | "login_required" | "expired_token", _)
            | (
                "access_denied" | "authorization_declined" | "bad_verification_code",
                GrantType::DeviceCode | GrantType::Authorization,
            ) => Self::SignIn,
            (
                "access_denied" | "insufficient_scope" | "invalid_scope" | "unauthorized_client",
                GrantType::RefreshToken,
            ) => Self::Privileges,
            _ => Self::Other,
        }
    }
}

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
    let (_, behind) = description.split_once(label)?;
    let ends = LABELS.iter().filter_map(|(_, label)| behind.find(label));
    let id = behind.get(..ends.min().unwrap_or(behind.len()))?.trim();
    (!id.is_empty()).then(|| id.to_owned())
}

/// Returns the next step, by Entra's code if it is known and by the OAuth error
/// otherwise.
fn help(
    error: &str,
    codes: &[u64],
    grant: GrantType,
    verdict: Verdict,
    profile: &Profile,
) -> String {
    let secret_help = profile.secret_help();
    // Wrong, expired, or missing secret.
    if codes
        .iter()
        .any(|code| matches!(code, 7_000_215 | 7_000_222 | 7_000_218))
    {
        return secret_help.to_owned();
    }
    if codes.contains(&90_002) {
        return "Check the authority: the directory that it names is not known there".to_owned();
    }
    match (verdict, grant, error) {
        (Verdict::SignIn, GrantType::AuthorizationCode, _) => format!(
            "Sign in again: an authorization code can be exchanged once, within {} s, with the \
             redirect URI and the PKCE verifier of its own sign-in",
            profile.code_lifetime().as_secs()
        ),
        (Verdict::SignIn, GrantType::Authorization, "access_denied") => {
            "The sign-in was cancelled or declined: sign in again, and accept what is asked"
                .to_owned()
        }
        (Verdict::SignIn, GrantType::Authorization, _) => {
            "Sign in again, and answer what the identity server asks".to_owned()
        }
        (Verdict::SignIn, GrantType::DeviceCode, _) => {
            "Sign in again: the code was declined, or its time is over".to_owned()
        }
        (Verdict::SignIn, ..) => {
            "Sign in again: the refresh token has expired, was replaced, or was revoked, as a server \
             does with all of a sign-in when an old one is used a second time"
                .to_owned()
        }
        (Verdict::Privileges, _, "invalid_scope") => {
            let hint = dot_hint(profile);
            format!("Ask for the scopes that were granted, or sign in again for these{hint}")
        }
        (Verdict::Privileges, ..) => {
            "Have an administrator grant the privilege or the consent, then sign in again"
                .to_owned()
        }
        (Verdict::Other, _, "invalid_client") => secret_help.to_owned(),
        (Verdict::Other, _, "unauthorized_client") => format!("Check the client id. {secret_help}"),
        (Verdict::Other, _, "invalid_scope" | "invalid_resource") => {
            format!("Check the scopes{}", dot_hint(profile))
        }
        (Verdict::Other, _, "unsupported_grant_type") => {
            "Check the token URL: this identity server does not support this grant"
                .to_owned()
        }
        _ => String::new(),
    }
}

/// Some APIs document a scope `…/default`, without the dot of Entra's own scope.
fn dot_hint(profile: &Profile) -> &'static str {
    let Scopes {
        client_credentials,
        authorization,
        sign_in,
        ..
    } = profile.scopes();
    let mut scopes = client_credentials
        .iter()
        .chain(authorization)
        .chain(sign_in);
    // Entra accepts only `/.default` for an application as itself.
    let lacks_dot = client_credentials
        .iter()
        .any(|scope| !scope.ends_with("/.default"))
        || scopes.any(|scope| scope.ends_with("/default"));
    if lacks_dot {
        ". Entra's own scope of an application ends in `/.default`, with a dot"
    } else {
        ""
    }
}
