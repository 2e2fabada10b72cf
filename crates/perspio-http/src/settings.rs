//! The settings of a client: where they come from, and everything that is wrong with them
//! in one error.

mod application;
mod characters;
mod names;
mod server_url;
mod servers;
mod unknown;
mod variables;

use std::fmt;

pub(crate) use application::ApplicationSettings;
pub use characters::misplaced_characters;
pub use names::VariableNames;
pub(crate) use names::{BASE_URL, TOKEN_URL};
pub(crate) use server_url::filled;
pub(crate) use servers::ServerSettings;
pub use unknown::nearest;
pub use variables::Variables;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::secret::{ExposeSecret, SecretString, sensitive_header};

/// Everything that is wrong with the settings of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    problems: Vec<SettingProblem>,
}

/// One setting that is missing or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting's name: its environment variable.
    pub name: String,
    /// What is wrong with it; never the value of a secret.
    pub problem: String,
    /// Where a person finds it.
    pub found_at: &'static str,
}

impl SettingsError {
    /// Returns the problems, in the order of the settings.
    pub fn problems(&self) -> &[SettingProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.problems.iter().map(|problem| problem.name.len()).max();
        write!(f, "settings are missing or invalid:")?;
        for SettingProblem {
            name,
            problem,
            found_at,
        } in &self.problems
        {
            write!(
                f,
                "\n  {name:width$}  {problem}",
                width = width.unwrap_or_default()
            )?;
            if !found_at.is_empty() {
                write!(f, " ({found_at})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}

/// Checks the settings of a client and collects all problems, so that they can be
/// corrected at once.
#[derive(Clone, Debug)]
pub struct SettingsCheck {
    names: VariableNames,
    /// Where a person finds the value of a setting.
    found_at: &'static [(&'static str, &'static str)],
    problems: Vec<SettingProblem>,
}

impl SettingsCheck {
    pub(crate) fn new(
        names: VariableNames,
        found_at: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            names,
            found_at,
            problems: Vec::new(),
        }
    }

    /// Returns the error, if there are problems.
    pub fn finish(self) -> Result<(), SettingsError> {
        let problems = self.problems;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(SettingsError { problems })
        }
    }

    /// Returns the name of the environment variable of a setting.
    pub(crate) fn name(&self, setting: &str) -> String {
        self.names.of(setting)
    }

    /// Adds a problem. Only the first one of a setting is reported.
    pub(crate) fn add(&mut self, setting: &str, problem: impl Into<String>) {
        let name = self.name(setting);
        if self.problems.iter().any(|known| known.name == name) {
            return;
        }
        let found_at = self.found_at.iter().find(|(known, _)| *known == setting);
        self.problems.push(SettingProblem {
            name,
            problem: problem.into(),
            found_at: found_at.map_or("", |(_, found_at)| found_at),
        });
    }

    /// Checks a required value. An empty one takes the place of a missing one until all
    /// problems are reported.
    pub(crate) fn given(&mut self, setting: &str, value: Option<&SecretString>) -> SecretString {
        match value {
            // Read from a file, a value often ends in a line break.
            Some(value) if !value.expose_secret().trim().is_empty() => {
                self.characters(setting, value.expose_secret());
                SecretString::from(value.expose_secret().trim())
            }
            _ => {
                self.add(setting, "is missing");
                SecretString::default()
            }
        }
    }

    /// Checks a required value that is sent in a header.
    pub(crate) fn header(&mut self, setting: &str, value: Option<&SecretString>) -> SecretString {
        let value = self.given(setting, value);
        if sensitive_header(value.expose_secret()).is_none() {
            let problem = "holds a line break or another character that cannot be sent";
            self.add(setting, problem);
        }
        value
    }

    /// Checks a value for characters that got into it by mistake; see
    /// [`misplaced_characters`].
    pub(crate) fn characters(&mut self, setting: &str, value: &str) {
        if let Some(problem) = misplaced_characters(value) {
            self.add(setting, problem);
        }
    }

    /// Checks an optional URL.
    pub(crate) fn endpoint(&mut self, setting: &str, text: Option<&str>) -> Option<Endpoint> {
        let text = text?;
        self.characters(setting, text);
        match text.parse::<Endpoint>() {
            Ok(endpoint) => Some(endpoint),
            Err(cause) => {
                self.add(setting, format!("cannot be used: {cause}"));
                None
            }
        }
    }
}
