//! Reads what the browser brings back from the identity server, or what a
//! stranger made up: anything may stand in it.

use std::collections::HashMap;
use std::fmt;

use secrecy::SecretString;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::oauth::EntraError;
use crate::oauth::Error;
use crate::oauth::GrantType;
use crate::oauth::{Issuer, Profile};

/// What an answer is held against.
pub(crate) struct Expected<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) state: &'a str,
}

/// The identity server's answer to the attempt that waits for it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The person has signed in.
    Code(SecretString),
    /// The sign-in is over without a code.
    Refused(Error),
}

/// Why something is not the answer that is waited for. It says nothing about
/// the attempt, which goes on waiting; no part of what was sent is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOurs {
    TooMany,
    Repeated,
    NoState,
    OtherState,
    Nothing,
}

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany => "it has more parameters than an identity server sends",
            Self::Repeated => "a parameter stands in it twice",
            Self::NoState => {
                "it has no state, so it cannot be told from one that somebody else made up"
            }
            Self::OtherState => {
                "its state belongs to another sign-in, perhaps an earlier one: go on with the one \
                 that was begun last"
            }
            Self::Nothing => "it holds neither a code nor an error",
        })
    }
}

/// An identity server sends less than ten.
const MOST_PARAMETERS: usize = 50;

/// Reads the query of a redirect, or the body of a form.
///
/// `state` comes before everything else, errors included: whoever does not know
/// it can neither end the sign-in nor put a code of their own into it. Unknown
/// parameters, such as Entra's `session_state`, are ignored.
pub(crate) fn read(text: &str, expected: &Expected<'_>) -> Result<Answer, NotOurs> {
    let parameters = parameters(text)?;
    match parameters.get("state") {
        None => return Err(NotOurs::NoState),
        Some(state) if !is_same(state, expected.state) => return Err(NotOurs::OtherState),
        Some(_) => {}
    }
    answer(parameters, expected.profile)
}

/// The parameters, each of them once.
pub(crate) fn parameters(text: &str) -> Result<HashMap<String, String>, NotOurs> {
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if parameters.len() == MOST_PARAMETERS {
            return Err(NotOurs::TooMany);
        }
        let earlier = parameters.insert(name.into_owned(), value.into_owned());
        if earlier.is_some() {
            return Err(NotOurs::Repeated);
        }
    }
    Ok(parameters)
}

/// In a time that does not tell how much of it is right.
pub(crate) fn is_same(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// What the parameters say, once it is known that they answer our attempt.
pub(crate) fn answer(
    mut parameters: HashMap<String, String>,
    profile: &Profile,
) -> Result<Answer, NotOurs> {
    if let Err(error) = check_issuer(parameters.get("iss").map(String::as_str), profile) {
        return Ok(Answer::Refused(error));
    }
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    if let Some(error) = parameters.remove("error").and_then(given) {
        // A code beside an error is of no use, and must not be shown.
        parameters.remove("code");
        let refused = EntraError::of_redirect(error, parameters);
        let host = profile.authorize_url().host();
        let error = refused.explain(profile, host, GrantType::Authorization, &[]);
        return Ok(Answer::Refused(error));
    }
    match parameters.remove("code").and_then(given) {
        Some(code) => Ok(Answer::Code(SecretString::from(code))),
        None => Err(NotOurs::Nothing),
    }
}

/// RFC 9207: a code of another identity server must not be sent to this one.
fn check_issuer(iss: Option<&str>, profile: &Profile) -> Result<(), Error> {
    let refused = |reason: String| Err(Error::SignInRejected { reason });
    match (iss, profile.issuer()) {
        (None, Issuer::Announced(expected)) => refused(format!(
            "its answer does not say that it comes from {expected} (`iss` is missing), which always \
             says so. Sign in again; if it happens again, {}",
            profile.issuer_help()
        )),
        (None, _) => Ok(()),
        (Some(iss), Issuer::Announced(expected) | Issuer::Known(expected)) if iss == expected => {
            Ok(())
        }
        // Nobody has said what it must be: then it must at least be the server
        // that the person was sent to.
        (Some(iss), Issuer::Unknown)
            if url::Url::parse(iss).is_ok_and(|iss| profile.authorize_url().same_origin(&iss)) =>
        {
            Ok(())
        }
        (Some(_), Issuer::Announced(expected) | Issuer::Known(expected)) => refused(format!(
            "its answer comes from another identity server than {expected} (`iss`). Sign in again; \
             if it happens again, {}",
            profile.issuer_help()
        )),
        (Some(_), Issuer::Unknown) => refused(format!(
            "its answer comes from another identity server than {} (`iss`). Sign in again; if it \
             happens again, {}",
            profile.authorize_url().host(),
            profile.issuer_help()
        )),
    }
}

#[cfg(test)]
mod tests;
