//! The builder of a client, whose settings its API describes.

mod addresses;
mod credentials;
mod setters;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use perspio_auth::secret::SecretString;
use perspio_auth::{Application, Profile};

use crate::api::Api;
use crate::api_settings::{ApiSettings, placeholder};
use crate::builder::ApiClientBuilder;
use crate::client::ApiClient;
use crate::error::Error;
use crate::settings::{ApplicationSettings, ServerSettings, SettingsCheck, Variables};
use addresses::Addresses;

/// The settings of a client `C`, which its [`Api`] describes. Each has an environment variable of
/// the same meaning, by which errors name it: the prefix of the API, then the name in the
/// documentation of the setter, such as `EXAMPLE_CLIENT_ID`.
pub struct ClientBuilder<C> {
    application: ApplicationSettings,
    servers: ServerSettings,
    addresses: Addresses,
    /// The settings that the API has in addition, such as keys.
    values: BTreeMap<&'static str, SecretString>,
    profile_changes: Vec<Arc<dyn Fn(Profile) -> Profile + Send + Sync>>,
    http: ApiClientBuilder,
    /// Hints at variables that are no settings.
    unknown: Vec<String>,
    /// A check that has found the variables that could not be read.
    unreadable: SettingsCheck,
    client: PhantomData<fn() -> C>,
}

impl<C: Api> ClientBuilder<C> {
    /// Returns a builder whose settings the program gives.
    #[allow(
        clippy::new_without_default,
        reason = "`Client::builder` is the constructor that programs use"
    )]
    pub fn new() -> Self {
        Self::from_variables(|_| None)
    }

    /// Returns a builder with the settings of the environment. Single ones can be replaced
    /// before [`build`](Self::build).
    pub fn from_env() -> Self {
        let set = std::env::vars_os().map(|(name, _)| name);
        Self::read(&|name| std::env::var_os(name), set)
    }

    /// Returns a builder with the settings of the environment, and where it has none, with those
    /// of `fallback`, such as a configuration file. `fallback` gets the name of a variable. An
    /// empty variable counts as missing.
    ///
    /// ```
    /// use perspio_http::{Api, ClientBuilder};
    ///
    /// fn with_default_server<C: Api>() -> ClientBuilder<C> {
    ///     ClientBuilder::from_env_or(|name| {
    ///         (name == "EXAMPLE_BASE_URL").then(|| "https://api.staging.example".into())
    ///     })
    /// }
    /// ```
    pub fn from_env_or(fallback: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = std::env::vars_os().map(|(name, _)| name);
        let environment = |name: &str| std::env::var_os(name);
        Self::read(&|name| first(name, environment, &fallback), set)
    }

    /// Returns the same from anything that has values by the names of the variables.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::read(&get, [])
    }

    /// `set` are the names of all variables, as far as they are known.
    fn read(
        get: &dyn Fn(&str) -> Option<OsString>,
        set: impl IntoIterator<Item = OsString>,
    ) -> Self {
        let mut variables = Variables::new(C::VARIABLES, get).found_at(C::FOUND_AT);
        let application = ApplicationSettings::read(&mut variables);
        let servers = ServerSettings::read(&mut variables);
        let addresses = Addresses::read::<C>(&mut variables);
        let own = credentials::settings_of(C::SECURITY).chain(C::SETTINGS.iter().copied());
        let values = own
            .filter_map(|setting| Some((setting, variables.secret(setting)?)))
            .collect();
        let placeholder = placeholder();
        Self {
            application,
            servers,
            addresses,
            values,
            profile_changes: Vec::new(),
            // The profile is replaced by `build`, after all settings are checked.
            http: ApiClient::builder(Profile::custom(C::NAME, placeholder.clone(), &placeholder)),
            unknown: variables.unknown(C::SETTINGS_OF_OTHERS, set),
            unreadable: variables.finish(),
            client: PhantomData,
        }
    }

    /// Returns what looks wrong but may be right, such as a variable of the environment whose
    /// name is no setting's. [`build`](Self::build) logs it as warnings.
    pub fn hints(&self) -> Vec<String> {
        let mut check = self.unreadable.clone();
        let mut settings = self.api_settings(false, &mut check);
        C::profile(&mut settings);
        let of_the_api = settings.into_hints();
        self.unknown.iter().cloned().chain(of_the_api).collect()
    }

    /// Returns what the [`SignIn`](perspio_auth::SignIn) of a user needs of these settings. Keys
    /// and other values that are only sent with calls may be missing.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn profile_and_application(&self) -> Result<(Profile, Application), Error> {
        let mut check = self.unreadable.clone();
        let application = self.application.application(&mut check);
        let profile = self.profile(true, &mut check);
        let profile = self.with_given_keys(profile, &mut check);
        check.finish()?;
        Ok((profile, application))
    }

    /// Builds the client. Nothing is sent: the first call obtains the token.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn build(self) -> Result<C, Error> {
        for hint in self.hints() {
            tracing::warn!("{hint}");
        }
        let mut check = self.unreadable.clone();
        self.require_settings(&mut check);
        let mut http = self.with_credential(&mut check);
        let profile = self.profile(http.requests_tokens(), &mut check);
        let profile = self.with_given_keys(profile, &mut check);
        check.finish()?;
        // Only this machine is called over http: a sandbox, or a mock.
        if profile.base_url().url().scheme() == "https" {
            http = http.or_limits(C::limits);
        }
        Ok(C::from(http.profile(profile).build()?))
    }

    /// Returns the profile without keys. If `requests_tokens`, the identity server must be known.
    fn profile(&self, requests_tokens: bool, check: &mut SettingsCheck) -> Profile {
        let mut settings = self.api_settings(requests_tokens, check);
        let mut profile = C::profile(&mut settings);
        profile = self.with_addresses(profile, check);
        profile = self.servers.identity(profile, check);
        if let Some(scopes) = self.servers.scopes() {
            let scopes = profile.scopes().replaced_by(scopes);
            profile = profile.with_scopes(scopes);
        }
        profile = self.servers.sign_in(profile);
        let changes = self.profile_changes.iter();
        changes.fold(profile, |profile, change| change(profile))
    }

    fn api_settings<'a>(
        &'a self,
        requests_tokens: bool,
        check: &'a mut SettingsCheck,
    ) -> ApiSettings<'a> {
        ApiSettings::new(&self.values, &self.servers, requests_tokens, check)
    }
}

/// Returns the value that `get` has, or that of `fallback` if it is missing or blank.
fn first(
    name: &str,
    get: impl Fn(&str) -> Option<OsString>,
    fallback: impl Fn(&str) -> Option<OsString>,
) -> Option<OsString> {
    let is_blank = |value: &OsString| value.to_str().is_some_and(|text| text.trim().is_empty());
    let value = get(name).filter(|value| !is_blank(value));
    value.or_else(|| fallback(name))
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            application: self.application.clone(),
            servers: self.servers.clone(),
            addresses: self.addresses.clone(),
            values: self.values.clone(),
            profile_changes: self.profile_changes.clone(),
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
            .field("application", &self.application)
            .field("servers", &self.servers)
            .field("addresses", &self.addresses)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
