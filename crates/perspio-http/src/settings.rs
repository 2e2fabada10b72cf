//! The settings of a client: where they come from, and everything that is wrong with them
//! in one error. For the authors of clients.

mod application;
mod builder;
mod characters;
mod names;
mod servers;
mod unknown;
mod variables;

use std::fmt;

pub use application::ApplicationSettings;
pub use characters::misplaced_characters;
pub use names::VariableNames;
pub use servers::ServerSettings;
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
#[derive(Clone, Debug, Default)]
pub struct SettingsCheck {
    problems: Vec<SettingProblem>,
}

impl SettingsCheck {
    /// Returns the error, if there are problems.
    pub fn finish(self) -> Result<(), SettingsError> {
        let problems = self.problems;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(SettingsError { problems })
        }
    }

    /// Adds a problem. Only the first one of a setting is reported.
    pub fn add(&mut self, name: &str, problem: impl Into<String>, found_at: &'static str) {
        if !self.problems.iter().any(|known| known.name == name) {
            self.problems.push(SettingProblem {
                name: name.to_owned(),
                problem: problem.into(),
                found_at,
            });
        }
    }

    /// Checks a required value. An empty one takes the place of a missing one until all
    /// problems are reported.
    pub fn given(
        &mut self,
        name: &str,
        value: Option<SecretString>,
        found_at: &'static str,
    ) -> SecretString {
        match value {
            // Read from a file, a value often ends in a line break.
            Some(value) if !value.expose_secret().trim().is_empty() => {
                self.characters(name, value.expose_secret(), found_at);
                SecretString::from(value.expose_secret().trim())
            }
            _ => {
                self.add(name, "is missing", found_at);
                SecretString::default()
            }
        }
    }

    /// Checks a required value that is sent in a header.
    pub fn header(
        &mut self,
        name: &str,
        value: Option<SecretString>,
        found_at: &'static str,
    ) -> SecretString {
        let value = self.given(name, value, found_at);
        if sensitive_header(value.expose_secret()).is_none() {
            let problem = "holds a line break or another character that cannot be sent";
            self.add(name, problem, found_at);
        }
        value
    }

    /// Checks a value for characters that got into it by mistake; see
    /// [`misplaced_characters`].
    pub fn characters(&mut self, name: &str, value: &str, found_at: &'static str) {
        if let Some(problem) = misplaced_characters(value) {
            self.add(name, problem, found_at);
        }
    }

    /// Checks an optional URL.
    pub fn endpoint(&mut self, name: &str, text: Option<&str>) -> Option<Endpoint> {
        let text = text?;
        self.characters(name, text, "");
        match text.parse::<Endpoint>() {
            Ok(endpoint) => Some(endpoint),
            Err(cause) => {
                self.add(name, format!("cannot be used: {cause}"), "");
                None
            }
        }
    }
}
