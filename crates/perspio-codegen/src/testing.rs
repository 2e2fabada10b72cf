//! What the tests share.

use std::path::{Path, PathBuf};

/// The folder of the workspace, whose documents the tests read.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
