//! Parses and validates authorization responses, which may be forged.

use std::collections::HashMap;
use std::fmt;

use secrecy::SecretString;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::oauth::EntraError;
use crate::oauth::Error;
use crate::oauth::GrantType;
use crate::oauth::{Issuer, Profile};

/// The attempt that a response is validated against.
pub(crate) struct Expected<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) state: &'a str,
}

/// A response that belongs to the pending attempt.
#[derive(Debug)]
pub(crate) enum AuthorizationResponse {
    /// The user has signed in.
    Code(SecretString),
    /// The sign-in has ended without a code.
    Failed(Error),
}

/// Why a response does not belong to the pending attempt, which remains pending. The text
/// contains no part of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    TooMany,
    Repeated,
    NoState,
    OtherState,
    NoCode,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany => "it has more parameters than an identity server sends",
            Self::Repeated => "it has a parameter twice",
            Self::NoState => "it has no state, so it may be forged",
            Self::OtherState => {
                "its state belongs to another sign-in, perhaps an earlier one: continue with the \
                 last one"
            }
            Self::NoCode => "it has neither a code nor an error",
        })
    }
}

/// The limit of the number of parameters; identity servers send less than ten.
const MOST_PARAMETERS: usize = 50;

/// Validates the query of a redirect, or the body of a form.
///
/// `state` is checked before everything else, errors included: an attacker, who does not
/// know it, can neither end the sign-in nor inject a code. Unknown parameters, such as
/// Entra's `session_state`, are ignored.
pub(crate) fn read(text: &str, expected: &Expected<'_>) -> Result<AuthorizationResponse, Mismatch> {
    let parameters = parameters(text)?;
    match parameters.get("state") {
        None => return Err(Mismatch::NoState),
        Some(state) if !is_same(state, expected.state) => return Err(Mismatch::OtherState),
        Some(_) => {}
    }
    interpret(parameters, expected.profile)
}

/// Parses the parameters, each of which must occur once.
pub(crate) fn parameters(text: &str) -> Result<HashMap<String, String>, Mismatch> {
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if parameters.len() == MOST_PARAMETERS {
            return Err(Mismatch::TooMany);
        }
        let earlier = parameters.insert(name.into_owned(), value.into_owned());
        if earlier.is_some() {
            return Err(Mismatch::Repeated);
        }
    }
    Ok(parameters)
}

/// Compares in constant time.
pub(crate) fn is_same(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// Interprets the parameters of a response whose state has been checked.
pub(crate) fn interpret(
    mut parameters: HashMap<String, String>,
    profile: &Profile,
) -> Result<AuthorizationResponse, Mismatch> {
    if let Err(error) = check_issuer(parameters.get("iss").map(String::as_str), profile) {
        return Ok(AuthorizationResponse::Failed(error));
    }
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    if let Some(error) = parameters.remove("error").and_then(given) {
        // A code in addition to an error is not used, and must not be shown.
        parameters.remove("code");
        let rejected = EntraError::of_redirect(error, parameters);
        let host = profile.authorize_url().host();
        let error = rejected.explain(profile, host, GrantType::Authorization, &[]);
        return Ok(AuthorizationResponse::Failed(error));
    }
    match parameters.remove("code").and_then(given) {
        Some(code) => Ok(AuthorizationResponse::Code(SecretString::from(code))),
        None => Err(Mismatch::NoCode),
    }
}

/// Checks the issuer (RFC 9207): a code of another identity server must not be sent to
/// this one.
fn check_issuer(iss: Option<&str>, profile: &Profile) -> Result<(), Error> {
    let rejected = |reason: String| Err(Error::SignInRejected { reason });
    match (iss, profile.issuer()) {
        (None, Issuer::Announced(expected)) => rejected(format!(
            "its response does not name {expected} as its issuer (`iss` is missing), as that server \
             always does. Sign in again; if it happens again, {}",
            profile.issuer_help()
        )),
        (None, _) => Ok(()),
        (Some(iss), Issuer::Announced(expected) | Issuer::Known(expected)) if iss == expected => {
            Ok(())
        }
        // Without a configured issuer, it must at least be the server that the user was
        // redirected to.
        (Some(iss), Issuer::Unknown)
            if url::Url::parse(iss).is_ok_and(|iss| profile.authorize_url().same_origin(&iss)) =>
        {
            Ok(())
        }
        (Some(_), Issuer::Announced(expected) | Issuer::Known(expected)) => rejected(format!(
            "its response is from another identity server than {expected} (`iss`). Sign in again; \
             if it happens again, {}",
            profile.issuer_help()
        )),
        (Some(_), Issuer::Unknown) => rejected(format!(
            "its response is from another identity server than {} (`iss`). Sign in again; if it \
             happens again, {}",
            profile.authorize_url().host(),
            profile.issuer_help()
        )),
    }
}

#[cfg(test)]
mod tests;
