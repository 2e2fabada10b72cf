//! The credential and the keys of a client, which the security schemes of its API describe.

use perspio_auth::http::HeaderName;
use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{
    ApiHeader, BasicAuth, ClientCredentials, Error as AuthError, FixedToken, Profile,
};

use super::ClientBuilder;
use crate::api::Api;
use crate::builder::ApiClientBuilder;
use crate::security::{KeyLocation, SecurityScheme};
use crate::settings::SettingsCheck;

pub(super) const TOKEN: &str = "TOKEN";
pub(super) const USER: &str = "USER";
pub(super) const PASSWORD: &str = "PASSWORD";

impl<C: Api> ClientBuilder<C> {
    /// Checks that all keys are given, and that the API has all settings that are given.
    pub(super) fn require_settings(&self, check: &mut SettingsCheck) {
        for scheme in C::SECURITY {
            if let SecurityScheme::ApiKey { setting, .. } = *scheme {
                check.header(setting, self.values.get(setting));
            }
        }
        for setting in self.values.keys() {
            let known = settings_of(C::SECURITY).chain(C::SETTINGS.iter().copied());
            if !known.into_iter().any(|known| known == *setting) {
                check.add(setting, format!("is not a setting of {}", C::NAME));
            }
        }
    }

    /// Returns the profile with those keys that are given.
    pub(super) fn with_given_keys(
        &self,
        mut profile: Profile,
        check: &mut SettingsCheck,
    ) -> Profile {
        for scheme in C::SECURITY {
            let SecurityScheme::ApiKey {
                location,
                name,
                setting,
            } = *scheme
            else {
                continue;
            };
            let Some(value) = self.values.get(setting) else {
                continue;
            };
            let value = check.header(setting, Some(value));
            let with_key = match location {
                KeyLocation::Header => with_header(profile.clone(), name, &value),
                KeyLocation::Query => profile.clone().with_query_key(name, &value),
                KeyLocation::Cookie => profile.clone().with_cookie(name, &value),
            };
            match with_key {
                Ok(with_key) => profile = with_key,
                Err(cause) => check.add(setting, cause.to_string()),
            }
        }
        profile
    }

    /// Returns the HTTP settings with the credential of the API, unless the program has set
    /// one.
    pub(super) fn with_credential(&self, check: &mut SettingsCheck) -> ApiClientBuilder {
        let http = self.http.clone();
        if http.has_access() {
            return http;
        }
        let mut secret = |setting| check.header(setting, self.values.get(setting));
        let tokens = |scheme: &&SecurityScheme| !matches!(scheme, SecurityScheme::ApiKey { .. });
        match C::SECURITY.iter().find(tokens) {
            Some(SecurityScheme::OAuth2 { .. }) => {
                let application = self.application.confidential_application(check);
                http.credential(ClientCredentials::new(application))
            }
            Some(SecurityScheme::Bearer) => http.credential(FixedToken::new(secret(TOKEN))),
            Some(SecurityScheme::Basic) => {
                let user = secret(USER);
                http.credential(BasicAuth::new(user.expose_secret(), secret(PASSWORD)))
            }
            Some(SecurityScheme::ApiKey { .. }) | None => http.without_token(),
        }
    }
}

/// Returns the settings of security schemes that are secrets.
pub(super) fn settings_of(schemes: &[SecurityScheme]) -> impl Iterator<Item = &'static str> {
    schemes.iter().flat_map(|scheme| match *scheme {
        SecurityScheme::OAuth2 { .. } => Vec::new(),
        SecurityScheme::Bearer => vec![TOKEN],
        SecurityScheme::Basic => vec![USER, PASSWORD],
        SecurityScheme::ApiKey { setting, .. } => vec![setting],
    })
}

/// Sets the value of a header that is sent with every call. A header that the profile has
/// keeps its description.
fn with_header(profile: Profile, name: &str, value: &SecretString) -> Result<Profile, AuthError> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| AuthError::configuration(format!("{name} is not the name of a header")))?;
    let is_known = profile.headers().iter().any(|known| *known.name() == name);
    let profile = if is_known {
        profile
    } else {
        profile.with_required_header(ApiHeader::new(name.clone()))
    };
    profile.with_header(name, value)
}
