//! Files that only their owner can read.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Replaces the file `path` atomically: it is never incomplete, and a failure leaves the old
/// file. On Unix it is accessible to its owner only. Creates a missing folder.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A symbolic link stays one.
    let path = match fs::canonicalize(path) {
        Ok(path) => path,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(cause) => return Err(cause),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// Returns whether a file could not be read because there is none.
pub(super) fn is_missing(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
