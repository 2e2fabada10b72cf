//! Whether a request is retried, and when: a pure function, and the table of its cases.

use std::time::Duration;

use super::outcome::Outcome;
use super::policy::RetryPolicy;
use super::stop_reason::StopReason;

/// What the decision depends on, in addition to the policy.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// The outcome of the last attempt.
    pub outcome: Outcome,
    /// Whether sending the request twice has the same effect as sending it once.
    pub is_idempotent: bool,
    /// Whether its body is a stream, which was consumed.
    pub is_streamed: bool,
    /// The number of attempts, this one included.
    pub attempts: u32,
    /// The total of the waits before.
    pub waited: Duration,
    /// What is left of the call's timeout, if it has one.
    pub left: Option<Duration>,
}

/// What to do with the outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Return it: it is final.
    Return,
    /// Retry after this time.
    Retry(Duration),
    /// Return it, although it may be transient.
    Stop(StopReason),
}

/// Decides whether a request is retried. `random`, between 0 and 1, is the share of the
/// back-off that is taken.
pub fn decide(situation: &Situation, policy: &RetryPolicy, random: f64) -> Decision {
    let retry_after = match situation.outcome {
        Outcome::Final | Outcome::CannotBeSent => return Decision::Return,
        Outcome::RateLimited { retry_after } | Outcome::Unclear { retry_after } => retry_after,
        Outcome::NotSent => None,
    };
    if policy.attempts <= 1 {
        return Decision::Return;
    }
    let may_be_applied = matches!(situation.outcome, Outcome::Unclear { .. });
    if may_be_applied && !situation.is_idempotent {
        return Decision::Stop(StopReason::NotIdempotent);
    }
    if situation.attempts >= policy.attempts {
        return Decision::Stop(StopReason::Attempts);
    }
    if situation.is_streamed {
        return Decision::Stop(StopReason::StreamedBody);
    }
    let asked = retry_after.unwrap_or_default();
    let longest = policy.longest_wait;
    if asked > longest {
        return Decision::Stop(StopReason::LongWait { asked, longest });
    }
    // Without a back-off on top, all clients that were asked for the same wait would
    // come back at the same time.
    let backoff = policy.backoff(situation.attempts, random);
    let wait = asked.saturating_add(backoff).min(longest);
    if situation.waited.saturating_add(wait) > policy.longest_total {
        let longest = policy.longest_total;
        return Decision::Stop(StopReason::LongTotal { longest });
    }
    match situation.left {
        Some(left) if wait >= left => Decision::Stop(StopReason::NoTimeLeft { wait, left }),
        _ => Decision::Retry(wait),
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

    const fn rate_limited(seconds: u64) -> Outcome {
        let retry_after = Some(s(seconds));
        Outcome::RateLimited { retry_after }
    }

    const fn unclear(seconds: u64) -> Outcome {
        let retry_after = Some(s(seconds));
        Outcome::Unclear { retry_after }
    }

    /// A 429 or 5xx without `Retry-After`.
    const RATE_LIMITED: Outcome = Outcome::RateLimited { retry_after: None };
    const UNCLEAR: Outcome = Outcome::Unclear { retry_after: None };

    /// The first attempt of an idempotent request, without a timeout.
    const FIRST: Situation = Situation {
        outcome: Outcome::Final,
        is_idempotent: true,
        is_streamed: false,
        attempts: 1,
        waited: Duration::ZERO,
        left: None,
    };

    /// A write that is not idempotent.
    const WRITE: Situation = Situation {
        is_idempotent: false,
        ..FIRST
    };

    const fn after(wait: Duration) -> Decision {
        Decision::Retry(wait)
    }

    const fn stop(reason: StopReason) -> Decision {
        Decision::Stop(reason)
    }

    /// The default policy, with half of each back-off taken: 250 ms, 500 ms, 1 s, 2 s.
    #[test]
    fn the_table_of_cases() {
        #[rustfmt::skip]
        let cases: &[(&str, Situation, Outcome, Decision)] = &[
            ("a response is returned", FIRST, Outcome::Final, Decision::Return),
            ("that to a write too", WRITE, Outcome::Final, Decision::Return),
            // What was not applied is retried whatever the method.
            ("a 429 is retried", FIRST, RATE_LIMITED, after(ms(250))),
            ("a 429 of a write too", WRITE, RATE_LIMITED, after(ms(250))),
            ("no connection", FIRST, Outcome::NotSent, after(ms(250))),
            ("no connection for a write", WRITE, Outcome::NotSent, after(ms(250))),
            // What may have been applied is not, unless it is idempotent.
            ("a 503 is retried", FIRST, UNCLEAR, after(ms(250))),
            ("a 503 of a write is not", WRITE, UNCLEAR, stop(StopReason::NotIdempotent)),
            ("nor with a wait", WRITE, unclear(1), stop(StopReason::NotIdempotent)),
            // The wait: what the API asks for, plus a back-off that doubles.
            ("Retry-After comes first", FIRST, rate_limited(90), after(ms(90_250))),
            ("with a 503 too", FIRST, unclear(7), after(ms(7_250))),
            ("zero has a back-off too", FIRST, rate_limited(0), after(ms(250))),
            ("the second back-off", Situation { attempts: 2, ..FIRST }, UNCLEAR, after(ms(500))),
            ("the fourth", Situation { attempts: 4, ..FIRST }, rate_limited(3), after(s(5))),
            // The caps.
            ("the last attempt", Situation { attempts: 5, ..FIRST }, UNCLEAR, stop(StopReason::Attempts)),
            ("the last of a 429", Situation { attempts: 5, ..WRITE }, rate_limited(1), stop(StopReason::Attempts)),
            ("the longest wait", FIRST, rate_limited(120), after(s(120))),
            ("one longer", FIRST, rate_limited(121),
                stop(StopReason::LongWait { asked: s(121), longest: s(120) })),
            ("beyond all measure", FIRST, rate_limited(u64::MAX),
                stop(StopReason::LongWait { asked: s(u64::MAX), longest: s(120) })),
            ("the longest total", Situation { waited: s(180), ..FIRST }, rate_limited(120), after(s(120))),
            ("one longer", Situation { waited: s(181), ..FIRST }, rate_limited(120),
                stop(StopReason::LongTotal { longest: s(300) })),
            // The call's timeout.
            ("time enough", Situation { left: Some(s(91)), ..FIRST }, rate_limited(90), after(ms(90_250))),
            ("not enough", Situation { left: Some(s(90)), ..FIRST }, rate_limited(90),
                stop(StopReason::NoTimeLeft { wait: ms(90_250), left: s(90) })),
            ("none", Situation { left: Some(s(0)), ..FIRST }, UNCLEAR,
                stop(StopReason::NoTimeLeft { wait: ms(250), left: s(0) })),
            // A stream is consumed when it is sent.
            ("a stream", Situation { is_streamed: true, ..FIRST }, rate_limited(1), stop(StopReason::StreamedBody)),
            ("a stream's response", Situation { is_streamed: true, ..FIRST }, Outcome::Final, Decision::Return),
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
    fn without_retries_every_outcome_is_returned_without_a_reason() {
        for outcome in [RATE_LIMITED, UNCLEAR, Outcome::NotSent, rate_limited(1)] {
            let situation = Situation { outcome, ..WRITE };
            let decision = decide(&situation, &RetryPolicy::none(), 0.5);
            assert_eq!(decision, Decision::Return, "{outcome:?}");
        }
    }
}
