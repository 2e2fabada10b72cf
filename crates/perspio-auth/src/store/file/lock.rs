//! Locks between processes: a file is locked through an opening of its own, so
//! the tasks of one process exclude each other too, and a crash frees it.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::disk;
use crate::clock::Clock;
use crate::store::wait::{self, Attempt};

/// The file `path`, locked; closing it frees the lock. The kernel wakes only
/// threads, and those would wait without end; so it is asked again.
pub(super) async fn hold(path: PathBuf, clock: &dyn Clock) -> Result<File, String> {
    let attempt = || {
        let tried = path.clone();
        async move {
            let attempt = tokio::task::spawn_blocking(move || attempt(&tried));
            attempt.await.map_err(|error| error.to_string())?
        }
    };
    let in_vain = |holder: &str| wait::in_vain(holder, path.display());
    wait::hold(clock, in_vain, attempt).await
}

fn attempt(path: &Path) -> Result<Attempt<File>, String> {
    let mut file = disk::open_lock(path)?;
    match file.try_lock() {
        Ok(()) => {
            // For whoever waits in vain; the lock holds without it.
            let _ = file.set_len(0);
            let _ = write!(file, "{}", std::process::id());
            Ok(Attempt::Held(file))
        }
        Err(TryLockError::WouldBlock) => Ok(Attempt::Busy {
            holder: holder(file),
        }),
        Err(TryLockError::Error(error)) => Err(format!(
            "{} cannot be locked ({error}): use a file system with locks",
            path.display()
        )),
    }
}

fn holder(file: File) -> String {
    let mut text = String::new();
    let read = file.take(10).read_to_string(&mut text);
    match (read, text.parse::<u32>()) {
        (Ok(_), Ok(process)) => format!("the process {process}"),
        _ => "another process".to_owned(),
    }
}
