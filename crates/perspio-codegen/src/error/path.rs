//! The location of a value in a document.

use std::fmt;

/// The names and indices that lead to a value of a document: `paths./a.get.parameters[0]`.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct DocumentPath(pub(crate) Vec<Step>);

/// A part of a [`DocumentPath`].
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// The name of a member of an object.
    Name(String),
    /// The index of an item of a list.
    Index(usize),
}

impl Step {
    pub(crate) fn name(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl DocumentPath {
    /// Returns the path of these names.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self(names.iter().copied().map(Step::name).collect())
    }

    /// Returns the path as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let parts = self.0.iter().map(|step| match step {
            Step::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        });
        parts.collect()
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the document");
        }
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if at == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
