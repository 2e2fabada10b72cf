//! The version that a difference requires.

use serde::Serialize;

use super::{Difference, Kind};
use crate::error::{Result, fail};

/// A version of three numbers, without a pre-release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Version(u64, u64, u64);

/// The part of a version that a release increments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    None,
    Patch,
    Minor,
    Major,
}

impl Version {
    /// Reads `1.2.3`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        // Smaller than `u64`, so that the next version cannot overflow.
        let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
        let numbers: Option<Vec<u64>> = text.split('.').map(number).collect();
        match numbers.as_deref() {
            Some([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => fail(format_args!(
                "{text} is not a version of three numbers, such as 1.2.3"
            )),
        }
    }

    /// Returns the part that Cargo requires to be incremented for a compatible or a breaking
    /// release: before 1.0 a breaking one increments the second number, before 0.1 the third.
    pub(crate) fn step(self, difference: &Difference) -> Step {
        let mut effects = difference.changes.iter().flat_map(|change| &change.rust);
        let breaking = difference.breaking() > 0;
        let adds = effects.any(|effect| effect.kind == Kind::Added);
        match self {
            _ if difference.changes.is_empty() && difference.descriptions == 0 => Step::None,
            Self(0, 0, _) => Step::Patch,
            Self(0, _, _) if breaking => Step::Minor,
            Self(0, _, _) => Step::Patch,
            _ if breaking => Step::Major,
            _ if adds => Step::Minor,
            _ => Step::Patch,
        }
    }

    pub(crate) fn after(self, step: Step) -> Self {
        let Self(major, minor, patch) = self;
        match step {
            Step::None => self,
            Step::Patch => Self(major, minor, patch + 1),
            Step::Minor => Self(major, minor + 1, 0),
            Step::Major => Self(major + 1, 0, 0),
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}
