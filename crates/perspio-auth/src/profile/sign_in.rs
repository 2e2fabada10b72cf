//! What a profile says of a person's sign-in.

use crate::endpoint::Endpoint;

/// What a person is asked beside signing in (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// Which of their accounts to take, even if one is signed in already.
    SelectAccount,
    /// To sign in anew, even if a login is remembered.
    Login,
    /// To agree to what the application may do, even if they have before.
    Consent,
    /// Nothing: it fails unless a login is remembered.
    None,
    /// What the identity server finds right; the parameter is not sent.
    Unspecified,
}

impl Prompt {
    /// The value of the parameter `prompt`.
    pub(crate) fn value(self) -> Option<&'static str> {
        match self {
            Self::SelectAccount => Some("select_account"),
            Self::Login => Some("login"),
            Self::Consent => Some("consent"),
            Self::None => Some("none"),
            Self::Unspecified => None,
        }
    }
}

/// What the identity server calls itself (RFC 9207): the `iss` of its answer to
/// a sign-in, by which an answer of another server is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// Its answers always say it, and must: its discovery document announces
    /// `authorization_response_iss_parameter_supported`.
    Announced(String),
    /// Its answers may say it, as Entra's do not.
    Known(String),
    /// Where an answer says it, it must be of the origin of the authorize URL.
    Unknown,
}

impl Issuer {
    /// Entra v2.0 names itself after its authority.
    pub(crate) fn of_entra(authority: &Endpoint) -> Self {
        Self::Known(authority.below("/v2.0").base().to_owned())
    }
}
