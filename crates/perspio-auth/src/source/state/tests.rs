use proptest::prelude::*;

use super::*;
use crate::token::clock::{Clock, ManualClock};

const LIFE: Duration = Duration::from_secs(3600);

/// The state machine with a token, a clock and a server around it, and the rules that
/// must hold after any sequence of events.
struct World {
    state: State,
    clock: ManualClock,
    /// When the current token is due and when it expires.
    token: Option<(Deadline, Deadline)>,
    fetches: usize,
    /// No token request may be sent before.
    next_request: Option<Deadline>,
}

#[derive(Clone, Debug)]
enum Event {
    Ask,
    Obtain,
    /// The identity server fails, and may ask to wait.
    Fail(Option<u64>),
    /// The store fails, so that no request is sent.
    FailLocally,
    Abort,
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
        1 => Just(Event::FailLocally),
        1 => Just(Event::Abort),
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
            next_request: None,
        }
    }

    fn age(&self) -> Age {
        let now = self.clock.now();
        match self.token {
            Some((_, ends)) if ends.passed(now) => Age::Unusable,
            Some((ages, _)) if ages.passed(now) => Age::Due,
            Some(_) => Age::Fresh,
            None => Age::Unusable,
        }
    }

    fn backs_off(&self) -> bool {
        self.next_request
            .is_some_and(|until| !until.passed(self.clock.now()))
    }

    fn ask(&mut self) {
        let was_fetching = self.state.fetching;
        let age = self.age();
        let step = self.state.ask(age, self.clock.now());
        let starts = matches!(step, Step::Fetch | Step::ReturnAndFetch);
        self.fetches += usize::from(starts);

        assert!(!(starts && was_fetching), "one fetch at a time");
        assert!(
            !(starts && self.backs_off()),
            "no request is sent during a back-off"
        );
        assert_eq!(self.state.fetching, was_fetching || starts);
        match age {
            Age::Fresh => assert_eq!(step, Step::Return),
            Age::Due => assert!(
                matches!(step, Step::Return | Step::ReturnAndFetch),
                "no caller waits"
            ),
            Age::Unusable => assert!(!matches!(step, Step::Return | Step::ReturnAndFetch)),
        }
        if let Step::BackOff(left) = step {
            assert!(
                self.backs_off() && left > Duration::ZERO,
                "a caller is rejected only during a back-off"
            );
        }
        assert_eq!(step == Step::Join, age == Age::Unusable && was_fetching);
    }

    fn apply(&mut self, event: &Event) {
        let now = self.clock.now();
        match event {
            Event::Ask => self.ask(),
            Event::Obtain if self.state.fetching => {
                self.state.obtained();
                self.token = Some((now.deadline(LIFE / 6 * 5), now.deadline(LIFE)));
                self.next_request = None;
            }
            Event::Fail(retry_after) if self.state.fetching => {
                let retry_after = retry_after.map(Duration::from_secs);
                let backoff = self.state.failed(Failure::Server { retry_after }, 0.5, now);
                assert!(backoff >= retry_after.unwrap_or(FIRST_BACKOFF / 2));
                self.next_request = Some(now.deadline(backoff));
            }
            Event::FailLocally | Event::Abort if self.state.fetching => {
                self.state.failed(Failure::Local, 0.5, now);
                self.next_request = None;
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

    /// After any sequence of events, a source recovers: when the fetch in flight has ended
    /// and two hours have passed, a caller starts a fetch.
    fn must_recover(&mut self) {
        if self.state.fetching {
            self.state.failed(Failure::Local, 0.5, self.clock.now());
        }
        self.next_request = None;
        self.clock.advance(2 * LIFE);
        let step = self.state.ask(self.age(), self.clock.now());
        assert_eq!(step, Step::Fetch, "no further refresh: {:?}", self.state);
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
fn a_failed_refresh_in_the_background_backs_off_twice_as_long_each_time() {
    let mut world = World::new();
    world.apply(&Event::Ask);
    world.apply(&Event::Obtain);
    world.clock.advance(LIFE / 6 * 5);
    for failure in [Failure::Local, Failure::Server { retry_after: None }] {
        world.state.obtained();
        for backoff in [2, 4, 8, 16, 32, 60, 60] {
            let (age, now) = (world.age(), world.clock.now());
            assert_eq!(world.state.ask(age, now), Step::ReturnAndFetch);
            let backoff = Duration::from_secs(backoff);
            assert_eq!(world.state.failed(failure, 1.0, now), backoff);
            world
                .clock
                .advance(backoff.saturating_sub(Duration::from_nanos(1)));
            let (age, now) = (world.age(), world.clock.now());
            assert_eq!(world.state.ask(age, now), Step::Return);
            world.clock.advance(Duration::from_nanos(1));
        }
    }
}

#[test]
fn a_failing_identity_server_gets_few_requests_however_many_callers_there_are() {
    let mut world = World::new();
    let mut requests = 0;
    // Ten minutes, 200 callers each second, the shortest back-offs.
    for _ in 0..600 {
        for _ in 0..200 {
            if world.state.ask(Age::Unusable, world.clock.now()) == Step::Fetch {
                requests += 1;
                let failure = Failure::Server { retry_after: None };
                world.state.failed(failure, 0.0, world.clock.now());
            }
        }
        world.clock.advance(Duration::from_secs(1));
    }
    // 1, 2, 4, 8 and 16 s, then 30 s each.
    assert_eq!(requests, 1 + 5 + (600 - 31) / 30);
}

#[test]
fn a_caller_without_a_token_is_not_delayed_by_a_failure_of_the_store() {
    let mut state = State::default();
    let clock = ManualClock::new();
    for _ in 0..3 {
        assert_eq!(state.ask(Age::Unusable, clock.now()), Step::Fetch);
        state.failed(Failure::Local, 0.5, clock.now());
    }
}

#[test]
fn a_wait_that_the_identity_server_asks_for_is_kept_and_counts_down() {
    let mut state = State::default();
    let clock = ManualClock::new();
    let minute = Duration::from_secs(60);
    assert_eq!(state.ask(Age::Unusable, clock.now()), Step::Fetch);
    let failure = Failure::Server {
        retry_after: Some(minute),
    };
    assert_eq!(state.failed(failure, 0.5, clock.now()), minute);
    clock.advance(minute / 4);
    let left = minute / 4 * 3;
    assert_eq!(state.ask(Age::Unusable, clock.now()), Step::BackOff(left));
    assert_eq!(state.ask(Age::Due, clock.now()), Step::Return);
    clock.advance(left);
    assert_eq!(state.ask(Age::Unusable, clock.now()), Step::Fetch);
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
