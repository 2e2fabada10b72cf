//! Bodies of several parts: `multipart/form-data` (RFC 7578), `multipart/mixed` (RFC 2046
//! §5.1.3) and `multipart/related` (RFC 2387).
//!
//! reqwest's own `multipart` is not used, because a request with such a form cannot be cloned:
//! it could not be sent again after a 401 or a 429. Here a form whose parts are all in memory
//! is one `Bytes`, which is replayed like any other body. Only a form with a streamed part is
//! sent once.

mod body;
mod file;
mod parts;

use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderValue;
use reqwest::Body;
use serde::Serialize;
use serde_json::Value;

pub use file::FilePart;
pub use parts::FormParts;

/// The media type of a file that has none of its own (OpenAPI 3.0.3, "Special Considerations
/// for `multipart` Content").
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";
/// The media type of a text outside of a form, where the default is ASCII (RFC 2046 §5.1).
const TEXT: &str = "text/plain; charset=utf-8";

/// A body of several parts. It becomes a [`Body`], whose media type is
/// [`content_type`](Self::content_type).
#[derive(Debug)]
pub struct Multipart {
    /// `multipart/form-data`, without parameters.
    media_type: &'static str,
    boundary: String,
    parts: Vec<Part>,
}

/// A part of a body.
#[derive(Debug)]
struct Part {
    /// Its name in errors.
    name: String,
    /// Its media type, if it differs from the default.
    media_type: Option<String>,
    /// Its headers, with the empty line after them.
    head: String,
    content: Body,
    length: Option<u64>,
}

impl Multipart {
    /// Returns a body without parts, of the type `media_type`, which has no parameters.
    pub fn new(media_type: &'static str) -> Self {
        // It does not occur in the content: 256 random bits. Of the characters that a boundary
        // may have (RFC 2046 §5.1.1), these need no quotes.
        let (first, second) = (fastrand::u128(..), fastrand::u128(..));
        Self::with_boundary(media_type, format!("{first:032x}{second:032x}"))
    }

    fn with_boundary(media_type: &'static str, boundary: String) -> Self {
        Self {
            media_type,
            boundary,
            parts: Vec::new(),
        }
    }

    /// Returns whether it has no part.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the value of the header `Content-Type`.
    pub fn content_type(&self) -> String {
        let mut text = format!("{}; boundary={}", self.media_type, self.boundary);
        // The type of the first part, which is the root (RFC 2387 §3.1).
        if self.media_type == "multipart/related"
            && let Some(root) = self.parts.first()
        {
            let root = root.media_type.as_deref().unwrap_or(TEXT);
            let root = root.split(';').next().unwrap_or_default();
            let _ = write!(text, "; type=\"{root}\"");
        }
        text
    }

    /// Adds the parts of a value. One that is absent or null adds nothing, a list one part per
    /// item. An object is JSON and a scalar is text, unless `media_type` is JSON: then the
    /// whole value is one part of JSON.
    ///
    /// # Errors
    /// A text for people: the value cannot be serialized, or `media_type` cannot be the value
    /// of a header.
    pub fn value(
        &mut self,
        name: &str,
        value: &impl Serialize,
        media_type: Option<&str>,
        is_json: bool,
    ) -> Result<(), String> {
        match serialized(name, value)? {
            Value::Null => Ok(()),
            Value::Array(items) if !is_json => items
                .iter()
                .try_for_each(|item| self.item(name, item, media_type, is_json)),
            value => self.item(name, &value, media_type, is_json),
        }
    }

    /// Adds one part of JSON, also of null.
    ///
    /// # Errors
    /// A text for people: the value cannot be serialized.
    fn json(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), String> {
        let value = serialized(name, value)?;
        self.item(name, &value, None, true)
    }

    fn item(
        &mut self,
        name: &str,
        value: &Value,
        media_type: Option<&str>,
        is_json: bool,
    ) -> Result<(), String> {
        let (text, default) = match value {
            Value::String(text) if !is_json => (text.clone(), None),
            Value::Array(_) | Value::Object(_) => (value.to_string(), Some(JSON)),
            _ if is_json => (value.to_string(), Some(JSON)),
            scalar => (scalar.to_string(), None),
        };
        // The default of a part of a form is text (RFC 7578 §4.4). A declared type makes some
        // servers take the part for a file.
        let default = default.or((!self.is_form()).then_some(TEXT));
        let media_type = media_type.or(default).map(str::to_owned);
        self.add(name, None, media_type, text.into())
    }

    /// Adds a file, if there is one. Without a media type of its own, it has `media_type`, or
    /// else `application/octet-stream`.
    ///
    /// # Errors
    /// A text for people: its media type cannot be the value of a header.
    pub fn file(
        &mut self,
        name: &str,
        file: impl Into<Option<FilePart>>,
        media_type: Option<&str>,
    ) -> Result<(), String> {
        file.into()
            .map_or(Ok(()), |file| self.one_file(name, file, media_type))
    }

    /// Adds one part for each file of a list, if there is one.
    ///
    /// # Errors
    /// See [`file`](Self::file).
    pub fn files(
        &mut self,
        name: &str,
        files: impl Into<Option<Vec<FilePart>>>,
        media_type: Option<&str>,
    ) -> Result<(), String> {
        let files: Option<Vec<FilePart>> = files.into();
        files
            .into_iter()
            .flatten()
            .try_for_each(|file| self.one_file(name, file, media_type))
    }

    fn one_file(
        &mut self,
        name: &str,
        file: FilePart,
        media_type: Option<&str>,
    ) -> Result<(), String> {
        let media_type = file
            .content_type
            .unwrap_or_else(|| media_type.unwrap_or(BYTES).to_owned());
        let content = Content {
            body: file.body,
            length: file.length,
        };
        self.add(name, Some(&file.file_name), Some(media_type), content)
    }

    fn add(
        &mut self,
        name: &str,
        file_name: Option<&str>,
        media_type: Option<String>,
        content: Content,
    ) -> Result<(), String> {
        let is_valid = |media_type: &String| HeaderValue::from_str(media_type).is_ok();
        if !media_type.as_ref().is_none_or(is_valid) {
            return Err(format!(
                "the content type of {name} holds a character that a header cannot contain"
            ));
        }
        let mut head = String::new();
        let file_name = file_name.map(|file_name| format!("; filename=\"{}\"", escaped(file_name)));
        if self.is_form() {
            let file_name = file_name.unwrap_or_default();
            let name = escaped(name);
            let _ = write!(
                head,
                "Content-Disposition: form-data; name=\"{name}\"{file_name}\r\n"
            );
        } else if let Some(file_name) = file_name {
            let _ = write!(head, "Content-Disposition: attachment{file_name}\r\n");
        }
        if let Some(media_type) = &media_type {
            let _ = write!(head, "Content-Type: {media_type}\r\n");
        }
        head.push_str("\r\n");
        self.parts.push(Part {
            name: name.to_owned(),
            media_type,
            head,
            content: content.body,
            length: content.length,
        });
        Ok(())
    }

    fn is_form(&self) -> bool {
        self.media_type == "multipart/form-data"
    }

    /// Returns the text before the part at `index`: the end of the part before it, the
    /// boundary and the headers.
    fn before(&self, index: usize, part: &Part) -> String {
        let end = if index == 0 { "" } else { "\r\n" };
        format!("{end}--{}\r\n{}", self.boundary, part.head)
    }

    /// Returns the text after the last part.
    fn after(&self) -> String {
        let end = if self.is_empty() { "" } else { "\r\n" };
        format!("{end}--{}--\r\n", self.boundary)
    }

    /// Returns all parts in one buffer; `None` if one of them is a stream.
    fn buffered(&self) -> Option<Bytes> {
        let mut buffer = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            buffer.extend(self.before(index, part).as_bytes());
            buffer.extend(part.content.as_bytes()?);
        }
        buffer.extend(self.after().as_bytes());
        Some(buffer.into())
    }
}

impl From<Multipart> for Body {
    fn from(form: Multipart) -> Self {
        match form.buffered() {
            Some(bytes) => bytes.into(),
            None => Self::wrap(body::Streamed::of(form)),
        }
    }
}

/// The content of a part.
struct Content {
    body: Body,
    length: Option<u64>,
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self {
            length: Some(text.len() as u64),
            body: text.into(),
        }
    }
}

fn serialized(name: &str, value: &(impl Serialize + ?Sized)) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|cause| format!("{name} cannot be serialized: {cause}"))
}

/// Escapes a name for a header, as the HTML standard does (WHATWG HTML, "multipart form
/// data").
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests;
