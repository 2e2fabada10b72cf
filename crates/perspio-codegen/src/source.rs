//! The sources of an import: files, folders, and documents at URLs.
//!
//! A URL is downloaded with the feature `remote` only. References in a downloaded document are
//! never fetched.

mod record;
#[cfg(feature = "remote")]
mod remote;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::load::{self, Folder};

pub(crate) use record::{Comparison, write as write_record};

/// What a document is imported from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// A file, or a folder with files.
    Path(PathBuf),
    /// A document that was downloaded.
    Download(Download),
}

/// A document that was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The URL without its query, which may contain a token.
    pub(crate) url: String,
    /// A name for a file of the document, from the path of the URL.
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    /// The SHA-256 digest of the text, in hexadecimal.
    pub(crate) sha256: String,
}

/// The documents of a source.
pub(crate) struct Documents {
    pub(crate) folder: Folder,
    /// The files that may be documents: their paths in the folder, and their names for messages.
    pub(crate) files: Vec<(PathBuf, String)>,
    /// Whether the files are all files of a folder, which also contains parts of documents.
    pub(crate) are_of_folder: bool,
}

impl ImportSource {
    /// Returns the source that an argument of a command names; a document at a URL is
    /// downloaded.
    ///
    /// # Errors
    /// If the document cannot be downloaded. The error does not contain the query of the URL, nor
    /// a user name or password.
    pub fn open(argument: &Path) -> Result<Self> {
        match argument.to_str().filter(|text| is_url(text)) {
            Some(url) => download(url).map(Self::Download),
            None => Ok(Self::Path(argument.to_owned())),
        }
    }

    /// Returns the size of the document in bytes; that of a folder or of a file that cannot be
    /// read is 0.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Path(path) => {
                let file = path.metadata().ok().filter(std::fs::Metadata::is_file);
                file.map_or(0, |file| file.len())
            }
            Self::Download(download) => download.size(),
        }
    }

    /// Returns the path of the file or folder, or a name for the file of a downloaded document.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Download(download) => &download.file,
        }
    }

    /// Returns the name for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Download(download) => download.url.clone(),
        }
    }

    /// Opens the source. Downloaded documents are parsed.
    pub(crate) fn documents(&self) -> Result<Documents> {
        let path = match self {
            Self::Path(path) => path,
            Self::Download(download) => {
                return Ok(Documents {
                    folder: download.folder()?,
                    files: vec![(download.file.clone(), download.url.clone())],
                    are_of_folder: false,
                });
            }
        };
        let are_of_folder = path.is_dir();
        let (root, files) = if are_of_folder {
            (path.as_path(), load::below(path)?)
        } else {
            (load::folder_of(path), vec![path.clone()])
        };
        let in_folder = |file: PathBuf| {
            let name = file.display().to_string();
            (file.strip_prefix(root).unwrap_or(&file).to_owned(), name)
        };
        Ok(Documents {
            folder: Folder::new(root)?,
            files: files.into_iter().map(in_folder).collect(),
            are_of_folder,
        })
    }
}

impl Download {
    /// Returns the size of the document in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.text.len() as u64
    }

    /// Returns a folder that contains the document only.
    fn folder(&self) -> Result<Folder> {
        let document = load::parsed_as(&self.file, &self.text)
            .map_err(|cause| cause.in_file(Path::new(&self.url)))?;
        let mut folder = Folder::of_download();
        folder.insert(&self.file, document);
        Ok(folder)
    }
}

/// Returns whether an argument is a URL of any scheme, which is not read as a path.
pub(crate) fn is_url(argument: &str) -> bool {
    let scheme = argument.split_once("://").map(|(scheme, _)| scheme);
    // One letter is a drive of Windows.
    scheme.is_some_and(|it| it.len() > 1 && it.chars().all(|it| it.is_ascii_alphanumeric()))
}

/// Downloads the document at a URL.
#[cfg(feature = "remote")]
pub(crate) fn download(url: &str) -> Result<Download> {
    remote::download(url, &remote::Limits::default())
}

/// Returns an error: the program was built without the feature that downloads.
#[cfg(not(feature = "remote"))]
pub(crate) fn download(_url: &str) -> Result<Download> {
    crate::error::fail(WITHOUT_FEATURE)
}

/// The error of a program without the feature. It does not contain the URL, which may contain a
/// password.
#[cfg(any(test, not(feature = "remote")))]
const WITHOUT_FEATURE: &str = "a document at a URL needs the feature `remote`, without which this \
    program was built: download the file and give its path, or install the program with \
    `cargo install --path crates/perspio-codegen --features remote`";

#[cfg(test)]
mod tests;
