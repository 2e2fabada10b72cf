//! Waiting for a lock that cannot tell when it is free.

use std::fmt::Display;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use crate::clock::Clock;

/// A token request with its repetitions is over by then.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Pauses between two looks at what cannot tell when it is there: short at
/// first, and by chance, since those who begin to wait together would else look
/// together each time, and get into each other's way.
pub(crate) struct Pauses {
    next: Duration,
}

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl Pauses {
    pub(crate) fn new() -> Self {
        Self { next: FIRST_PAUSE }
    }

    /// The next pause: half of what is its turn, or more.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST_PAUSE);
        // A hasher's seed is random enough for that.
        let random = RandomState::new().build_hasher().finish();
        let part = u32::try_from(random % 500).unwrap_or_default();
        whole * (500 + part) / 1000
    }
}

/// What came of trying a lock once.
pub(super) enum Attempt<T> {
    Held(T),
    Busy { holder: String },
}

/// Tries until the lock is held. Who waits in vain gets what `in_vain` makes of
/// the holder.
pub(super) async fn hold<T, E, F>(
    clock: &dyn Clock,
    in_vain: impl Fn(&str) -> E + Send,
    mut attempt: impl FnMut() -> F + Send,
) -> Result<T, E>
where
    F: Future<Output = Result<Attempt<T>, E>> + Send,
{
    let deadline = clock.now().deadline(LONGEST_WAIT);
    let mut pauses = Pauses::new();
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

/// What to tell who has waited in vain.
pub(super) fn in_vain(holder: &str, lock: impl Display) -> String {
    format!(
        "{holder} has held the lock {lock} for more than {} s: see whether it hangs, and end it",
        LONGEST_WAIT.as_secs()
    )
}
