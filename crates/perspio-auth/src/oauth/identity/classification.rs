//! Classifies an OAuth error response, and chooses its help.

use crate::oauth::error::ErrorClass;
use crate::oauth::error::codes::{Code, KnownError};
use crate::oauth::grant_type::GrantType;
use crate::oauth::profile::{Profile, Scopes};

/// The facts of an error response that decide its class.
pub(super) struct Facts<'a> {
    pub(super) grant: GrantType,
    pub(super) error: &'a str,
    pub(super) suberror: Option<&'a str>,
    /// Entra's numbers.
    pub(super) codes: &'a [u64],
    pub(super) has_claims: bool,
}

/// The class of an error response, and the entry of the table that it comes from.
#[derive(Debug)]
pub(super) struct Classification {
    pub(super) class: ErrorClass,
    known: Option<&'static KnownError>,
    grant: GrantType,
    is_declined: bool,
    has_claims: bool,
}

impl Classification {
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let (class, known) = classify(facts);
        // An application has no user who could act.
        let class = match (class, facts.grant) {
            (ErrorClass::Terminal | ErrorClass::UserAction, GrantType::ClientCredentials) => {
                ErrorClass::ApplicationSettings
            }
            (class, _) => class,
        };
        Self {
            class,
            known,
            grant: facts.grant,
            is_declined: facts.error == "access_denied",
            has_claims: facts.has_claims,
        }
    }

    /// Returns the meaning of the error and the next step.
    pub(super) fn help(&self, codes: &[u64], profile: &Profile) -> String {
        let mut help = match (self.class, self.grant) {
            (ErrorClass::Terminal, GrantType::AuthorizationCode) => format!(
                "Sign in again: an authorization code can be exchanged once, within {} s, with the \
                 redirect URI and the PKCE verifier of its own sign-in",
                profile.code_lifetime().as_secs()
            ),
            (ErrorClass::Terminal, GrantType::DeviceCode) if self.is_declined => {
                "Sign in again: the code was declined, or its time is over".to_owned()
            }
            _ => match self.known {
                Some(known) => self.known_help(known, codes),
                None => self.unknown_help(codes),
            },
        };
        if self.has_claims && self.grant != GrantType::ClientCredentials {
            help.push_str(
                ". The sign-in must satisfy the claims of the response (`SignIn::claims`)",
            );
        }
        help.replace("{secret}", profile.secret_help())
            .replace("{scopes}", scope_remark(profile))
    }

    fn known_help(&self, known: &KnownError, codes: &[u64]) -> String {
        let is_application = self.grant == GrantType::ClientCredentials;
        let needs_user = matches!(known.class, ErrorClass::Terminal | ErrorClass::UserAction);
        let step = match known.application_help {
            Some(step) if is_application => step,
            _ if is_application && needs_user => ASK_ADMINISTRATOR,
            _ => known.help,
        };
        match known.code {
            // The description of Entra is long, and a suberror has none.
            Code::Entra(_) | Code::Suberror(_) => format!("{}. {step}", known.meaning),
            Code::OAuth(_) => with_link(step, codes),
        }
    }

    /// A code that is not in the table. Its explanation is better than a guess.
    fn unknown_help(&self, codes: &[u64]) -> String {
        let step = match (self.class, self.grant) {
            (ErrorClass::UserAction | ErrorClass::Terminal, _) => {
                "Sign in again: the identity server does not accept this sign-in at the moment. The \
                 stored sign-in is kept until then"
            }
            (_, GrantType::ClientCredentials) => {
                "Check the registration of the application at the identity server"
            }
            (ErrorClass::ApplicationSettings | ErrorClass::InvalidRequest, _) => {
                "Check the settings, and the registration of the application at the identity server"
            }
            _ => "Call again. If the error stays, sign in again",
        };
        with_link(step, codes)
    }
}

/// Adds where Entra explains a code that is not in the table.
fn with_link(step: &str, codes: &[u64]) -> String {
    match codes.first() {
        Some(code) => format!(
            "{step}. Entra explains the code at https://login.microsoftonline.com/error?code={code}"
        ),
        None => step.to_owned(),
    }
}

const ASK_ADMINISTRATOR: &str =
    "Ask an administrator of the directory: the sign-in log of the application has the reason";

fn classify(facts: &Facts<'_>) -> (ErrorClass, Option<&'static KnownError>) {
    let by_error = KnownError::of_error(facts.error);
    let known: Vec<_> = facts
        .codes
        .iter()
        .filter_map(|code| KnownError::of_number(*code))
        .collect();
    let by_suberror = facts.suberror.and_then(KnownError::of_suberror);
    let is_invalid_grant = facts.error == "invalid_grant";
    let with_class = |known: &'static KnownError| (known.class, Some(known));

    if let Some(outage) = by_error.filter(|known| is_outage(facts.error) && known.is_transient()) {
        let code = known.into_iter().find(|known| known.is_transient());
        return with_class(code.unwrap_or(outage));
    }
    if let Some(terminal) = known.iter().find(|known| known.is_terminal()) {
        return with_class(terminal);
    }
    if let Some(terminal) = by_suberror.filter(|known| is_invalid_grant && known.is_terminal()) {
        return with_class(terminal);
    }
    let first = known.first().copied();
    if facts.has_claims {
        let action = first.or(by_suberror).or(by_error);
        let action = action.filter(|known| known.class == ErrorClass::UserAction);
        return (
            ErrorClass::UserAction,
            action.or_else(|| KnownError::of_error("interaction_required")),
        );
    }
    if let Some(known) = first.or(by_suberror.filter(|known| !known.is_terminal())) {
        return with_class(known);
    }
    let has_details = !facts.codes.is_empty() || facts.suberror.is_some();
    match by_error {
        // The meaning of a code that is not in the table is unknown: the sign-in is kept.
        Some(_) if is_invalid_grant && has_details && facts.grant == GrantType::RefreshToken => {
            (ErrorClass::UserAction, None)
        }
        // The help of the OAuth error could mislead, for instance to another secret.
        Some(known)
            if !facts.codes.is_empty() && known.class == ErrorClass::ApplicationSettings =>
        {
            (known.class, None)
        }
        Some(known)
            if known.is_terminal()
                && !is_invalid_grant
                && facts.grant == GrantType::RefreshToken =>
        {
            (
                ErrorClass::UserAction,
                KnownError::of_error("insufficient_scope"),
            )
        }
        Some(known) => with_class(known),
        None => (ErrorClass::Unknown, None),
    }
}

/// Returns whether the server failed, which is not a decision about the grant, whatever the
/// other fields contain.
fn is_outage(error: &str) -> bool {
    matches!(error, "server_error" | "temporarily_unavailable")
}

/// Some APIs document a scope `…/default`, without the dot of Entra's own scope.
fn scope_remark(profile: &Profile) -> &'static str {
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
        " (Entra's own scope of an application ends in `/.default`, with a dot)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests;
