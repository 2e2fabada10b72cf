//! The files that Chromium leaves on the disk.

use std::path::PathBuf;

use tempfile::TempDir;

use super::contains;

/// The files of a Chromium that has exited.
pub(super) struct ProfileFiles(TempDir);

impl ProfileFiles {
    pub(super) fn new(folder: TempDir) -> Self {
        Self(folder)
    }

    /// Returns the files that contain `text`.
    pub(super) fn containing(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let file_type = entry.file_type().unwrap();
                if file_type.is_dir() {
                    folders.push(entry.path());
                } else if file_type.is_file()
                    && contains(&std::fs::read(entry.path()).unwrap(), text)
                {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}
