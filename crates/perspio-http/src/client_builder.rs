//! The settings of a client, which its API describes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::marker::PhantomData;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::http::HeaderName;
use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{
    ApiHeader, Application, BasicAuth, ClientCredentials, Error as AuthError, FixedToken, Profile,
    Prompt, Scopes,
};

use crate::api::{Api, KeyLocation, SecurityScheme};
use crate::builder::ApiClientBuilder;
use crate::client::ApiClient;
use crate::error::Error;
use crate::settings::{ApplicationSettings, ServerSettings, SettingsCheck, Variables};

const TOKEN: &str = "TOKEN";
const USER: &str = "USER";
const PASSWORD: &str = "PASSWORD";

/// Where the client id and the secret of an unknown identity server are found.
const REGISTRATION: &str = "the registration of your application at the identity server";

/// The settings of a client `C` for the [`Api`] that describes them. Each has an environment
/// variable of the same meaning, by which errors name it.
pub struct ClientBuilder<C> {
    api: &'static Api,
    application: ApplicationSettings,
    servers: ServerSettings,
    /// Tokens, passwords and keys, by their settings.
    secrets: BTreeMap<&'static str, SecretString>,
    http: ApiClientBuilder,
    /// Hints at variables that are no settings.
    unknown: Vec<String>,
    /// The variables that could not be read.
    unreadable: SettingsCheck,
    client: PhantomData<fn() -> C>,
}

impl<C: From<ApiClient>> ClientBuilder<C> {
    /// Returns a builder whose settings the program gives.
    pub fn new(api: &'static Api) -> Self {
        Self::read(api, &|_| None, [])
    }

    /// Returns a builder with the settings of the environment. Single ones can be replaced
    /// before [`build`](Self::build).
    pub fn from_env(api: &'static Api) -> Self {
        let set = std::env::vars_os().map(|(name, _)| name);
        Self::read(api, &|name| std::env::var_os(name), set)
    }

    /// Returns the same from anything that has values by the names of the variables.
    pub fn from_variables(api: &'static Api, get: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::read(api, &get, [])
    }

    fn read(
        api: &'static Api,
        get: &dyn Fn(&str) -> Option<OsString>,
        set: impl IntoIterator<Item = OsString>,
    ) -> Self {
        let names = api.variables;
        let mut variables = Variables::new(get);
        let application =
            ApplicationSettings::read(names, &mut variables, REGISTRATION, REGISTRATION);
        let servers = ServerSettings::read(names, &mut variables);
        let settings = api.security.iter().flat_map(|scheme| secrets_of(*scheme));
        let secrets = settings
            .filter_map(|setting| Some((setting, variables.secret(&names.of(setting))?)))
            .collect();
        let placeholder = placeholder();
        Self {
            api,
            application,
            servers,
            secrets,
            http: ApiClient::builder(Profile::custom(api.name, placeholder.clone(), &placeholder)),
            unknown: variables.unknown(names, &[], set),
            unreadable: variables.finish(),
            client: PhantomData,
        }
    }

    /// Sets the address of the API (`BASE_URL`): https, or http for this machine.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.servers.base_url = Some(base_url.into());
        self
    }

    /// Sets the client id of the application (`CLIENT_ID`).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.application.client_id = Some(client_id.into());
        self
    }

    /// Sets the secret of the application (`CLIENT_SECRET`).
    pub fn client_secret(mut self, client_secret: impl Into<SecretString>) -> Self {
        self.application.client_secret = Some(client_secret.into());
        self
    }

    /// Sets a bearer token that was obtained elsewhere (`TOKEN`).
    pub fn token(self, token: impl Into<SecretString>) -> Self {
        self.secret(TOKEN, token)
    }

    /// Sets the user name and the password of a user of the API (`USER`, `PASSWORD`).
    pub fn basic_auth(self, user: &str, password: impl Into<SecretString>) -> Self {
        self.secret(USER, user).secret(PASSWORD, password)
    }

    /// Sets the API key of a setting, such as `API_KEY`.
    pub fn api_key(self, setting: &'static str, key: impl Into<SecretString>) -> Self {
        self.secret(setting, key)
    }

    fn secret(mut self, setting: &'static str, value: impl Into<SecretString>) -> Self {
        self.secrets.insert(setting, value.into());
        self
    }

    /// Changes the settings of the application: a certificate or a token file instead of a
    /// secret.
    pub fn application(mut self, change: impl FnOnce(&mut ApplicationSettings)) -> Self {
        change(&mut self.application);
        self
    }

    /// Changes the settings of the identity server and of the network.
    pub fn servers(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        change(&mut self.servers);
        self
    }

    /// Changes the settings that every client has: credential or token source, store, limits,
    /// timeouts, retries, observers, middleware.
    ///
    /// ```
    /// use std::time::Duration;
    /// use perspio_http::{ApiClient, ClientBuilder};
    ///
    /// fn limited(builder: ClientBuilder<ApiClient>) -> ClientBuilder<ApiClient> {
    ///     builder.http(|http| http.timeout(Duration::from_secs(60)))
    /// }
    /// ```
    pub fn http(mut self, change: impl FnOnce(ApiClientBuilder) -> ApiClientBuilder) -> Self {
        self.http = change(self.http);
        self
    }

    /// Returns hints at variables of the environment whose name is no setting's.
    /// [`build`](Self::build) logs them as warnings.
    pub fn hints(&self) -> &[String] {
        &self.unknown
    }

    /// Returns what the [`SignIn`](perspio_auth::SignIn) of a user needs of these settings. API
    /// keys are sent with calls only, and may be missing.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut problems = self.unreadable.clone();
        let application = self.application.application(&mut problems);
        let profile = self.profile(&mut problems);
        problems.finish()?;
        Ok((profile, application))
    }

    /// Builds the client. Nothing is sent: the first call obtains the token.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn build(self) -> Result<C, Error> {
        for hint in &self.unknown {
            tracing::warn!("{hint}");
        }
        let mut problems = self.unreadable.clone();
        let profile = self.profile(&mut problems);
        let profile = self.with_keys(profile, &mut problems);
        let http = self.access(&mut problems);
        problems.finish()?;
        Ok(C::from(http.profile(profile).build()?))
    }

    /// Returns the profile without API keys.
    fn profile(&self, problems: &mut SettingsCheck) -> Profile {
        let names = self.api.variables;
        let given = self.servers.base_url(problems);
        let documented = || problems.endpoint(&names.base_url(), self.api.base_url);
        let base_url = given.or_else(documented).unwrap_or_else(|| {
            problems.add(&names.base_url(), "is missing", "the address of the API");
            placeholder()
        });
        let mut profile = Profile::custom(self.api.name, base_url.clone(), &base_url);
        for scheme in self.api.security {
            if let SecurityScheme::OAuth2 {
                token_url,
                authorize_url,
                scopes,
            } = *scheme
            {
                let mut scopes = Scopes::uniform(scopes.iter().copied());
                // Not every server knows it.
                scopes = scopes.with_offline_access(false);
                profile = profile.with_scopes(scopes).with_prompt(Prompt::Unspecified);
                match problems.endpoint(&names.of("TOKEN_URL"), token_url) {
                    Some(url) => profile = profile.with_token_url(url),
                    None if self.has_identity_server() => {}
                    None => problems.add(
                        &names.of("TOKEN_URL"),
                        "is missing: the document of the API does not name the token endpoint",
                        "",
                    ),
                }
                if let Some(url) = problems.endpoint(&names.of("AUTHORIZE_URL"), authorize_url) {
                    profile = profile.with_authorize_url(url);
                }
            }
        }
        profile = self.servers.identity(profile, problems);
        if let Some(scopes) = self.servers.scopes() {
            profile = profile.with_scopes(scopes);
        }
        self.servers.sign_in(profile)
    }

    fn has_identity_server(&self) -> bool {
        self.servers.authority.is_some() || self.servers.token_url.is_some()
    }

    /// Adds the API keys, which are required.
    fn with_keys(&self, mut profile: Profile, problems: &mut SettingsCheck) -> Profile {
        for scheme in self.api.security {
            let SecurityScheme::ApiKey {
                location,
                name,
                setting,
            } = *scheme
            else {
                continue;
            };
            let variable = self.api.variables.of(setting);
            let value = problems.header(&variable, self.secrets.get(setting).cloned(), "");
            let with_key = match location {
                KeyLocation::Header => with_header(profile.clone(), name, &value),
                KeyLocation::Query => profile.clone().with_query_key(name, &value),
                KeyLocation::Cookie => profile.clone().with_cookie(name, &value),
            };
            match with_key {
                Ok(with_key) => profile = with_key,
                Err(cause) => problems.add(&variable, cause.to_string(), ""),
            }
        }
        profile
    }

    /// Returns the HTTP settings with the credential of the API, unless the program has set
    /// one.
    fn access(&self, problems: &mut SettingsCheck) -> ApiClientBuilder {
        let http = self.http.clone();
        if http.has_access() {
            return http;
        }
        let mut secret = |setting| {
            let variable = self.api.variables.of(setting);
            problems.given(&variable, self.secrets.get(setting).cloned(), "")
        };
        let tokens = |scheme: &&SecurityScheme| !matches!(scheme, SecurityScheme::ApiKey { .. });
        match self.api.security.iter().find(tokens) {
            Some(SecurityScheme::OAuth2 { .. }) => {
                let application = self.application.confidential_application(problems);
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

/// Returns an address in place of a missing one, until all problems are reported. It cannot be
/// resolved (RFC 2606 §2).
fn placeholder() -> Endpoint {
    Endpoint::from_static("https://base-url.invalid")
}

/// Adds a header that is sent with every call.
fn with_header(profile: Profile, name: &str, value: &SecretString) -> Result<Profile, AuthError> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| AuthError::configuration(format!("{name} is not the name of a header")))?;
    profile
        .with_required_header(ApiHeader::new(name.clone()))
        .with_header(name, value)
}

/// Returns the settings of a scheme that are secrets.
fn secrets_of(scheme: SecurityScheme) -> Vec<&'static str> {
    match scheme {
        SecurityScheme::OAuth2 { .. } => Vec::new(),
        SecurityScheme::Bearer => vec![TOKEN],
        SecurityScheme::Basic => vec![USER, PASSWORD],
        SecurityScheme::ApiKey { setting, .. } => vec![setting],
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            api: self.api,
            application: self.application.clone(),
            servers: self.servers.clone(),
            secrets: self.secrets.clone(),
            http: self.http.clone(),
            unknown: self.unknown.clone(),
            unreadable: self.unreadable.clone(),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api", &self.api.name)
            .field("application", &self.application)
            .field("servers", &self.servers)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
