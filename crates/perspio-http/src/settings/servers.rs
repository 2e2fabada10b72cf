//! The settings that every client has: its servers, and the way to them.

use std::fmt;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Issuer, Network, Profile, Prompt, Scopes};

use super::{BASE_URL, SettingsCheck, TOKEN_URL, Variables};

/// Where an API and its identity server are, and how connections leave this
/// machine, as it was given: nothing is checked yet.
#[derive(Clone)]
pub(crate) struct ServerSettings {
    /// The API's address.
    pub(crate) base_url: Option<String>,
    /// The identity server: its URL up to `/oauth2/v2.0`.
    pub(crate) authority: Option<String>,
    /// Where a person signs in; wins over the authority, as the next two do.
    pub(crate) authorize_url: Option<String>,
    /// The token endpoint.
    pub(crate) token_url: Option<String>,
    /// Where the device flow begins.
    pub(crate) device_code_url: Option<String>,
    /// What the identity server calls itself.
    pub(crate) issuer: Option<String>,
    /// Scopes, separated by spaces.
    pub(crate) scopes: Option<String>,
    /// What a user is asked for in addition to signing in.
    pub(crate) prompt: Option<Prompt>,
    /// Whether the scope `offline_access` is requested.
    pub(crate) offline_access: Option<bool>,
    /// A file of certificates (PEM) whose authorities are trusted too.
    pub(crate) ca_file: Option<String>,
    /// How connections leave this machine.
    pub(crate) network: Network,
}

impl ServerSettings {
    /// Reads the values of the variables.
    pub(crate) fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            base_url: variables.text(BASE_URL),
            authority: variables.text("AUTHORITY"),
            authorize_url: variables.text("AUTHORIZE_URL"),
            token_url: variables.text(TOKEN_URL),
            device_code_url: variables.text("DEVICE_CODE_URL"),
            issuer: variables.text("ISSUER"),
            scopes: variables.text("SCOPES"),
            prompt: variables.parsed("PROMPT", |text| {
                text.parse()
                    .map_err(|error: perspio_auth::Error| error.to_string())
            }),
            offline_access: variables.parsed("OFFLINE_ACCESS", |text| {
                text.parse()
                    .map_err(|_| format!("is {text:?}; it must be true or false"))
            }),
            ca_file: variables.text("CA_FILE"),
            network: Network::new(),
        }
    }

    /// The API's address, if one is given that can be used.
    pub(crate) fn base_url(&self, check: &mut SettingsCheck) -> Option<Endpoint> {
        check.endpoint(BASE_URL, self.base_url.as_deref())
    }

    /// The same scopes for every grant, if any are given.
    pub(crate) fn scopes(&self) -> Option<Scopes> {
        let mut scopes = self.scopes.as_deref()?.split_whitespace().peekable();
        scopes.peek()?;
        Some(Scopes::uniform(scopes))
    }

    /// `profile` with the prompt and the scope `offline_access` of these settings. Called
    /// last: other addresses and scopes reset both.
    pub(crate) fn sign_in(&self, mut profile: Profile) -> Profile {
        if let Some(prompt) = self.prompt {
            profile = profile.with_prompt(prompt);
        }
        if let Some(requested) = self.offline_access {
            let scopes = profile.scopes().clone();
            profile = profile.with_scopes(scopes.with_offline_access(requested));
        }
        profile
    }

    /// `profile` at the identity server of these settings, on the way of these
    /// settings; its address and scopes stay.
    pub(crate) fn identity(&self, mut profile: Profile, check: &mut SettingsCheck) -> Profile {
        let known_server = profile.token_url().clone();
        for (setting, text) in [
            ("ISSUER", &self.issuer),
            ("SCOPES", &self.scopes),
            ("CA_FILE", &self.ca_file),
        ] {
            check.characters(setting, text.as_deref().unwrap_or_default());
        }
        let mut endpoint =
            |setting, text: &Option<String>| check.endpoint(setting, text.as_deref());
        // The single addresses win over the authority.
        if let Some(authority) = endpoint("AUTHORITY", &self.authority) {
            profile = profile.with_authority(&authority);
        }
        if let Some(authorize_url) = endpoint("AUTHORIZE_URL", &self.authorize_url) {
            profile = profile.with_authorize_url(authorize_url);
        }
        if let Some(token_url) = endpoint(TOKEN_URL, &self.token_url) {
            profile = profile.with_token_url(token_url);
        }
        if let Some(device_code_url) = endpoint("DEVICE_CODE_URL", &self.device_code_url) {
            profile = profile.with_device_code_url(device_code_url);
        }
        if !known_server.same_origin(profile.token_url().url()) {
            // Nothing is known about another server.
            profile = profile.with_single_use_refresh_tokens(true);
        }
        if let Some(issuer) = self.issuer.clone() {
            profile = profile.with_issuer(Issuer::Known(issuer));
        }
        profile.with_network(self.network(check))
    }

    fn network(&self, check: &mut SettingsCheck) -> Network {
        let network = self.network.clone();
        let Some(path) = &self.ca_file else {
            return network;
        };
        let trusting = match std::fs::read(path) {
            Ok(pem) => network
                .root_certificates(&pem)
                .map_err(|error| format!("the file {path}: {error}")),
            Err(error) => Err(format!("the file {path} cannot be read: {error}")),
        };
        trusting.unwrap_or_else(|problem| {
            check.add("CA_FILE", problem);
            Network::new()
        })
    }
}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings")
            .field("base_url", &self.base_url)
            .field("authority", &self.authority)
            .field("authorize_url", &self.authorize_url)
            .field("token_url", &self.token_url)
            .field("device_code_url", &self.device_code_url)
            .field("issuer", &self.issuer)
            .field("scopes", &self.scopes)
            .field("prompt", &self.prompt)
            .field("offline_access", &self.offline_access)
            // A proxy's address may hold a password.
            .finish_non_exhaustive()
    }
}
