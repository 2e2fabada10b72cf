//! Reports waits to the user.

use std::time::Duration;

use perspio::{PaceObserver, Wait};

use crate::failure::print_message;

/// Shorter waits are not reported.
const SHORTEST_REPORTED: Duration = Duration::from_secs(1);

/// Prints to standard error what a call waits for, and how long.
pub(crate) struct Notices;

impl PaceObserver for Notices {
    fn on_wait(&self, wait: &Wait<'_>) {
        if wait.at_least >= SHORTEST_REPORTED {
            let seconds = wait.at_least.as_secs();
            print_message(
                "note",
                &format!("waiting {seconds} s for the {}", wait.because_of),
            );
        }
    }

    fn on_paused(&self, time: Duration) {
        let seconds = time.as_secs();
        print_message("note", &format!("the service asks to wait {seconds} s"));
    }
}
