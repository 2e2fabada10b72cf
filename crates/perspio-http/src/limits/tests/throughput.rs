//! Many calls: never more than allowed, and never later than needed.

use std::sync::Mutex;

use perspio_auth::clock::Clock;
use proptest::prelude::*;

use super::*;
use crate::options::Priority::{Bulk, Interactive};

/// The clock advances in steps.
const STEP: Duration = Duration::from_millis(100);

/// Makes `calls` calls from `tasks` concurrent tasks, and returns the moments of
/// sending. Every response takes `takes`.
async fn schedule(
    pacer: &Pacer,
    clock: &ManualClock,
    calls: usize,
    tasks: usize,
    takes: Duration,
) -> Vec<Duration> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let left = Arc::new(Mutex::new(calls));
    let start = clock.now().monotonic;
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (pacer, clock) = (pacer.clone(), clock.clone());
            let (sent, left) = (sent.clone(), left.clone());
            tokio::spawn(async move {
                loop {
                    {
                        let mut left = left.lock().unwrap();
                        match left.checked_sub(1) {
                            Some(fewer) => *left = fewer,
                            None => return,
                        }
                    }
                    let slot = pacer.acquire(Interactive, None).await.unwrap();
                    sent.lock()
                        .unwrap()
                        .push(clock.now().monotonic.abs_diff(start));
                    clock.sleep(takes).await;
                    slot.answered();
                }
            })
        })
        .collect();
    while tasks.iter().any(|task| !task.is_finished()) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        clock.advance(STEP);
    }
    Arc::into_inner(sent).unwrap().into_inner().unwrap()
}

#[tokio::test]
async fn four_hundred_calls_of_64_tasks_take_19_windows() {
    let (pacer, clock) = manual(limits(20));
    let sent = schedule(&pacer, &clock, 400, 64, Duration::ZERO).await;
    let steps = |moment: &Duration| moment.as_millis() / STEP.as_millis();
    for (index, moment) in sent.iter().enumerate() {
        let round = u32::try_from(index / 20).unwrap();
        // Each round begins with the next step of the clock.
        let exact = steps(&(hold() * round));
        let late = steps(moment) - exact;
        assert!(
            late <= 2 * u128::from(round) + 1,
            "call {index} at {moment:?}"
        );
    }
    let optimum = 19 * MINUTE;
    assert!(sent[399] < optimum + optimum / 50, "{:?}", sent[399]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_and_cancellations_never_exceed_the_limit_in_any_window(
        most in 1_u32..4,
        steps in prop::collection::vec((0_u8..6, 0_u64..40), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (pacer, clock) = manual(limits(most));
            let mut waiting = Vec::new();
            let mut in_flight = Vec::new();
            let mut counted: Vec<Duration> = Vec::new();
            for (step, seconds) in steps {
                match step {
                    0 | 1 => waiting.push(call(&pacer, Interactive)),
                    2 => waiting.push(call(&pacer, Bulk)),
                    3 if !waiting.is_empty() => {
                        let place = usize::try_from(seconds).unwrap() % waiting.len();
                        waiting.remove(place).abort();
                    }
                    4 if !in_flight.is_empty() => {
                        let (slot, sent): (Slot, Duration) = in_flight.remove(0);
                        // The server counts it early or late.
                        let late = clock.now().monotonic;
                        counted.push(if seconds % 2 == 0 { sent } else { late });
                        slot.answered();
                    }
                    _ => clock.advance(Duration::from_secs(seconds)),
                }
                settle().await;
                while let Some(place) = waiting.iter().position(JoinHandle::is_finished) {
                    if let Ok(Ok(slot)) = waiting.remove(place).await {
                        in_flight.push((slot, clock.now().monotonic));
                    }
                }
            }
            counted.sort();
            for (index, first) in counted.iter().enumerate() {
                let within = counted[index..].iter().filter(|at| **at < *first + MINUTE);
                prop_assert!(within.count() <= usize::try_from(most).unwrap());
            }
            // No waiter is lost.
            for (slot, _) in in_flight {
                slot.answered();
            }
            for _ in 0..200 {
                clock.advance(hold());
                settle().await;
                while let Some(place) = waiting.iter().position(JoinHandle::is_finished) {
                    waiting.remove(place).await.unwrap().unwrap().answered();
                }
            }
            prop_assert!(waiting.is_empty());
            Ok(())
        })?;
    }
}
