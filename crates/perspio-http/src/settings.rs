//! Settings that are missing or wrong, told all at once.

use std::fmt;

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
    /// An error if there is any problem.
    pub fn check(problems: Vec<SettingProblem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

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
