//! Reading settings from environment variables.

use std::ffi::OsString;

use perspio_auth::secret::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::SettingsCheck;

/// Reads settings from the environment, or from anything else that holds values
/// by the variables' names. What is empty counts as missing.
pub struct Variables<'a> {
    get: &'a dyn Fn(&str) -> Option<OsString>,
    problems: SettingsCheck,
}

impl<'a> Variables<'a> {
    /// The variables that `get` knows.
    pub fn new(get: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            get,
            problems: SettingsCheck::default(),
        }
    }

    /// The value of `name` without the spaces around it.
    pub fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        let Ok(text) = (self.get)(name)?.into_string() else {
            self.problems.add(name, "is not valid Unicode", "");
            return None;
        };
        // Wiped, as the secret that is made of it is.
        let text = Zeroizing::new(text);
        Some(SecretString::from(text.trim())).filter(|text| !text.expose_secret().is_empty())
    }

    /// The same for a value that is no secret.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.secret(name)
            .map(|text| text.expose_secret().to_owned())
    }

    /// The value of `name`, parsed; a value that is rejected is a problem.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.add(name, problem, "");
                None
            }
        }
    }

    /// A check of the settings that begins with what could not be read.
    pub fn finish(self) -> SettingsCheck {
        self.problems
    }
}
