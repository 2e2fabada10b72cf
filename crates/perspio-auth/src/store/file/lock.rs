//! Locks between processes: a file is locked through an opening of its own, so
//! the tasks of one process exclude each other too, and a crash frees it.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk;
use crate::clock::Clock;

/// A token request with its repetitions is over by then.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The kernel wakes only threads, and those would wait without end; so it is
/// asked again, soon at first.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The file `path`, locked; closing it frees the lock. The error says who
/// holds it.
pub(super) async fn hold(path: PathBuf, clock: &dyn Clock) -> Result<File, String> {
    let deadline = clock.now().deadline(LONGEST_WAIT);
    let mut pause = FIRST_PAUSE;
    loop {
        let tried = path.clone();
        let attempt = tokio::task::spawn_blocking(move || attempt(&tried));
        let holder = match attempt.await.map_err(|error| error.to_string())?? {
            Attempt::Held(file) => return Ok(file),
            Attempt::Busy { holder } => holder,
        };
        if deadline.passed(clock.now()) {
            return Err(format!(
                "{holder} has held the lock {} for more than {} s: \
                 see whether it hangs, and end it",
                path.display(),
                LONGEST_WAIT.as_secs()
            ));
        }
        clock.sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Attempt {
    Held(File),
    Busy { holder: String },
}

fn attempt(path: &Path) -> Result<Attempt, String> {
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
