use proptest::prelude::*;

use super::*;
use crate::token::clock::{Clock, ManualClock};

const LIFE: Duration = Duration::from_secs(3600);

/// The machine with a token, a clock and a server around it, and the rules that
/// must hold whatever happens to them.
struct World {
    state: State,
    clock: ManualClock,
    /// Where the current token ages and ends.
    token: Option<(Deadline, Deadline)>,
    fetches: usize,
    /// No request may start before: the server said so.
    throttled_until: Option<Deadline>,
}

#[derive(Clone, Debug)]
enum Event {
    Ask,
    Obtain,
    Fail(Option<u64>),
    Die,
    Reject,
    Accept,
    Advance(u64),
    Sleep(u64),
    SetBack(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let seconds = prop_oneof![0..5_u64, 0..400_u64, 0..4000_u64];
    prop_oneof![
        6 => Just(Event::Ask),
        3 => Just(Event::Obtain),
        2 => proptest::option::of(1..600_u64).prop_map(Event::Fail),
        1 => Just(Event::Die),
        3 => Just(Event::Reject),
        2 => Just(Event::Accept),
        4 => seconds.clone().prop_map(Event::Advance),
        1 => seconds.clone().prop_map(Event::Sleep),
        1 => seconds.prop_map(Event::SetBack),
    ]
}

impl World {
    fn new() -> Self {
        Self {
            state: State::default(),
            clock: ManualClock::new(),
            token: None,
            fetches: 0,
            throttled_until: None,
        }
    }

    fn age(&self) -> Age {
        let now = self.clock.now();
        match self.token {
            Some((_, ends)) if ends.passed(now) => Age::Gone,
            Some((ages, _)) if ages.passed(now) => Age::Ageing,
            Some(_) => Age::Fresh,
            None => Age::Gone,
        }
    }

    fn is_throttled(&self) -> bool {
        self.throttled_until
            .is_some_and(|until| !until.passed(self.clock.now()))
    }

    fn ask(&mut self) {
        let was_fetching = self.state.fetching;
        let age = self.age();
        let step = self.state.ask(age, self.clock.now());
        let starts = matches!(step, Step::Fetch | Step::GiveAndFetch);
        self.fetches += usize::from(starts);

        assert!(!(starts && was_fetching), "one fetch at a time");
        assert!(
            !(starts && self.is_throttled()),
            "no request goes out in a pause that was asked for"
        );
        assert_eq!(self.state.fetching, was_fetching || starts);
        match age {
            Age::Fresh => assert_eq!(step, Step::Give),
            Age::Ageing => assert!(
                matches!(step, Step::Give | Step::GiveAndFetch),
                "nobody waits"
            ),
            Age::Gone => assert!(!matches!(step, Step::Give | Step::GiveAndFetch)),
        }
        if let Step::Throttled(left) = step {
            assert!(
                self.is_throttled() && left > Duration::ZERO,
                "a caller is not held off for nothing"
            );
        }
        assert_eq!(step == Step::Join, age == Age::Gone && was_fetching);
    }

    fn apply(&mut self, event: &Event) {
        let now = self.clock.now();
        match event {
            Event::Ask => self.ask(),
            Event::Obtain if self.state.fetching => {
                self.state.obtained();
                self.token = Some((now.deadline(LIFE / 6 * 5), now.deadline(LIFE)));
                self.throttled_until = None;
            }
            Event::Fail(retry_after) if self.state.fetching => {
                let wait = retry_after.map(Duration::from_secs);
                self.state.failed(wait, now);
                self.throttled_until = wait.map(|wait| now.deadline(wait));
            }
            Event::Die if self.state.fetching => {
                self.state.failed(None, now);
                self.throttled_until = None;
            }
            Event::Reject if self.token.is_some() => {
                let on_trial = self.state.on_trial;
                let verdict = self.state.rejected(now);
                if on_trial {
                    assert_eq!(
                        verdict,
                        Verdict::Keep,
                        "two rejections in a row make no third token"
                    );
                }
                if verdict == Verdict::Evict {
                    self.token = None;
                }
            }
            Event::Accept if self.token.is_some() => {
                self.state.accepted();
                assert!(!self.state.doubts());
            }
            Event::Advance(seconds) => self.clock.advance(Duration::from_secs(*seconds)),
            Event::Sleep(seconds) => self.clock.sleep_machine(Duration::from_secs(*seconds)),
            Event::SetBack(seconds) => self.clock.set_back(Duration::from_secs(*seconds)),
            _ => {}
        }
    }

    /// Whatever has happened, a source comes back: once a running fetch has
    /// ended and an hour is over, a caller starts a fetch or has a token.
    fn must_recover(&mut self) {
        if self.state.fetching {
            self.state.failed(None, self.clock.now());
        }
        self.throttled_until = None;
        self.clock.advance(2 * LIFE);
        let step = self.state.ask(self.age(), self.clock.now());
        assert_eq!(step, Step::Fetch, "renewal is dead: {:?}", self.state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_in_every_order_of_events(events in proptest::collection::vec(event(), 1..80)) {
        let mut world = World::new();
        for event in &events {
            world.apply(event);
        }
        world.must_recover();
    }

    #[test]
    fn a_wrong_key_costs_few_tokens_however_many_calls_are_made(gaps in proptest::collection::vec(0..20_u64, 1..200)) {
        // Every token is rejected at once, as with a wrong subscription key.
        let mut world = World::new();
        let mut elapsed = 0;
        for gap in gaps {
            world.clock.advance(Duration::from_secs(gap));
            elapsed += gap;
            for event in [Event::Ask, Event::Obtain, Event::Reject, Event::Ask, Event::Obtain, Event::Reject] {
                world.apply(&event);
            }
        }
        let pauses = usize::try_from(elapsed / REJECTION_PAUSE.as_secs()).unwrap();
        prop_assert!(world.fetches <= 2 + pauses, "{} fetches in {elapsed} s", world.fetches);
    }
}

#[test]
fn a_failed_early_renewal_is_tried_again_after_a_pause_that_doubles() {
    let mut world = World::new();
    world.apply(&Event::Ask);
    world.apply(&Event::Obtain);
    world.clock.advance(LIFE / 6 * 5);
    for pause in [10, 20, 40] {
        assert_eq!(
            world.state.ask(world.age(), world.clock.now()),
            Step::GiveAndFetch
        );
        world.apply(&Event::Fail(None));
        world.clock.advance(Duration::from_secs(pause - 1));
        assert_eq!(world.state.ask(world.age(), world.clock.now()), Step::Give);
        world.clock.advance(Duration::from_secs(1));
    }
}

#[test]
fn after_a_pause_one_more_token_is_tried_and_the_next_pause_is_longer() {
    let mut state = State::default();
    let clock = ManualClock::new();
    assert_eq!(state.rejected(clock.now()), Verdict::Evict);
    assert_eq!(state.rejected(clock.now()), Verdict::Keep);
    clock.advance(REJECTION_PAUSE);
    assert_eq!(state.rejected(clock.now()), Verdict::Evict);
    assert_eq!(state.rejected(clock.now()), Verdict::Keep);
    clock.advance(REJECTION_PAUSE);
    assert_eq!(state.rejected(clock.now()), Verdict::Keep);
    clock.advance(REJECTION_PAUSE);
    assert_eq!(state.rejected(clock.now()), Verdict::Evict);
    state.accepted();
    assert_eq!(state.rejected(clock.now()), Verdict::Evict);
}
