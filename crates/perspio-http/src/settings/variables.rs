//! Reading settings from environment variables.

use std::ffi::OsString;

use perspio_auth::secret::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{SettingsCheck, VariableNames, misplaced_characters, unknown};

/// Reads settings from the environment, or from anything else that holds values
/// by the variables' names. What is empty counts as missing.
pub struct Variables<'a> {
    names: VariableNames,
    get: &'a dyn Fn(&str) -> Option<OsString>,
    /// The variables that were asked for.
    read: Vec<String>,
    check: SettingsCheck,
}

impl<'a> Variables<'a> {
    /// The variables that `get` knows, by the names `names`.
    pub fn new(names: VariableNames, get: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            names,
            get,
            read: Vec::new(),
            check: SettingsCheck::new(names, &[]),
        }
    }

    /// Sets where a person finds the values of settings, for messages.
    pub(crate) fn found_at(mut self, found_at: &'static [(&'static str, &'static str)]) -> Self {
        self.check = SettingsCheck::new(self.names, found_at);
        self
    }

    /// The value of a setting without the spaces around it.
    pub fn secret(&mut self, setting: &str) -> Option<SecretString> {
        let name = self.names.of(setting);
        let value = (self.get)(&name);
        self.read.push(name);
        let Ok(text) = value?.into_string() else {
            self.check.add(setting, "is not valid Unicode");
            return None;
        };
        // Wiped, as the secret that is made of it is.
        let text = Zeroizing::new(text);
        // Before the spaces are removed: a non-breaking one is a mistake.
        if let Some(problem) = misplaced_characters(&text) {
            self.check.add(setting, problem);
            return None;
        }
        Some(SecretString::from(text.trim())).filter(|text| !text.expose_secret().is_empty())
    }

    /// The same for a value that is no secret.
    pub fn text(&mut self, setting: &str) -> Option<String> {
        self.secret(setting)
            .map(|text| text.expose_secret().to_owned())
    }

    /// The value of a setting, parsed; a value that is rejected is a problem.
    pub(crate) fn parsed<T>(
        &mut self,
        setting: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&self.text(setting)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.check.add(setting, problem);
                None
            }
        }
    }

    /// Returns a hint for each of the variables `set` that has the prefix of the names, was not
    /// read before, and is not one of the settings `others`: it may be misspelled.
    pub(crate) fn unknown(
        &self,
        others: &[&str],
        set: impl IntoIterator<Item = OsString>,
    ) -> Vec<String> {
        let others = others.iter().map(|setting| self.names.of(setting));
        let known: Vec<_> = self.read.iter().cloned().chain(others).collect();
        unknown::hints(&self.names.beginning(), &known, set)
    }

    /// A check of the settings that begins with what could not be read.
    pub fn finish(self) -> SettingsCheck {
        self.check
    }
}
