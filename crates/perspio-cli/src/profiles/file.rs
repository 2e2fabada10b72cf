//! The file of the profiles, `perspio/profiles.toml` in the configuration folder of the system.
//! A change keeps the order and the comments of the other entries.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use perspio_http::settings::nearest;
use toml_edit::{Document, DocumentMut, Item, Key, Table, TableLike};

use super::private_file::{self, is_missing};
use super::setting::{SETTINGS, Setting};
use crate::failure::{Failure, print_message};

/// The values of one profile by the names of the settings, without its secrets.
pub(crate) type Values = BTreeMap<&'static str, String>;

const DEFAULT: &str = "default";
const PROFILES: &str = "profiles";

/// The content of the file. A missing file has no profiles.
pub(crate) struct ProfilesFile {
    path: PathBuf,
    document: DocumentMut,
    default: Option<String>,
    profiles: BTreeMap<String, Values>,
}

impl ProfilesFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read or is invalid; the message has the file, the line and the cause.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = path()?;
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text),
            Err(cause) if is_missing(&cause) => Self::parse(path, ""),
            Err(cause) => Err(unreadable(&path, &cause)),
        }
    }

    /// Reads the file for a command that names no profile. A file or folder that cannot be read
    /// is a note on standard error: the command may not need a profile.
    pub(crate) fn read_unnamed() -> Result<Option<Self>, Failure> {
        let Ok(path) = path() else {
            return Ok(None);
        };
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(cause) if is_missing(&cause) => Ok(None),
            Err(cause) => {
                print_message("note", unreadable(&path, &cause).text());
                Ok(None)
            }
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, Failure> {
        let invalid = |at: Option<Range<usize>>, cause: &str| {
            let before = at.and_then(|at| text.get(..at.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Failure::usage(format!(
                "the profiles in {}, line {line}: {cause}",
                path.display()
            ))
            .with_hint("Correct the file; nothing was changed.")
        };
        let document = Document::parse(text.to_owned())
            .map_err(|error| invalid(error.span(), error.message()))?;
        let span = |table: &dyn TableLike, key: &str| table.key(key).and_then(Key::span);
        let mut default = None;
        let mut profiles = BTreeMap::new();
        for (key, item) in document.iter() {
            let at = || span(document.as_table(), key);
            match key {
                DEFAULT => {
                    let name = item.as_str().ok_or_else(|| {
                        invalid(
                            at(),
                            "`default` must be the name of a profile in quotation marks",
                        )
                    })?;
                    default = Some((name.to_owned(), at()));
                }
                PROFILES => {
                    let Some(tables) = item.as_table_like() else {
                        return Err(invalid(at(), "`profiles` must be a table: [profiles.NAME]"));
                    };
                    for (name, item) in tables.iter() {
                        let at = || span(tables, name);
                        check_name(name).map_err(|cause| invalid(at(), &cause))?;
                        let Some(table) = item.as_table_like() else {
                            let cause = format!("a profile is a table: [profiles.{name}]");
                            return Err(invalid(at(), &cause));
                        };
                        let values = values_of(table)
                            .map_err(|(key, cause)| invalid(span(table, &key), &cause))?;
                        profiles.insert(name.to_owned(), values);
                    }
                }
                other => {
                    let cause = format!(
                        "unknown key `{other}`{}",
                        suggestion(other, [DEFAULT, PROFILES])
                    );
                    return Err(invalid(at(), &cause));
                }
            }
        }
        if let Some((name, at)) = &default
            && !profiles.contains_key(name)
        {
            let cause = no_profile(name, profiles.keys());
            return Err(invalid(at.clone(), &format!("`default`: {cause}")));
        }
        Ok(Self {
            path,
            document: document.into_mut(),
            default: default.map(|(name, _)| name),
            profiles,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the name of the default profile.
    pub(super) fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    pub(super) fn profiles(&self) -> &BTreeMap<String, Values> {
        &self.profiles
    }

    /// Returns the profile `named`, or the default one if none is named.
    ///
    /// # Errors
    /// There is no profile of this name.
    pub(crate) fn select(&self, named: Option<&str>) -> Result<Option<(&str, &Values)>, Failure> {
        let Some(name) = named.or(self.default()) else {
            return Ok(None);
        };
        match self.profiles.get_key_value(name) {
            Some((name, values)) => Ok(Some((name, values))),
            None => Err(Failure::usage(format!(
                "{} in {}",
                no_profile(name, self.profiles.keys()),
                self.path.display()
            ))
            .with_hint(
                "`perspio profile list` shows the profiles, `perspio profile add NAME` adds one.",
            )),
        }
    }

    /// Adds a profile, or replaces the values of an existing one.
    pub(super) fn set(&mut self, name: &str, values: &Values) -> Result<(), Failure> {
        let table = self.profiles_table()?;
        if !table.contains_key(name) {
            table.insert(name, Item::Table(Table::new()));
        }
        let Some(table) = table.get_mut(name).and_then(Item::as_table_like_mut) else {
            return Err(Failure::other(format!("the profile {name} is not a table")));
        };
        for setting in SETTINGS.iter().filter(|setting| !setting.is_secret) {
            match values.get(setting.name) {
                Some(value) => put(table, &setting.key(), value),
                None => {
                    table.remove(&setting.key());
                }
            }
        }
        self.profiles.insert(name.to_owned(), values.clone());
        Ok(())
    }

    /// Makes an existing profile the default one.
    pub(super) fn set_default(&mut self, name: &str) {
        put(self.document.as_table_mut(), DEFAULT, name);
        self.default = Some(name.to_owned());
    }

    /// Removes a profile.
    pub(super) fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.profiles_table()?.remove(name);
        self.profiles.remove(name);
        if self.default() == Some(name) {
            self.document.remove(DEFAULT);
            self.default = None;
        }
        Ok(())
    }

    fn profiles_table(&mut self) -> Result<&mut dyn TableLike, Failure> {
        let table = self.document.entry(PROFILES).or_insert_with(|| {
            let mut table = Table::new();
            // Only its tables have a header.
            table.set_implicit(true);
            Item::Table(table)
        });
        table
            .as_table_like_mut()
            .ok_or_else(|| Failure::other("`profiles` is not a table"))
    }

    /// Replaces the file.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let written = private_file::replace(&self.path, self.document.to_string().as_bytes());
        written.map_err(|cause| {
            Failure::usage(format!(
                "the profiles cannot be saved in {}: {cause}",
                self.path.display()
            ))
        })
    }
}

/// Sets a value and keeps the comments next to it.
fn put(table: &mut dyn TableLike, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = text.into();
            *value.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(text));
        }
    }
}

/// Returns the values of a profile.
///
/// # Errors
/// The key that is wrong, and why.
fn values_of(table: &dyn TableLike) -> Result<Values, (String, String)> {
    let mut values = Values::new();
    for (key, item) in table.iter() {
        let failed = |cause: String| Err((key.to_owned(), cause));
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key() == key) else {
            if key == "store_key" {
                return failed(secret_in_file(
                    key,
                    "it is in the keyring or in PERSPIO_STORE_KEY",
                ));
            }
            let known = SETTINGS.iter().filter(|setting| !setting.is_secret);
            let known: Vec<_> = known.map(Setting::key).collect();
            let suggestion = suggestion(key, known.iter().map(String::as_str));
            return failed(format!("unknown setting `{key}`{suggestion}"));
        };
        if setting.is_secret {
            let instead = "remove the line, and store it with `perspio profile add NAME --replace`";
            return failed(secret_in_file(key, instead));
        }
        match (item.as_str(), item.as_bool()) {
            (Some(text), _) => values.insert(setting.name, text.to_owned()),
            (None, Some(flag)) => values.insert(setting.name, flag.to_string()),
            (None, None) => {
                return failed(format!("`{key}` must be a text in quotation marks"));
            }
        };
    }
    Ok(values)
}

fn secret_in_file(key: &str, instead: &str) -> String {
    format!("`{key}` is a secret, which is never in this file: {instead}")
}

/// Checks the name of a profile.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
    };
    if (1..=64).contains(&name.len()) && name.chars().all(is_allowed) {
        return Ok(());
    }
    Err(format!(
        "{name:?} cannot be the name of a profile: use up to 64 lower-case letters, digits, `-` \
         and `_`"
    ))
}

/// Returns why no profile has this name.
pub(super) fn no_profile<'n>(name: &str, known: impl IntoIterator<Item = &'n String>) -> String {
    let suggestion = suggestion(name, known.into_iter().map(String::as_str));
    format!("there is no profile {name:?}{suggestion}")
}

/// Returns the most similar of the known names as a question; empty if none is similar.
fn suggestion<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<_> = known.into_iter().map(str::to_ascii_uppercase).collect();
    match nearest("", &known, name) {
        Some(nearest) => format!(": did you mean `{}`?", nearest.to_ascii_lowercase()),
        None => String::new(),
    }
}

fn path() -> Result<PathBuf, Failure> {
    let folders = etcetera::choose_base_strategy().map_err(|cause| {
        Failure::usage(format!(
            "there is no folder for the file of the profiles ({cause}): set HOME"
        ))
    })?;
    Ok(folders.config_dir().join("perspio").join("profiles.toml"))
}

fn unreadable(path: &Path, cause: &io::Error) -> Failure {
    Failure::usage(format!(
        "the profiles in {} cannot be read: {cause}",
        path.display()
    ))
}

#[cfg(test)]
mod tests;
