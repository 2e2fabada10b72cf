//! Helpers for tests.

use std::path::{Path, PathBuf};

/// Returns the folder of the workspace, whose documents the tests read.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
