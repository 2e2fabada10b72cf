//! The error of every function of this crate.

mod path;

use std::fmt;
use std::path::{Path, PathBuf};

pub use path::{DocumentPath, Step};

/// A result with the error of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure to read, import, generate or compare, with its location.
///
/// `{}` prints file, location, message and help; `{:#}` also prints the causes. Each accessor
/// returns the part of the error itself, or else of the nearest cause that has it.
pub struct Error(Box<Parts>);

#[derive(Default)]
struct Parts {
    message: String,
    file: Option<PathBuf>,
    path: Option<DocumentPath>,
    line: Option<(u64, u64)>,
    help: Option<String>,
    source: Option<Source>,
}

impl Error {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self(Box::new(Parts {
            message: message.to_string(),
            ..Parts::default()
        }))
    }

    /// Sets the file, unless the error has one.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.0.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// Sets the location in the document.
    pub(crate) fn at(mut self, path: DocumentPath) -> Self {
        self.0.path = Some(path);
        self
    }

    /// Sets the line and the column, counted from 1.
    pub(crate) fn on_line(mut self, line: u64, column: u64) -> Self {
        self.0.line = Some((line, column));
        self
    }

    /// Sets the next step.
    pub(crate) fn with_help(mut self, help: &str) -> Self {
        self.0.help = Some(help.to_owned());
        self
    }

    /// Sets the cause.
    pub(crate) fn because_of(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns what is wrong, without location, help and causes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the file, if it is known.
    pub fn file(&self) -> Option<&Path> {
        self.nearest(|parts| parts.file.as_deref())
    }

    /// Returns the location in the document, if the error is about a part of one.
    pub fn path(&self) -> Option<&DocumentPath> {
        self.nearest(|parts| parts.path.as_ref())
    }

    /// Returns the line and the column in the file, counted from 1, if they are known.
    pub fn line(&self) -> Option<(u64, u64)> {
        self.nearest(|parts| parts.line)
    }

    /// Returns the next step, if there is one.
    pub fn help(&self) -> Option<&str> {
        self.nearest(|parts| parts.help.as_deref())
    }

    fn nearest<'a, T>(&'a self, part: impl Fn(&'a Parts) -> Option<T>) -> Option<T> {
        let mut errors = std::iter::successors(Some(self), |error| {
            error.0.source.as_deref()?.downcast_ref::<Self>()
        });
        errors.find_map(|error| part(&error.0))
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.message)?;
        match self.line {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut help = self.0.help.as_deref();
        if f.alternate() {
            let mut next = std::error::Error::source(self);
            while let Some(cause) = next {
                match cause.downcast_ref::<Self>() {
                    Some(cause) => write!(f, ": {}", cause.0)?,
                    None => write!(f, ": {cause}")?,
                }
                next = cause.source();
            }
            help = self.help();
        }
        match help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

/// Prints the same text as `{:#}`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.source.as_deref()?)
    }
}

/// Returns an error with a message only.
pub(crate) fn fail<T>(message: impl fmt::Display) -> Result<T> {
    Err(Error::new(message))
}

/// Returns an error unless the condition holds.
pub(crate) fn ensure(condition: bool, message: impl fmt::Display) -> Result<()> {
    if condition { Ok(()) } else { fail(message) }
}

/// Converts a failure into an error with a message.
pub(crate) trait Context<T> {
    fn context(self, message: impl fmt::Display) -> Result<T>;
}

impl<T, E: Into<Source>> Context<T> for Result<T, E> {
    fn context(self, message: impl fmt::Display) -> Result<T> {
        self.map_err(|cause| Error::new(message).because_of(cause))
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, message: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Error::new(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Error {
        let path = [
            Step::Name("paths".into()),
            Step::Name("/a~b".into()),
            Step::Index(2),
        ];
        let cause = Error::new("not a list")
            .at(DocumentPath(path.into()))
            .on_line(3, 4)
            .with_help("write a list")
            .because_of("a cause of another type");
        Error::new("nothing was written")
            .because_of(cause)
            .in_file(Path::new("a.yaml"))
    }

    #[test]
    fn the_parts_are_printed_with_the_help_on_the_last_line() {
        assert_eq!(error().to_string(), "a.yaml: nothing was written");
        let with_causes = "a.yaml: nothing was written: paths./a~b[2]: not a list at line 3 column 4: \
             a cause of another type\nhelp: write a list";
        assert_eq!(format!("{:#}", error()), with_causes);
    }

    #[test]
    fn each_part_is_that_of_the_nearest_cause_that_has_it() {
        let error = error().in_file(Path::new("b.yaml"));
        assert_eq!(error.message(), "nothing was written");
        assert_eq!(error.file(), Some(Path::new("a.yaml")));
        assert_eq!(error.path().unwrap().pointer(), "/paths/~1a~0b/2");
        assert_eq!(
            (error.line(), error.help()),
            (Some((3, 4)), Some("write a list"))
        );
        assert_eq!(Error::new("no parts").path(), None);
    }
}
