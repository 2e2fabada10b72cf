//! A file in a body of several parts.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::Path;

use bytes::Bytes;
use futures::TryStream;
use reqwest::Body;
use tokio::fs::File;

/// A file that is a part of a request's body.
///
/// A request whose files are all [in memory](Self::bytes) is retried like any other. A streamed
/// file ([`open`](Self::open), [`stream`](Self::stream)) is never buffered as a whole, so such
/// a request is sent once: after a rejected token or an exceeded rate limit, the call returns
/// the error.
///
/// ```
/// use perspio_http::FilePart;
///
/// let file = FilePart::bytes("report.csv", "id,name\n1,pump\n").content_type("text/csv");
/// # assert!(!format!("{file:?}").contains("pump"));
/// ```
pub struct FilePart {
    pub(super) file_name: String,
    pub(super) content_type: Option<String>,
    pub(super) body: Body,
    /// The number of bytes of the body.
    pub(super) length: Option<u64>,
}

impl FilePart {
    /// Returns a file in memory.
    pub fn bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let length = bytes.len() as u64;
        Self::new(file_name.into(), bytes.into(), Some(length))
    }

    /// Returns a file whose content is read from `stream` while it is sent. `length` is its
    /// number of bytes; a stream that yields fewer or more is an error of the call. If the
    /// length is not known, the request has no `Content-Length`.
    pub fn stream<S>(file_name: impl Into<String>, stream: S, length: Option<u64>) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        Self::new(file_name.into(), Body::wrap_stream(stream), length)
    }

    /// Opens a file of the file system, which is read while it is sent. Its name is the last
    /// part of the path. A file whose length changes in the meantime is an error of the call.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let file = perspio_http::FilePart::open("report.pdf").await?;
    /// let file = file.content_type("application/pdf");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The file cannot be opened, or is a directory.
    pub async fn open(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        if metadata.is_dir() {
            let message = format!("{} is a directory", path.display());
            return Err(Error::new(ErrorKind::IsADirectory, message));
        }
        // A pipe has no length.
        let length = metadata.is_file().then_some(metadata.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self::new(name.into_owned(), file.into(), length))
    }

    /// Sets the media type (`application/pdf`). The default is that of the document, or
    /// `application/octet-stream`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets the name of the file that the API receives.
    pub fn file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = file_name.into();
        self
    }

    fn new(file_name: String, body: Body, length: Option<u64>) -> Self {
        Self {
            file_name,
            content_type: None,
            body,
            length,
        }
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
