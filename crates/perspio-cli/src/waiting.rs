//! Reports waits and retries to the user.

use std::time::Duration;

use perspio::{PaceObserver, Retry, Wait};

use crate::failure::print_message;

/// Prints to standard error what a call waits for, and how long.
pub(crate) struct Notices {
    /// Shorter waits are not reported.
    shortest: Duration,
}

impl Notices {
    /// Returns the observer, which reports waits of a second and more; `all` of them with `-v`.
    pub(crate) fn new(all: bool) -> Self {
        Self {
            shortest: Duration::from_secs(u64::from(!all)),
        }
    }
}

impl PaceObserver for Notices {
    fn on_wait(&self, wait: &Wait<'_>) {
        if wait.at_least >= self.shortest {
            let time = seconds(wait.at_least);
            print_message(
                "note",
                &format!("waiting {time} for the {}", wait.because_of),
            );
        }
    }

    fn on_retry(&self, retry: &Retry<'_>) {
        if retry.wait >= self.shortest {
            let Retry {
                attempt, reason, ..
            } = retry;
            let time = seconds(retry.wait);
            print_message(
                "note",
                &format!("attempt {attempt} failed ({reason}), retrying in {time}"),
            );
        }
    }
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} s", time.as_secs())
    }
}
