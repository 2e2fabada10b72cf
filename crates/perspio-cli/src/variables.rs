//! The settings of a command: the environment, and where it has none, a profile.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

use perspio::ClientBuilder;
use perspio_auth::SecretString;
use perspio_auth::secret::ExposeSecret;
use perspio_http::Api;
use perspio_http::settings::Variables;
use perspio_sandbox::Sandbox;

use crate::arguments::GlobalOptions;
use crate::failure::{self, Failure};
use crate::profiles::{CREDENTIALS, ProfilesFile, SETTINGS, Values, secrets};
use crate::sign_ins::Account;

/// The settings of a command.
#[derive(Default)]
pub(crate) struct Settings {
    /// The name of the profile, if there is one.
    profile: Option<String>,
    /// Whether the environment overrides the values.
    uses_environment: bool,
    /// The values of the profile or of a sandbox by the names of the variables.
    values: BTreeMap<String, SecretString>,
}

/// Where the value of a setting is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Environment,
    Profile(String),
    Sandbox,
    Default,
}

impl Settings {
    /// Returns the settings of a command, and prints what looks wrong in them.
    ///
    /// # Errors
    /// See [`Self::load`].
    pub(crate) async fn of_command(options: &GlobalOptions) -> Result<Self, Failure> {
        let settings = Self::load(options).await?;
        settings.print_hints();
        Ok(settings)
    }

    /// Returns the settings of a command that needs no secret of a profile, and prints what
    /// looks wrong in them.
    ///
    /// # Errors
    /// There is no such profile, or the file is invalid.
    pub(crate) fn without_secrets(options: &GlobalOptions) -> Result<Self, Failure> {
        let settings = Self::select(options)?;
        settings.print_hints();
        Ok(settings)
    }

    /// Returns the settings of a command.
    ///
    /// # Errors
    /// There is no such profile, the file is invalid, or a secret cannot be read.
    pub(crate) async fn load(options: &GlobalOptions) -> Result<Self, Failure> {
        let mut settings = Self::select(options)?;
        let Some(name) = &settings.profile else {
            return Ok(settings);
        };
        for setting in SETTINGS.iter().filter(|setting| setting.is_secret) {
            // A secret that the environment overrides need not be readable.
            if !is_overridden(setting.name)
                && let Some(secret) = secrets::read(name, setting).await?
            {
                settings.values.insert(setting.variable(), secret);
            }
        }
        Ok(settings)
    }

    /// Selects the profile: with `--profile`, `PERSPIO_PROFILE`, or the default of the file.
    fn select(options: &GlobalOptions) -> Result<Self, Failure> {
        let variable = variable("PROFILE")?;
        let variable = variable.as_ref().map(ExposeSecret::expose_secret);
        let named = options.profile.as_deref().or(variable);
        let file = match named {
            Some(_) => Some(ProfilesFile::read()?),
            None => ProfilesFile::read_unnamed()?,
        };
        let selected = match &file {
            Some(file) => file.select(named)?,
            None => None,
        };
        let mut settings = Self {
            uses_environment: true,
            ..match selected {
                Some((name, values)) => Self::of_profile(name, values),
                None => Self::default(),
            }
        };
        for setting in SETTINGS.iter().filter(|it| is_overridden(it.name)) {
            settings.values.remove(&setting.variable());
        }
        Ok(settings)
    }

    fn print_hints(&self) {
        for hint in self.client_builder().hints() {
            failure::print_message("hint", &hint);
        }
    }

    /// Returns the settings of a profile without its secrets and without the environment.
    pub(crate) fn of_profile(name: &str, values: &Values) -> Self {
        let variable = |setting: &str| perspio::Client::VARIABLES.of(setting);
        let values = values.iter();
        let values = values.map(|(name, value)| (variable(name), value.as_str().into()));
        Self {
            profile: Some(name.to_owned()),
            uses_environment: false,
            values: values.collect(),
        }
    }

    /// Returns the settings of a sandbox.
    pub(crate) fn of_sandbox(sandbox: &Sandbox) -> Self {
        let values = sandbox.environment().into_iter();
        Self {
            profile: None,
            uses_environment: false,
            values: values
                .map(|(name, value)| (name.to_owned(), SecretString::from(value)))
                .collect(),
        }
    }

    fn value(&self, variable: &str) -> Option<OsString> {
        let value = self.values.get(variable)?;
        Some(OsString::from(value.expose_secret()))
    }

    /// Returns the settings of the client.
    pub(crate) fn client_builder(&self) -> ClientBuilder {
        if self.uses_environment {
            ClientBuilder::from_env_or(|name| self.value(name))
        } else {
            ClientBuilder::from_variables(|name| self.value(name))
        }
    }

    /// Returns the account of a sign-in with these settings.
    ///
    /// # Errors
    /// Settings are missing or invalid.
    pub(crate) fn account(&self) -> Result<Account, perspio::Error> {
        let (profile, application) = self.client_builder().profile_and_application()?;
        Ok(Account::new(profile, application, self.profile.as_deref()))
    }

    /// Returns the redirect URI of a sign-in, if one is set.
    pub(crate) fn redirect_uri(&self) -> Result<Option<String>, Failure> {
        const REDIRECT_URI: &str = "REDIRECT_URI";
        let name = perspio::Client::VARIABLES.of(REDIRECT_URI);
        let value = variable(REDIRECT_URI)?.or_else(|| self.values.get(&name).cloned());
        Ok(value.map(|uri| uri.expose_secret().to_owned()))
    }

    /// Returns where the value of a setting is from.
    pub(crate) fn origin(&self, variable: &str) -> Origin {
        if self.uses_environment && is_set(variable) {
            return Origin::Environment;
        }
        match &self.profile {
            _ if !self.values.contains_key(variable) => Origin::Default,
            Some(name) => Origin::Profile(name.clone()),
            None => Origin::Sandbox,
        }
    }

    /// Returns the value of a setting that is no secret, for a message.
    pub(crate) fn shown(&self, variable: &str) -> Option<String> {
        let environment = env::var(variable).ok();
        let environment = environment.filter(|_| self.uses_environment && is_set(variable));
        let own = || Some(self.values.get(variable)?.expose_secret().to_owned());
        environment.or_else(own)
    }
}

/// Returns whether the environment sets a setting, or another one of the same purpose.
fn is_overridden(setting: &str) -> bool {
    let is_set = |setting: &str| is_set(&perspio::Client::VARIABLES.of(setting));
    is_set(setting) || (CREDENTIALS.contains(&setting) && CREDENTIALS.into_iter().any(is_set))
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.to_string_lossy().trim().is_empty())
}

/// Returns the value of the variable `PERSPIO_{setting}` of this command; `None` if it is empty.
pub(crate) fn variable(setting: &str) -> Result<Option<SecretString>, Failure> {
    let get = |name: &str| env::var_os(name);
    let mut variables = Variables::new(perspio::Client::VARIABLES, &get);
    let value = variables.secret(setting);
    variables.finish().finish().map_err(perspio::Error::from)?;
    Ok(value)
}
