//! Whether a request is repeated, and when: a pure function, and the table of
//! its cases.

use std::time::Duration;

use super::policy::RetryPolicy;
use super::tried::GaveUp;

/// What became of one attempt, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, or a failure that will not pass.
    Final,
    /// 429: it was counted, and not done.
    Refused {
        /// How long the API asks to wait.
        retry_after: Option<Duration>,
    },
    /// There was no connection to send it on, so nothing was done.
    NotSent,
    /// It was sent, and whether it was done is not known: 502, 503, 504, a
    /// time limit, a connection that broke.
    Unclear {
        /// How long the API asks to wait.
        retry_after: Option<Duration>,
    },
}

/// All that the decision depends on, beside the policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    pub(super) outcome: Outcome,
    /// Doing it twice is the same as doing it once.
    pub(super) may_repeat: bool,
    /// Its body is a stream, which is gone.
    pub(super) is_streamed: bool,
    /// How often it was tried, this time included.
    pub(super) attempts: u32,
    /// How long was waited before.
    pub(super) waited: Duration,
    /// What is left of the call's time, if it has a limit.
    pub(super) left: Option<Duration>,
}

/// What to do with an attempt's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is the caller's.
    Return,
    /// Once more, after a wait.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// It might pass, but is the caller's all the same.
    FailFast(GaveUp),
}

/// `random`, between 0 and 1, says how much of the back-off is taken.
pub(super) fn decide(situation: &Situation, policy: &RetryPolicy, random: f64) -> Decision {
    let retry_after = match situation.outcome {
        Outcome::Final => return Decision::Return,
        Outcome::Refused { retry_after } | Outcome::Unclear { retry_after } => retry_after,
        Outcome::NotSent => None,
    };
    if policy.attempts <= 1 {
        return Decision::Return;
    }
    let may_be_done = matches!(situation.outcome, Outcome::Unclear { .. });
    if may_be_done && !situation.may_repeat {
        return Decision::FailFast(GaveUp::MayBeDone);
    }
    if situation.attempts >= policy.attempts {
        return Decision::FailFast(GaveUp::Attempts);
    }
    if situation.is_streamed {
        return Decision::FailFast(GaveUp::Streamed);
    }
    let asked = retry_after.unwrap_or_default();
    let longest = policy.longest_wait;
    if asked > longest {
        return Decision::FailFast(GaveUp::LongWait { asked, longest });
    }
    // All whom the API told the same time would come back at once.
    let backoff = policy.backoff(situation.attempts, random);
    let wait = asked.saturating_add(backoff).min(longest);
    if situation.waited.saturating_add(wait) > policy.longest_total {
        let longest = policy.longest_total;
        return Decision::FailFast(GaveUp::LongTotal { longest });
    }
    match situation.left {
        Some(left) if wait >= left => Decision::FailFast(GaveUp::NoTimeLeft { wait, left }),
        _ => Decision::Retry { after: wait },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    const fn refused(seconds: u64) -> Outcome {
        let retry_after = Some(s(seconds));
        Outcome::Refused { retry_after }
    }

    const fn unclear(seconds: u64) -> Outcome {
        let retry_after = Some(s(seconds));
        Outcome::Unclear { retry_after }
    }

    /// A 429 or 5xx without `Retry-After`.
    const REFUSED: Outcome = Outcome::Refused { retry_after: None };
    const UNCLEAR: Outcome = Outcome::Unclear { retry_after: None };

    /// A first attempt at something that may be repeated, without a time limit.
    const FIRST: Situation = Situation {
        outcome: Outcome::Final,
        may_repeat: true,
        is_streamed: false,
        attempts: 1,
        waited: Duration::ZERO,
        left: None,
    };

    /// A write that may be done once only.
    const WRITE: Situation = Situation {
        may_repeat: false,
        ..FIRST
    };

    const fn after(wait: Duration) -> Decision {
        Decision::Retry { after: wait }
    }

    const fn gives_up(reason: GaveUp) -> Decision {
        Decision::FailFast(reason)
    }

    /// The default policy, with half of each back-off taken: 250 ms, 500 ms, 1 s, 2 s.
    #[test]
    fn the_table_of_cases() {
        #[rustfmt::skip]
        let cases: &[(&str, Situation, Outcome, Decision)] = &[
            ("an answer is the caller's", FIRST, Outcome::Final, Decision::Return),
            ("an answer to a write too", WRITE, Outcome::Final, Decision::Return),
            // What was not done is repeated whatever the method.
            ("a 429 is repeated", FIRST, REFUSED, after(ms(250))),
            ("a 429 of a write too", WRITE, REFUSED, after(ms(250))),
            ("no connection", FIRST, Outcome::NotSent, after(ms(250))),
            ("no connection for a write", WRITE, Outcome::NotSent, after(ms(250))),
            // What may have been done is not, unless twice is the same as once.
            ("a 503 is repeated", FIRST, UNCLEAR, after(ms(250))),
            ("a 503 of a write is not", WRITE, UNCLEAR, gives_up(GaveUp::MayBeDone)),
            ("nor with a wait", WRITE, unclear(1), gives_up(GaveUp::MayBeDone)),
            // The wait: what the API asks for, and a back-off that doubles.
            ("Retry-After comes first", FIRST, refused(90), after(ms(90_250))),
            ("with a 503 too", FIRST, unclear(7), after(ms(7_250))),
            ("at once is with a back-off", FIRST, refused(0), after(ms(250))),
            ("the second back-off", Situation { attempts: 2, ..FIRST }, UNCLEAR, after(ms(500))),
            ("the fourth", Situation { attempts: 4, ..FIRST }, refused(3), after(s(5))),
            // The caps.
            ("the last attempt", Situation { attempts: 5, ..FIRST }, UNCLEAR, gives_up(GaveUp::Attempts)),
            ("the last of a 429", Situation { attempts: 5, ..WRITE }, refused(1), gives_up(GaveUp::Attempts)),
            ("the longest wait", FIRST, refused(120), after(s(120))),
            ("one longer", FIRST, refused(121),
                gives_up(GaveUp::LongWait { asked: s(121), longest: s(120) })),
            ("beyond all measure", FIRST, refused(u64::MAX),
                gives_up(GaveUp::LongWait { asked: s(u64::MAX), longest: s(120) })),
            ("the longest total", Situation { waited: s(180), ..FIRST }, refused(120), after(s(120))),
            ("one longer", Situation { waited: s(181), ..FIRST }, refused(120),
                gives_up(GaveUp::LongTotal { longest: s(300) })),
            // The caller's time.
            ("time enough", Situation { left: Some(s(91)), ..FIRST }, refused(90), after(ms(90_250))),
            ("not enough", Situation { left: Some(s(90)), ..FIRST }, refused(90),
                gives_up(GaveUp::NoTimeLeft { wait: ms(90_250), left: s(90) })),
            ("none", Situation { left: Some(s(0)), ..FIRST }, UNCLEAR,
                gives_up(GaveUp::NoTimeLeft { wait: ms(250), left: s(0) })),
            // A stream is gone once it was sent.
            ("a stream", Situation { is_streamed: true, ..FIRST }, refused(1), gives_up(GaveUp::Streamed)),
            ("a stream's answer", Situation { is_streamed: true, ..FIRST }, Outcome::Final, Decision::Return),
        ];
        for (name, situation, outcome, expected) in cases {
            let situation = Situation {
                outcome: *outcome,
                ..*situation
            };
            let decision = decide(&situation, &RetryPolicy::new(), 0.5);
            assert_eq!(decision, *expected, "{name}: {situation:?}");
        }
    }

    #[test]
    fn without_a_policy_nothing_is_repeated_and_nothing_said_about_it() {
        for outcome in [REFUSED, UNCLEAR, Outcome::NotSent, refused(1)] {
            let situation = Situation { outcome, ..WRITE };
            let decision = decide(&situation, &RetryPolicy::none(), 0.5);
            assert_eq!(decision, Decision::Return, "{outcome:?}");
        }
    }
}
