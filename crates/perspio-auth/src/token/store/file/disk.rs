//! Private files, which are read and replaced as a whole.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::token::fault;

/// The size limit of a file; the tokens of a thousand users need a tenth of it.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Creates the directory and its parents, accessible to their owner only.
pub(super) fn prepare_directory(directory: &Path) -> Result<(), String> {
    let shown = directory.display();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .map_err(|error| format!("its directory {shown} cannot be created: {error}"))?;
    let found = fs::metadata(directory)
        .map_err(|error| format!("its directory {shown} cannot be read: {error}"))?;
    if is_others_to_change(&found) {
        return Err(format!(
            "other users can write to its directory {shown}: \
             use a directory of your own (mkdir -m 700 …)"
        ));
    }
    Ok(())
}

/// Reads a private file into a buffer that is wiped; `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) if is_link(path) => return Err(LINK.to_owned()),
        Err(error) => return Err(unreadable(error)),
    };
    let found = file.metadata().map_err(unreadable)?;
    refuse_unsafe(&found, path)?;
    // Allocated once: growing would leave copies in memory that are not wiped.
    let room = found.len().min(LARGEST).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(room).unwrap_or_default(),
    ));
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST) {
        Ok(Some(bytes))
    } else {
        Err(too_large())
    }
}

/// What a record may grow by in one refresh, in bytes: the largest tokens of Entra take a
/// quarter of it.
const GROWTH: usize = 64 * 1024;

/// Reserves the disk space for a replacement of the file: writes the temporary file at its
/// full size, so that a full disk or a read-only directory is found now. The next
/// [`replace`] with the same `temporary` uses it.
pub(super) fn reserve(path: &Path, temporary: &Path) -> Result<(), String> {
    let current = match fs::metadata(path) {
        Ok(found) => usize::try_from(found.len()).unwrap_or(usize::MAX),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(format!("it cannot be read: {error}")),
    };
    let size = current.min(usize::try_from(LARGEST).unwrap_or(usize::MAX)) + GROWTH;
    let reserved = open_temporary(temporary).and_then(|mut file| {
        // Bytes that no file system stores as a hole.
        file.write_all(&vec![b'.'; size])?;
        file.sync_all()
    });
    reserved.map_err(|error| {
        discard(temporary);
        format!("there is no room for a new sign-in next to it: {error}")
    })?;
    fault::point("space reserved");
    Ok(())
}

/// Removes a temporary file, if there is one. Best effort: the next writer overwrites it.
pub(super) fn discard(temporary: &Path) {
    let _ = fs::remove_file(temporary);
}

/// Replaces the file by `bytes`, in one step that another process sees done or not at all.
/// The caller holds the lock for writing.
pub(super) fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> Result<(), String> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    if let Err(error) = write_and_rename(temporary, path, bytes) {
        discard(temporary);
        return Err(format!("it cannot be written: {error}"));
    }
    if let Err(error) = sync_directory(path) {
        // The file is replaced, but the rename may be lost in a power failure.
        tracing::debug!(%error, "a directory could not be written through to the disk");
    }
    Ok(())
}

fn write_and_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_temporary(temporary)?;
    fault::point("file begun");
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    file.write_all(first)?;
    fault::point("file half written");
    file.write_all(rest)?;
    // Shortened after it was written: its reserved space stays its own until then.
    file.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    fault::point("file written");
    file.sync_all()?;
    fault::point("file synced");
    fs::rename(temporary, path)?;
    fault::point("file renamed");
    Ok(())
}

/// Opens the temporary file, which may have been reserved or left by a crash. Anything but a
/// private file of this user is removed first; of a link, the link itself.
fn open_temporary(temporary: &Path) -> io::Result<File> {
    if let Ok(file) = private(OpenOptions::new().write(true)).open(temporary) {
        let found = file.metadata()?;
        if refuse_unsafe(&found, temporary).is_ok() && links(&found) == 1 {
            return Ok(file);
        }
    }
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private(OpenOptions::new().write(true).create_new(true)).open(temporary)
}

/// Opens a lock file, which is created if it is missing.
pub(super) fn open_lock(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options).open(path).map_err(|error| {
        format!(
            "its lock file {} cannot be opened: {error}. A user of the store needs write \
                 access to its directory",
            path.display()
        )
    })
}

const LINK: &str = "it is a symbolic link, which other users may have created: \
                    use the path of its target, or remove the link";

fn too_large() -> String {
    format!("it is larger than {} MiB", LARGEST / 1024 / 1024)
}

fn open(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true)).open(path)
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

fn refuse_unsafe(found: &Metadata, path: &Path) -> Result<(), String> {
    if !found.is_file() {
        return Err("it is not a file".to_owned());
    }
    refuse_others_file(found, path)
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    use rustix::fs::OFlags;

    use super::{File, Metadata, OpenOptions, Path, io};

    /// Makes the file accessible to its owner only, without following links or blocking on
    /// pipes.
    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed())
    }

    pub(super) fn refuse_others_file(found: &Metadata, path: &Path) -> Result<(), String> {
        let shown = path.display();
        if found.uid() != me() {
            return Err(format!(
                "it belongs to another user: use another path, or `chown` {shown}"
            ));
        }
        if found.mode() & 0o077 != 0 {
            return Err(format!(
                "other users can access it: `chmod 600 {shown}`, \
                 and sign in again if one may have read it"
            ));
        }
        Ok(())
    }

    /// Returns whether other users can write to a directory. Those of root are accepted.
    pub(super) fn is_others_to_change(found: &Metadata) -> bool {
        found.mode() & 0o022 != 0 || ![0, me()].contains(&found.uid())
    }

    pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
        path.parent()
            .map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }

    pub(super) fn links(found: &Metadata) -> u64 {
        found.nlink()
    }

    fn me() -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

#[cfg(unix)]
use unix::{is_others_to_change, links, private, refuse_others_file, sync_directory};

/// On other systems the permissions of the user's folders protect the file.
#[cfg(not(unix))]
mod elsewhere {
    use super::{LINK, Metadata, OpenOptions, Path, io, is_link};

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn refuse_others_file(_: &Metadata, path: &Path) -> Result<(), String> {
        if is_link(path) {
            return Err(LINK.to_owned());
        }
        Ok(())
    }

    pub(super) fn is_others_to_change(_: &Metadata) -> bool {
        false
    }

    pub(super) fn sync_directory(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn links(_: &Metadata) -> u64 {
        1
    }
}

#[cfg(not(unix))]
use elsewhere::{is_others_to_change, links, private, refuse_others_file, sync_directory};
