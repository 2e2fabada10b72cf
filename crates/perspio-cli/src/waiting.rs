//! Tells a person why nothing happens.

use std::time::Duration;

use perspio::{PaceObserver, Wait};

use crate::failure::tell;

/// Shorter waits are not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Tells on standard error what a call waits for, and how long.
pub(crate) struct Notices;

impl PaceObserver for Notices {
    fn on_wait(&self, wait: &Wait<'_>) {
        if wait.at_least >= WORTH_TELLING {
            let seconds = wait.at_least.as_secs();
            tell(
                "note",
                &format!("waiting {seconds} s for the {}", wait.because_of),
            );
        }
    }

    fn on_paused(&self, time: Duration) {
        let seconds = time.as_secs();
        tell("note", &format!("the service asks to wait {seconds} s"));
    }
}
