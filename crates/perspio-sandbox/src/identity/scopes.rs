//! The scopes that a user can grant.

use super::error::EntraError;
use crate::credentials::USER_SCOPE;
use crate::service::Service;

const ACCESS_AS_USER: &str = "api://perspiotalk/access_as_user";
const OFFLINE_ACCESS: &str = "offline_access";
/// OpenID's own. An id token is issued with or without them, as the vendor's pages print it.
const OPENID: [&str; 3] = ["openid", "profile", "email"];

/// The permission that a token contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    /// The scope of the sign-in.
    #[default]
    AsUser,
    /// The scope that the vendor's refresh page prints.
    AllReadwrite,
}

impl Access {
    /// As the response of the token endpoint names it. The vendor's refresh
    /// page prints its scope percent-encoded, so clients must cope with it.
    pub(crate) fn in_response(self) -> &'static str {
        match self {
            Self::AsUser => ACCESS_AS_USER,
            Self::AllReadwrite => "api%3A%2F%2Fperspiotalk%2Fall_readwrite",
        }
    }

    /// As the claim `scp` names it.
    pub(crate) fn in_claim(self) -> &'static str {
        match self {
            Self::AsUser => USER_SCOPE,
            Self::AllReadwrite => "all_readwrite",
        }
    }
}

/// A parsed list of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes {
    /// Absent if only OpenID's scopes were named.
    pub(crate) access: Option<Access>,
    /// Whether a refresh token was asked for.
    pub(crate) offline: bool,
}

impl Scopes {
    /// Those of an authorization or device code request: the API's must be among them.
    pub(crate) fn of_a_sign_in(service: &Service, text: &str) -> Result<Self, EntraError> {
        let scopes = Self::of_an_exchange(service, text)?;
        if scopes.access.is_none() {
            return Err(invalid(service));
        }
        Ok(scopes)
    }

    /// Those of a code exchange: what was granted, or less, and OpenID's own.
    pub(crate) fn of_an_exchange(service: &Service, text: &str) -> Result<Self, EntraError> {
        let scopes = Self::of_a_refresh(service, text)?;
        if scopes.access == Some(Access::AllReadwrite) {
            return Err(invalid(service));
        }
        Ok(scopes)
    }

    /// Those of a refresh, where the vendor's page asks for another scope than at the sign-in.
    pub(crate) fn of_a_refresh(service: &Service, text: &str) -> Result<Self, EntraError> {
        let mut scopes = Self::default();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            match scope {
                // The wider one wins if both are named.
                _ if Some(scope) == service.refresh_scope => {
                    scopes.access = Some(Access::AllReadwrite);
                }
                _ if scope == service.sign_in_scope => {
                    scopes.access.get_or_insert(Access::AsUser);
                }
                OFFLINE_ACCESS => scopes.offline = true,
                _ if OPENID.contains(&scope) => {}
                _ => return Err(invalid(service)),
            }
        }
        Ok(scopes)
    }
}

fn invalid(service: &Service) -> EntraError {
    let also = service
        .refresh_scope
        .map_or_else(String::new, |scope| format!(", at a refresh also {scope}"));
    let message = format!(
        "The provided value for the input parameter 'scope' is not valid. The sandbox knows {}{also}, \
         and in addition offline_access, openid, profile and email.",
        service.sign_in_scope
    );
    EntraError::bad_request("invalid_scope", 70_011, &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_asks_for_access_and_may_ask_for_more() {
        for (text, offline) in [
            ("api://perspiotalk/access_as_user", false),
            (
                "  openid profile  email api://perspiotalk/access_as_user ",
                false,
            ),
            ("api://perspiotalk/access_as_user offline_access", true),
        ] {
            let access = Some(Access::AsUser);
            let scopes = Scopes::of_a_sign_in(&Service::PERSPIOTALK, text).unwrap();
            assert_eq!(scopes, Scopes { access, offline }, "{text}");
        }
    }

    #[test]
    fn an_unknown_scope_is_rejected_everywhere() {
        for text in [
            "api://perspiotalk/.default",
            "api://perspiotalk/access_as_user User.Read",
            "\"api://perspiotalk/all_readwrite offline_access\"",
            "api%3A%2F%2Fperspiotalk%2Faccess_as_user",
        ] {
            for read in [
                Scopes::of_a_sign_in,
                Scopes::of_an_exchange,
                Scopes::of_a_refresh,
            ] {
                let error = read(&Service::PERSPIOTALK, text).unwrap_err();
                assert_eq!(
                    (error.error, error.code),
                    ("invalid_scope", 70_011),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_scope_of_the_refresh_page_is_known_at_a_refresh_only() {
        let text = "api://perspiotalk/all_readwrite offline_access";
        let scopes = Scopes::of_a_refresh(&Service::PERSPIOTALK, text).unwrap();
        assert_eq!(scopes.access, Some(Access::AllReadwrite));
        assert!(scopes.offline);
        assert!(Scopes::of_a_sign_in(&Service::PERSPIOTALK, text).is_err());
        assert!(Scopes::of_an_exchange(&Service::PERSPIOTALK, text).is_err());
    }

    #[test]
    fn a_sign_in_without_access_to_the_api_is_rejected_and_an_exchange_is_not() {
        assert!(Scopes::of_a_sign_in(&Service::PERSPIOTALK, "openid offline_access").is_err());
        assert!(
            Scopes::of_an_exchange(&Service::PERSPIOTALK, "openid offline_access")
                .unwrap()
                .offline
        );
    }

    #[test]
    fn each_api_has_a_scope_of_its_own() {
        let own = Service::DISPOGAS.sign_in_scope;
        assert!(own.ends_with("/default"), "{own}");
        assert!(Scopes::of_a_sign_in(&Service::DISPOGAS, own).is_ok());
        for (service, foreign) in [
            (&Service::PERSPIOTALK, own),
            (&Service::DISPOGAS, ACCESS_AS_USER),
            (&Service::DISPOGAS, "api://perspiotalk/all_readwrite"),
        ] {
            assert!(Scopes::of_a_refresh(service, foreign).is_err(), "{foreign}");
        }
    }
}
