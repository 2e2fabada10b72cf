//! Reading settings from environment variables.

use std::ffi::OsString;

use perspio_auth::secret::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{SettingsCheck, VariableNames, misplaced_characters, unknown};

/// Reads settings from the environment, or from anything else that holds values
/// by the variables' names. What is empty counts as missing.
pub struct Variables<'a> {
    get: &'a dyn Fn(&str) -> Option<OsString>,
    /// The variables that were asked for.
    names: Vec<String>,
    problems: SettingsCheck,
}

impl<'a> Variables<'a> {
    /// The variables that `get` knows.
    pub fn new(get: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            get,
            names: Vec::new(),
            problems: SettingsCheck::default(),
        }
    }

    /// The value of `name` without the spaces around it.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.names.push(name.to_owned());
        let Ok(text) = (self.get)(name)?.into_string() else {
            self.problems.add(name, "is not valid Unicode", "");
            return None;
        };
        // Wiped, as the secret that is made of it is.
        let text = Zeroizing::new(text);
        // Before the spaces are removed: a non-breaking one is a mistake.
        if let Some(problem) = misplaced_characters(&text) {
            self.problems.add(name, problem, "");
            return None;
        }
        Some(SecretString::from(text.trim())).filter(|text| !text.expose_secret().is_empty())
    }

    /// The same for a value that is no secret.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.secret(name)
            .map(|text| text.expose_secret().to_owned())
    }

    /// The value of `name`, parsed; a value that is rejected is a problem.
    pub fn parsed<T>(
        &mut self,
        name: &str,
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

    /// Returns a hint for each of the variables `set` that has the prefix of `names`, was not read
    /// before, and is not one of the settings `others`: it may be misspelled.
    pub fn unknown(
        &self,
        names: VariableNames,
        others: &[&str],
        set: impl IntoIterator<Item = OsString>,
    ) -> Vec<String> {
        let others = others.iter().map(|setting| names.of(setting));
        let known: Vec<_> = self.names.iter().cloned().chain(others).collect();
        unknown::hints(&names.beginning(), &known, set)
    }

    /// A check of the settings that begins with what could not be read.
    pub fn finish(self) -> SettingsCheck {
        self.problems
    }
}
