//! Settings that are missing or wrong, told all at once.

mod builder;
mod servers;
mod variables;

use std::fmt;

pub use servers::{ServerSettings, ServerVariables};
pub use variables::Variables;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::secret::{ExposeSecret, SecretString, sensitive_header};

/// Everything that is wrong with a client's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    problems: Vec<SettingProblem>,
}

/// One setting that is missing or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting's name: its environment variable.
    pub name: &'static str,
    /// What is wrong with it; never its value where that is a secret.
    pub problem: String,
    /// Where a person finds it.
    pub found_at: &'static str,
}

impl SettingsError {
    /// The problems, in the order of the settings.
    pub fn problems(&self) -> &[SettingProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.problems.iter().map(|problem| problem.name.len()).max();
        write!(f, "settings are missing or wrong:")?;
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

/// Checks the settings of a client, and collects what is wrong with them, so
/// that a person mends it in one go.
#[derive(Clone, Debug, Default)]
pub struct SettingsCheck {
    problems: Vec<SettingProblem>,
}

impl SettingsCheck {
    /// The error, if anything was wrong.
    pub fn finish(self) -> Result<(), SettingsError> {
        let problems = self.problems;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(SettingsError { problems })
        }
    }

    /// Something else that is wrong; of one setting only the first is told.
    pub fn add(&mut self, name: &'static str, problem: impl Into<String>, found_at: &'static str) {
        if !self.problems.iter().any(|known| known.name == name) {
            self.problems.push(SettingProblem {
                name,
                problem: problem.into(),
                found_at,
            });
        }
    }

    /// A value that must be there. Where it is not, an empty one stands in
    /// until all problems are reported.
    pub fn given(
        &mut self,
        name: &'static str,
        value: Option<SecretString>,
        found_at: &'static str,
    ) -> SecretString {
        match value {
            // Read from a file, a value often ends in a line break.
            Some(value) if !value.expose_secret().trim().is_empty() => {
                SecretString::from(value.expose_secret().trim())
            }
            _ => {
                self.add(name, "is missing", found_at);
                SecretString::default()
            }
        }
    }

    /// A value that must be there and goes into a header.
    pub fn header(
        &mut self,
        name: &'static str,
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

    /// An address, if there is one.
    pub fn endpoint(&mut self, name: &'static str, text: Option<&str>) -> Option<Endpoint> {
        match Endpoint::parse(text?) {
            Ok(endpoint) => Some(endpoint),
            Err(cause) => {
                self.add(name, format!("cannot be used: {cause}"), "");
                None
            }
        }
    }
}
