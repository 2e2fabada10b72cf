//! Parts that no document describes.

use std::fmt::Display;

use serde::Serialize;

use super::{FilePart, Multipart};

/// The parts of a `multipart/form-data` body that the document does not describe. They are sent
/// in the order in which they are added. Some servers read the other parts only until the first
/// file, so files are best added last.
///
/// ```
/// use perspio_http::{FilePart, FormParts};
///
/// let parts = FormParts::new()
///     .text("purpose", "archive")
///     .json("tags", &["a", "b"])
///     .file("file", FilePart::bytes("report.csv", "id,name\n1,pump\n"));
/// ```
#[derive(Debug)]
pub struct FormParts {
    /// A part that cannot be sent is reported by the call.
    form: Result<Multipart, String>,
}

impl FormParts {
    /// Returns a form without parts.
    pub fn new() -> Self {
        Self {
            form: Ok(Multipart::new("multipart/form-data")),
        }
    }

    /// Adds a text. It has no media type, because a part of a form is text by default.
    pub fn text(self, name: &str, text: impl Display) -> Self {
        self.with(|form| form.value(name, &text.to_string(), None, false))
    }

    /// Adds a value as `application/json`. A value that cannot be serialized is an error of the
    /// call.
    pub fn json(self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        self.with(|form| form.json(name, value))
    }

    /// Adds a file. Several files can have one name.
    pub fn file(self, name: &str, file: FilePart) -> Self {
        self.with(|form| form.file(name, file, None))
    }

    fn with(mut self, add: impl FnOnce(&mut Multipart) -> Result<(), String>) -> Self {
        self.form = self.form.and_then(|mut form| {
            add(&mut form)?;
            Ok(form)
        });
        self
    }

    /// Returns the form.
    ///
    /// # Errors
    /// Why its first invalid part cannot be sent.
    pub(crate) fn into_form(self) -> Result<Multipart, String> {
        self.form
    }
}

impl Default for FormParts {
    fn default() -> Self {
        Self::new()
    }
}
