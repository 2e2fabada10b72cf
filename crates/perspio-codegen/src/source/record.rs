//! The record of the downloads that an imported document is made of: `NAME.source.yaml` beside
//! `NAME.yaml`. With it, a later import reports whether the vendor has changed the document.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Download, ImportSource};
use crate::error::{Context, Error, Result};
use crate::files;

const HEADER: &str = "# Written by `import`: the downloads that the document is made of.\n";

/// A download, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The URL without its query.
    url: String,
    sha256: String,
    bytes: u64,
}

impl Entry {
    fn of(download: &Download) -> Self {
        Self {
            url: download.url.clone(),
            sha256: download.sha256.clone(),
            bytes: download.size(),
        }
    }
}

/// A download, compared with that of the last import.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    now: Entry,
    /// The same URL in the record of the last import.
    last: Option<Entry>,
}

impl Comparison {
    /// Compares the downloads among `sources` with the record of the document `into`.
    ///
    /// # Errors
    /// If there is a download, and the record cannot be read.
    pub(crate) fn of(sources: &[ImportSource], into: &Path) -> Result<Vec<Self>> {
        let now = entries(sources);
        if now.is_empty() {
            return Ok(Vec::new());
        }
        let last = read(&path(into))?;
        let compare = |now: Entry| Self {
            last: last.iter().find(|entry| entry.url == now.url).cloned(),
            now,
        };
        Ok(now.into_iter().map(compare).collect())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { url, sha256, bytes } = &self.now;
        write!(f, "{url}: {bytes} bytes, SHA-256 {sha256}")?;
        match &self.last {
            None => Ok(()),
            Some(last) if last.sha256 == *sha256 => f.write_str("; the same as in the last import"),
            Some(last) => write!(
                f,
                "; changed since the last import, which was of {} bytes, SHA-256 {}",
                last.bytes, last.sha256
            ),
        }
    }
}

/// Records the downloads among the sources of the document `into`. Without a download, a record
/// of an earlier import is deleted, because it does not describe the document any more.
pub(crate) fn write(sources: &[ImportSource], into: &Path) -> Result<()> {
    let path = path(into);
    let entries = entries(sources);
    let written = if entries.is_empty() {
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                Err(Error::new("it cannot be deleted").because_of(cause))
            }
            _ => Ok(()),
        }
    } else {
        let text = serde_saphyr::to_string(&entries).context("it cannot be written as YAML")?;
        files::replace_if_new(&path, &(HEADER.to_owned() + &text)).map(drop)
    };
    written.context(format_args!("{} cannot be updated", path.display()))
}

fn entries(sources: &[ImportSource]) -> Vec<Entry> {
    let downloads = sources.iter().filter_map(|source| match source {
        ImportSource::Download(download) => Some(Entry::of(download)),
        ImportSource::Path(_) => None,
    });
    downloads.collect()
}

fn path(into: &Path) -> PathBuf {
    into.with_extension("source.yaml")
}

/// Reads a record; it is empty if there is no file.
fn read(path: &Path) -> Result<Vec<Entry>> {
    let text = files::current(path)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let message = "this is not a record that `import` wrote: delete it, and import again";
    let record = serde_saphyr::from_str(&text).context(message);
    record.map_err(|cause| cause.in_file(path))
}
