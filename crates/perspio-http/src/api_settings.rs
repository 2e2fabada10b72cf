//! The settings from which the profile of an API is made.

use std::collections::BTreeMap;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{Profile, Prompt, Scopes};

use crate::security::SecurityScheme;
use crate::settings::{ServerSettings, SettingsCheck, TOKEN_URL};

/// The settings from which [`Api::profile`](crate::Api::profile) makes the profile of an API, and the report of what
/// is wrong with them.
pub struct ApiSettings<'a> {
    values: &'a BTreeMap<&'static str, SecretString>,
    servers: &'a ServerSettings,
    requests_tokens: bool,
    check: &'a mut SettingsCheck,
    hints: Vec<String>,
}

impl<'a> ApiSettings<'a> {
    pub(crate) fn new(
        values: &'a BTreeMap<&'static str, SecretString>,
        servers: &'a ServerSettings,
        requests_tokens: bool,
        check: &'a mut SettingsCheck,
    ) -> Self {
        Self {
            values,
            servers,
            requests_tokens,
            check,
            hints: Vec::new(),
        }
    }

    /// Returns the value of a setting that is no secret, without the spaces around it.
    pub fn text(&mut self, setting: &str) -> Option<&'a str> {
        let value = self.values.get(setting)?.expose_secret();
        self.check.characters(setting, value);
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// Returns whether tokens are requested of an identity server whose address is not a setting
    /// (`AUTHORITY`).
    pub fn needs_authority(&self) -> bool {
        self.requests_tokens && self.servers.authority.is_none()
    }

    /// Reports that a setting is missing or invalid. `problem` continues a sentence that begins
    /// with the name of the setting: "is missing".
    pub fn problem(&mut self, setting: &str, problem: impl Into<String>) {
        self.check.add(setting, problem);
    }

    /// Reports a setting that looks wrong but may be right.
    pub fn hint(&mut self, hint: impl Into<String>) {
        self.hints.push(hint.into());
    }

    pub(crate) fn into_hints(self) -> Vec<String> {
        self.hints
    }

    /// Returns the profile that the security schemes of the document describe.
    pub(crate) fn documented_profile(
        &mut self,
        name: &'static str,
        schemes: &[SecurityScheme],
    ) -> Profile {
        let placeholder = placeholder();
        let mut profile = Profile::custom(name, placeholder.clone(), &placeholder);
        for scheme in schemes {
            let SecurityScheme::OAuth2 {
                token_url,
                authorize_url,
                scopes,
            } = *scheme
            else {
                continue;
            };
            // Not every server knows the scope `offline_access`.
            let scopes = Scopes::uniform(scopes.iter().copied()).with_offline_access(false);
            profile = profile.with_scopes(scopes).with_prompt(Prompt::Unspecified);
            match self.check.endpoint(TOKEN_URL, token_url) {
                Some(url) => profile = profile.with_token_url(url),
                None if self.needs_authority() && self.servers.token_url.is_none() => {
                    let problem =
                        "is missing: the document of the API does not name the token endpoint";
                    self.problem(TOKEN_URL, problem);
                }
                None => {}
            }
            if let Some(url) = self.check.endpoint("AUTHORIZE_URL", authorize_url) {
                profile = profile.with_authorize_url(url);
            }
        }
        profile
    }
}

/// Returns an address in place of a missing one, until all problems are reported. It cannot be
/// resolved (RFC 2606 §2).
pub(crate) fn placeholder() -> Endpoint {
    Endpoint::from_static("https://base-url.invalid")
}
