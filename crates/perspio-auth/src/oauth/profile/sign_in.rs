//! The prompt and the issuer of a sign-in.

use std::str::FromStr;

use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;

/// What a user is asked for in addition to signing in: the parameter `prompt` (OpenID
/// Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// To select an account, even if one is signed in already.
    SelectAccount,
    /// To enter credentials again, even if a login is remembered.
    Login,
    /// To consent to the permissions of the application again.
    Consent,
    /// Nothing: the sign-in fails unless a login is remembered.
    None,
    /// As the identity server decides: the parameter is not sent.
    Unspecified,
}

impl Prompt {
    /// All prompts.
    pub const ALL: [Self; 5] = [
        Self::SelectAccount,
        Self::Login,
        Self::Consent,
        Self::None,
        Self::Unspecified,
    ];

    /// Returns the value of the parameter `prompt`.
    pub(crate) fn value(self) -> Option<&'static str> {
        match self {
            Self::SelectAccount => Some("select_account"),
            Self::Login => Some("login"),
            Self::Consent => Some("consent"),
            Self::None => Some("none"),
            Self::Unspecified => None,
        }
    }

    /// Returns the name of the variant, which [`FromStr`] parses.
    pub fn name(self) -> &'static str {
        self.value().unwrap_or("unspecified")
    }
}

/// Parses the values of the parameter `prompt`, and `unspecified`.
///
/// ```
/// use perspio_auth::Prompt;
///
/// assert_eq!("select_account".parse::<Prompt>()?, Prompt::SelectAccount);
/// assert_eq!("unspecified".parse::<Prompt>()?, Prompt::Unspecified);
/// # Ok::<(), perspio_auth::Error>(())
/// ```
impl FromStr for Prompt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|prompt| prompt.name() == text);
        found.ok_or_else(|| {
            Error::configuration(format!(
                "{text:?} is not a prompt: it must be {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }
}

/// The issuer of the identity server (RFC 9207): the parameter `iss` of an
/// authorization response, which detects a response of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// Responses must contain this issuer, because the discovery document announces
    /// `authorization_response_iss_parameter_supported`.
    Announced(String),
    /// Responses may contain this issuer. Entra's do not.
    Known(String),
    /// The issuer is not known. If a response contains one, it must have the origin of
    /// the authorization endpoint.
    Unknown,
}

impl Issuer {
    /// Returns the issuer of Entra v2.0, which follows from the authority.
    pub(crate) fn of_entra(authority: &Endpoint) -> Self {
        Self::Known(authority.below("/v2.0").base().to_owned())
    }
}
