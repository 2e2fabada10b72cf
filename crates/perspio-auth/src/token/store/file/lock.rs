//! Locks between processes: each lock opens its file separately, so that the tasks of
//! one process exclude each other too, and a crash releases the lock.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::disk;
use crate::token::clock::{Clock, SystemClock};
use crate::token::store::TokenKey;
use crate::token::store::wait::{self, Attempt, Pauses};

/// The longest pause between attempts to lock for writing: a write takes milliseconds, and
/// until it is done, only this process has the tokens of the response.
const LONGEST_PAUSE_TO_WRITE: Duration = Duration::from_millis(5);

/// The lock files of one store: one for writing, and one for each key, so that a token
/// request for one key does not delay the others.
#[derive(Clone)]
pub(in crate::token::store) struct Locks {
    /// The beginning of their names.
    beginning: Arc<Path>,
    clock: Arc<dyn Clock>,
    /// Only one writer of this process at a time waits for the lock file.
    writing: Arc<Mutex<()>>,
}

/// The lock for writing; dropping it releases the lock.
pub(in crate::token::store) struct Writing {
    _lock: File,
    _turn: OwnedMutexGuard<()>,
}

impl Locks {
    /// Uses lock files whose names begin with `beginning`, in an existing directory.
    pub(super) fn new(beginning: &Path) -> Self {
        Self {
            beginning: beginning.into(),
            clock: Arc::new(SystemClock),
            writing: Arc::default(),
        }
    }

    /// Uses lock files with the name `name` in `directory`, which is created if missing.
    #[cfg(feature = "keyring")]
    pub(in crate::token::store) fn in_directory(
        directory: &Path,
        name: &str,
    ) -> Result<Self, String> {
        // Absolute, so that a change of the working directory does not move them.
        let directory = std::path::absolute(directory).map_err(|error| error.to_string())?;
        disk::prepare_directory(&directory)?;
        Ok(Self::new(&directory.join(name)))
    }

    pub(in crate::token::store) fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Waits for the lock for writing.
    pub(in crate::token::store) async fn writing(&self) -> Result<Writing, String> {
        // The turn is acquired first and released last.
        let turn = self.turn().await?;
        let pauses = Pauses::up_to(LONGEST_PAUSE_TO_WRITE);
        let lock = self.hold(".lock", pauses).await?;
        Ok(Writing {
            _lock: lock,
            _turn: turn,
        })
    }

    /// Returns the path of the temporary file for `key`: hidden, and always the same, so
    /// that the next writer finds what a crash has left of it.
    pub(super) fn temporary(&self, key: &TokenKey) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.beginning.file_name().unwrap_or_default());
        name.push(format!(".{:016x}.new", key.number()));
        self.beginning.with_file_name(name)
    }

    /// Waits for the lock of `key`.
    pub(in crate::token::store) async fn key(&self, key: &TokenKey) -> Result<File, String> {
        let ending = format!(".{:016x}.lock", key.number());
        self.hold(&ending, Pauses::new()).await
    }

    /// Waits for the turn to write among the tasks of this process.
    async fn turn(&self) -> Result<OwnedMutexGuard<()>, String> {
        let writing = self.writing.clone();
        if let Ok(turn) = writing.clone().try_lock_owned() {
            return Ok(turn);
        }
        tokio::select! {
            turn = writing.lock_owned() => Ok(turn),
            () = self.clock.sleep(wait::LONGEST_WAIT) => {
                Err("other tasks of this process keep writing to it".to_owned())
            }
        }
    }

    async fn hold(&self, ending: &str, pauses: Pauses) -> Result<File, String> {
        let mut path = OsString::from(&*self.beginning);
        path.push(ending);
        hold(path.into(), &*self.clock, pauses).await
    }
}

/// Locks the file `path`; closing it releases the lock. The lock is polled, because a
/// blocking wait in the kernel would occupy a thread and cannot be bounded.
async fn hold(path: PathBuf, clock: &dyn Clock, pauses: Pauses) -> Result<File, String> {
    let attempt = || {
        let tried = path.clone();
        async move {
            let attempt = tokio::task::spawn_blocking(move || attempt(&tried));
            attempt.await.map_err(|error| error.to_string())?
        }
    };
    let in_vain = |holder: &str| wait::in_vain(holder, path.display());
    wait::hold(clock, pauses, in_vain, attempt).await
}

fn attempt(path: &Path) -> Result<Attempt<File>, String> {
    let mut file = disk::open_lock(path)?;
    match file.try_lock() {
        Ok(()) => {
            // Names the holder in error messages; the lock does not depend on it.
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
