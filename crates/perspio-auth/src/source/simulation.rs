//! A deterministic simulation of the refresh protocol.
//!
//! The real [`Fetcher`](super::fetch::Fetcher) and its records run as several processes over a
//! simulated store and a simulated identity server with strict rotation: a refresh token that
//! is used twice revokes the whole sign-in. Before each operation of a process, the explorer
//! chooses which process runs, and whether a fault happens: a crash, an unavailable store or
//! server, a lost response, a lock that runs out, a store that is restored to an older state.
//! A response is delayed by running other processes before it is received.
//!
//! The explorer tries every sequence of choices with a bounded number of faults, and random
//! ones with more. These rules must hold:
//!
//! - A refresh token is sent at most once.
//! - A process never goes back to an older refresh token.
//! - The store never replaces a newer record by an older one.
//! - No sign-in is lost.
//! - Every process gets a result.
//!
//! The first and the fourth have exceptions, which are the documented window (see the module
//! [`store`](crate::token::store)): a process that ends, a response that is lost, or a lock
//! that runs out between the request and the durable write, and a store that is restored to
//! an older state. Each protection is removed in turn, to show that a rule then breaks.

mod process;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::future::BoxFuture;
use world::{Choice, State, Without, World};

/// The processes of a simulation, and how often each needs a new token.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    refreshing: usize,
    rounds: usize,
    signs_in: bool,
    faults: usize,
    without: Without,
}

/// Chooses between `count` possibilities.
trait Explorer {
    fn choose(&mut self, count: usize) -> usize;
}

/// A sequence of choices, each with the operation it was made at, that ended in violations.
struct Failed {
    choices: Vec<String>,
    violations: Vec<String>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (choices, violations) = (self.choices.join("\n  "), self.violations.join("\n  "));
        write!(f, "violations:\n  {violations}\nafter:\n  {choices}")
    }
}

/// Runs one simulation.
fn simulate(scenario: &Scenario, explorer: &mut dyn Explorer) -> Result<(), Failed> {
    let count = scenario.refreshing + usize::from(scenario.signs_in);
    // One more process looks whether the sign-in still works at the end.
    let world = World::new(count + 1, scenario.without);
    let first = process::record(world.state().sign_in(), 0);
    world.state().replace(0, None, Some(first.clone()));
    world.state().forget_history();
    let mut processes: BTreeMap<usize, BoxFuture<'static, ()>> = BTreeMap::new();
    for process in 0..scenario.refreshing {
        let runs = process::refresh(world.clone(), process, scenario.rounds, first.clone());
        processes.insert(process, runs.boxed());
    }
    if scenario.signs_in {
        let process = scenario.refreshing;
        processes.insert(process, process::sign_in(world.clone(), process).boxed());
    }
    let mut choices = Vec::new();
    explore(
        &world,
        &mut processes,
        scenario.faults,
        explorer,
        &mut choices,
    );
    let found = world.state().record();
    if let Some((_, record)) = found {
        let runs = process::refresh(world.clone(), count, 1, record);
        let mut last = BTreeMap::from([(count, runs.boxed())]);
        explore(&world, &mut last, 0, explorer, &mut choices);
    } else {
        let error = crate::oauth::Error::NotRenewable {
            reason: "the store has no sign-in",
        };
        world.state().is_signed_out(count, &error);
        world.state().end(count);
    }
    let mut state = world.state();
    if !state.have_all_ended() {
        state.violate("a process waits for ever".to_owned());
    }
    match state.violations() {
        violations if violations.is_empty() => Ok(()),
        violations => Err(Failed {
            choices,
            violations,
        }),
    }
}

/// Runs the processes until all have ended or none can go on.
fn explore(
    world: &World,
    processes: &mut BTreeMap<usize, BoxFuture<'static, ()>>,
    mut faults: usize,
    explorer: &mut dyn Explorer,
    choices: &mut Vec<String>,
) {
    let poll = |process: usize, processes: &mut BTreeMap<usize, BoxFuture<'static, ()>>| {
        let Some(runs) = processes.get_mut(&process) else {
            return;
        };
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(()) = runs.as_mut().poll(&mut context) {
            processes.remove(&process);
            world.state().end(process);
        }
    };
    for process in processes.keys().copied().collect::<Vec<_>>() {
        poll(process, processes);
    }
    loop {
        let possible = world.state().choices(faults);
        if possible.is_empty() {
            return;
        }
        let choice = possible[explorer.choose(possible.len())];
        choices.push(world.state().describe(choice));
        let polled = world.state().apply(choice);
        if !matches!(choice, Choice::Run(_, world::Outcome::Succeeds)) {
            faults -= 1;
        }
        if let Some(process) = State::is_crash(choice) {
            processes.remove(&process);
        }
        if let Some(process) = polled {
            poll(process, processes);
        }
    }
}

/// Tries every sequence of choices, depth first: each run repeats the beginning of the last
/// one, and takes the next possibility at its end.
#[derive(Default)]
struct Exhaustive {
    /// What was chosen, of how many.
    taken: Vec<(usize, usize)>,
    position: usize,
}

impl Explorer for Exhaustive {
    fn choose(&mut self, count: usize) -> usize {
        if self.position == self.taken.len() {
            self.taken.push((0, count));
        }
        let (chosen, of) = self.taken[self.position];
        assert_eq!(of, count, "a run is repeated exactly");
        self.position += 1;
        chosen
    }
}

impl Exhaustive {
    /// Goes on to the next sequence. Returns false after the last one.
    fn next(&mut self) -> bool {
        self.position = 0;
        while let Some((chosen, count)) = self.taken.pop() {
            if chosen + 1 < count {
                self.taken.push((chosen + 1, count));
                return true;
            }
        }
        false
    }
}

/// Runs every simulation of a scenario. Returns their number, or the first that failed.
fn exhaust(scenario: &Scenario) -> Result<usize, Failed> {
    let mut explorer = Exhaustive::default();
    let mut count = 0;
    loop {
        simulate(scenario, &mut explorer)?;
        count += 1;
        if !explorer.next() {
            return Ok(count);
        }
    }
}

/// Chooses at random, from a seed.
struct Random(fastrand::Rng);

impl Explorer for Random {
    fn choose(&mut self, count: usize) -> usize {
        self.0.usize(..count)
    }
}

const TWO: Scenario = Scenario {
    refreshing: 2,
    rounds: 1,
    signs_in: false,
    faults: 1,
    without: Without::Nothing,
};

const THREE: Scenario = Scenario {
    refreshing: 3,
    ..TWO
};
const TWICE: Scenario = Scenario { rounds: 2, ..TWO };
const AND_A_SIGN_IN: Scenario = Scenario {
    signs_in: true,
    ..TWO
};

#[test]
fn every_interleaving_with_a_fault_keeps_the_rules() {
    for scenario in [TWO, TWICE, THREE, AND_A_SIGN_IN] {
        let count = exhaust(&scenario).unwrap_or_else(|failed| panic!("{scenario:?}: {failed}"));
        assert!(count > 500, "{count} simulations of {scenario:?}");
    }
}

/// Set to a number to repeat the simulation of one seed.
const SEED: &str = "SIMULATION_SEED";

#[test]
fn random_interleavings_with_many_faults_keep_the_rules() {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..=seed
        }
        Err(_) => 1..=5_000_u64,
    };
    for seed in seeds {
        let mut explorer = Random(fastrand::Rng::with_seed(seed));
        let scenario = Scenario {
            refreshing: 2 + explorer.choose(2),
            rounds: 1 + explorer.choose(3),
            signs_in: explorer.choose(2) == 0,
            faults: 2 + explorer.choose(3),
            without: Without::Nothing,
        };
        if let Err(failed) = simulate(&scenario, &mut explorer) {
            panic!("{SEED}={seed} repeats it. {scenario:?}: {failed}");
        }
    }
}

#[test]
fn without_any_one_of_the_protections_a_rule_breaks() {
    for (without, scenario, rule) in [
        (Without::Lock, TWO, "sent twice"),
        (Without::ReadAgain, TWO, "sent twice"),
        (Without::PreparedStore, TWO, "sent twice"),
        (Without::ConfirmedLock, TWO, "sent twice"),
        (Without::LockUntilSaved, TWO, "sent twice"),
        (Without::Order, TWICE, "sent twice"),
        (
            Without::CompareAndReplace,
            AND_A_SIGN_IN,
            "lost a newer record",
        ),
        (
            Without::CompareAndDelete,
            AND_A_SIGN_IN,
            "lost a newer record",
        ),
    ] {
        let scenario = Scenario {
            without,
            ..scenario
        };
        let Err(failed) = exhaust(&scenario) else {
            panic!("no rule breaks {without:?}");
        };
        let violations = failed.violations.join("; ");
        assert!(violations.contains(rule), "{without:?}: {failed}");
    }
}
