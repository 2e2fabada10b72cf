//! Polling for a lock that gives no notification when it is released.

use std::fmt::Display;
use std::time::Duration;

use crate::token::clock::Clock;

/// The time limit of a wait, which is longer than a token request with its retries.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The pauses of polling: short at first, and randomized, so that callers that start to wait
/// together do not poll together.
pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
}

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl Pauses {
    pub(crate) fn new() -> Self {
        Self::up_to(LONGEST_PAUSE)
    }

    /// Pauses of at most `longest`, for a lock that is held for a shorter time than a token
    /// request takes.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self {
            next: FIRST_PAUSE.min(longest),
            longest,
        }
    }

    /// Returns the next pause, between one half of the regular one and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        whole * fastrand::u32(500..1000) / 1000
    }
}

/// The outcome of one attempt to lock.
pub(super) enum Attempt<T> {
    Held(T),
    Busy { holder: String },
}

/// Attempts until the lock is held. After the time limit, returns the error that `in_vain`
/// makes of the holder.
pub(super) async fn hold<T, E, F>(
    clock: &dyn Clock,
    mut pauses: Pauses,
    in_vain: impl Fn(&str) -> E + Send,
    mut attempt: impl FnMut() -> F + Send,
) -> Result<T, E>
where
    F: Future<Output = Result<Attempt<T>, E>> + Send,
{
    let deadline = clock.now().deadline(LONGEST_WAIT);
    loop {
        let holder = match attempt().await? {
            Attempt::Held(held) => return Ok(held),
            Attempt::Busy { holder } => holder,
        };
        if deadline.passed(clock.now()) {
            return Err(in_vain(&holder));
        }
        clock.sleep(pauses.next()).await;
    }
}

/// Returns the error message of a wait that has reached its time limit.
pub(super) fn in_vain(holder: &str, lock: impl Display) -> String {
    format!(
        "{holder} has held the lock {lock} for more than {} s: check whether it hangs, and end it",
        LONGEST_WAIT.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::token::clock::ManualClock;

    fn first(count: usize) -> Vec<Duration> {
        first_of(Pauses::new(), count)
    }

    fn first_of(mut pauses: Pauses, count: usize) -> Vec<Duration> {
        (0..count).map(|_| pauses.next()).collect()
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_randomized_by_half() {
        let turns = [2, 4, 8, 16, 32, 50, 50, 50].map(Duration::from_millis);
        for _ in 0..200 {
            for (pause, turn) in first(turns.len()).into_iter().zip(turns) {
                assert!(turn / 2 <= pause && pause < turn, "{pause:?} of {turn:?}");
            }
        }
    }

    #[test]
    fn pauses_have_the_limit_of_their_lock() {
        let limit = Duration::from_millis(5);
        let turns = [2, 4, 5, 5].map(Duration::from_millis);
        for _ in 0..200 {
            let pauses = first_of(Pauses::up_to(limit), turns.len());
            for (pause, turn) in pauses.into_iter().zip(turns) {
                assert!(turn / 2 <= pause && pause < turn, "{pause:?} of {turn:?}");
            }
        }
    }

    #[test]
    fn callers_that_start_together_do_not_poll_together() {
        let waiters: HashSet<_> = (0..100).map(|_| first(8)).collect();
        assert_eq!(waiters.len(), 100);
    }

    #[tokio::test]
    async fn a_free_lock_is_acquired_without_a_pause_and_an_error_ends_the_wait() {
        let clock = ManualClock::new();
        let held = hold(&clock, Pauses::new(), str::to_owned, || async {
            Ok(Attempt::Held(1))
        });
        assert_eq!(held.await, Ok(1));
        let failed = || async { Err::<Attempt<i32>, _>("away".to_owned()) };
        assert_eq!(
            hold(&clock, Pauses::new(), str::to_owned, failed).await,
            Err("away".to_owned())
        );
        assert!(clock.sleeps(0).await.is_empty());
    }

    #[tokio::test]
    async fn a_wait_at_its_limit_tries_once_more_and_reports_the_holder() {
        let clock = ManualClock::new();
        let tried = std::sync::atomic::AtomicUsize::new(0);
        let attempt = || {
            tried.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            async {
                Ok::<_, String>(Attempt::<()>::Busy {
                    holder: "another".to_owned(),
                })
            }
        };
        let waits = hold(&clock, Pauses::new(), str::to_owned, attempt);
        let passes = async {
            clock.sleeps(1).await;
            clock.advance(LONGEST_WAIT.saturating_sub(Duration::from_secs(1)));
            clock.sleeps(2).await;
            clock.advance(Duration::from_secs(1));
        };
        let (outcome, ()) = tokio::join!(waits, passes);
        assert_eq!(outcome, Err("another".to_owned()));
        assert_eq!(tried.into_inner(), 3);
    }
}
