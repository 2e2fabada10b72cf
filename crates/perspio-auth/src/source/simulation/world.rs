//! The world around the processes: an identity server with strict rotation and reuse
//! detection, a store with a lock, and the faults that may happen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::token::store::{Revision, TokenRecord};

/// An operation of a process, before which another process may run or a fault may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Lock,
    Read,
    Confirm,
    /// The server receives the request and processes it.
    Send,
    /// The process receives the response.
    Receive,
    Replace,
    Delete,
    Unlock,
}

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeds,
    /// The store is unavailable, or there is no connection to the server.
    Fails,
    /// It is applied, but its response is lost.
    LosesResponse,
}

/// What the explorer chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Run(usize, Outcome),
    Crash(usize),
    /// The lock runs out, for instance because its holder was suspended.
    LoseLock,
    /// The store is restored to the state before its last write.
    RollBack,
}

/// A protection that is removed, to show that the simulation needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Without {
    Nothing,
    /// Any number of processes hold the lock.
    Lock,
    /// A process refreshes with the record that it read before it had the lock.
    ReadAgain,
    /// A refresh token is spent although the store is unavailable.
    PreparedStore,
    /// A lock that has run out is not noticed.
    ConfirmedLock,
    /// A record replaces any other.
    CompareAndReplace,
    /// The lock is released although the record is not saved.
    LockUntilSaved,
    /// The stored record replaces a newer one in memory.
    Order,
    /// The record is deleted whatever its revision.
    CompareAndDelete,
}

/// How far a process is with spending a refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// The store is prepared.
    Prepared,
    /// The server has processed the request, and the store does not have the new record.
    Spent,
}

/// The tokens of one sign-in at the server.
struct Family {
    current: u64,
    is_alive: bool,
}

#[derive(Default)]
struct Process {
    phase: Phase,
    waits_at: Option<Operation>,
    outcome: Option<Outcome>,
    /// The newest refresh token that it has sent in each family.
    sent: BTreeMap<usize, u64>,
    has_ended: bool,
}

/// The state of the world.
pub(super) struct State {
    pub(super) without: Without,
    families: Vec<Family>,
    sent: BTreeMap<(usize, u64), usize>,
    record: Option<(Revision, TokenRecord)>,
    history: Vec<Option<(Revision, TokenRecord)>>,
    revision: u64,
    /// The process that holds the lock, and a number of the lock.
    lock: Option<(usize, u64)>,
    locks: u64,
    processes: Vec<Process>,
    /// Why a sign-in may be lost: the documented window.
    excuse: Option<&'static str>,
    was_rolled_back: bool,
    violations: Vec<String>,
}

/// A handle of the world.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<State>>);

impl World {
    pub(super) fn new(processes: usize, without: Without) -> Self {
        Self(Arc::new(Mutex::new(State {
            without,
            families: Vec::new(),
            sent: BTreeMap::new(),
            record: None,
            history: Vec::new(),
            revision: 0,
            lock: None,
            locks: 0,
            processes: (0..processes).map(|_| Process::default()).collect(),
            excuse: None,
            was_rolled_back: false,
            violations: Vec::new(),
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Waits until the explorer runs the operation of a process, and returns its outcome.
    pub(super) async fn step(&self, process: usize, operation: Operation) -> Outcome {
        let mut has_waited = false;
        std::future::poll_fn(|_| {
            let mut state = self.state();
            let own = &mut state.processes[process];
            if !has_waited {
                has_waited = true;
                own.waits_at = Some(operation);
            }
            match own.outcome.take() {
                Some(outcome) => {
                    own.waits_at = None;
                    std::task::Poll::Ready(outcome)
                }
                None => std::task::Poll::Pending,
            }
        })
        .await
    }
}

impl State {
    /// Returns what may happen next; faults only if `faults` are left.
    pub(super) fn choices(&self, faults: usize) -> Vec<Choice> {
        let mut choices = Vec::new();
        for (process, own) in self.processes.iter().enumerate() {
            let Some(operation) = own.waits_at else {
                continue;
            };
            let is_blocked = operation == Operation::Lock
                && self.lock.is_some()
                && self.without != Without::Lock;
            if !is_blocked {
                choices.push(Choice::Run(process, Outcome::Succeeds));
            }
            if faults == 0 {
                continue;
            }
            choices.push(Choice::Crash(process));
            match operation {
                _ if is_blocked => {}
                Operation::Lock | Operation::Read | Operation::Confirm | Operation::Send => {
                    choices.push(Choice::Run(process, Outcome::Fails));
                }
                Operation::Replace | Operation::Delete => {
                    choices.push(Choice::Run(process, Outcome::Fails));
                    choices.push(Choice::Run(process, Outcome::LosesResponse));
                }
                Operation::Receive => {
                    choices.push(Choice::Run(process, Outcome::LosesResponse));
                }
                Operation::Unlock => {}
            }
        }
        if faults > 0 && !choices.is_empty() {
            if self.lock.is_some() {
                choices.push(Choice::LoseLock);
            }
            if !self.history.is_empty() {
                choices.push(Choice::RollBack);
            }
        }
        choices
    }

    /// Describes a choice that is about to be applied.
    pub(super) fn describe(&self, choice: Choice) -> String {
        match choice {
            Choice::Run(process, outcome) => match self.processes[process].waits_at {
                Some(operation) => format!("process {process}: {operation:?} {outcome:?}"),
                None => format!("process {process}: {outcome:?}"),
            },
            choice => format!("{choice:?}"),
        }
    }

    /// Applies a choice. Returns the process to be polled.
    pub(super) fn apply(&mut self, choice: Choice) -> Option<usize> {
        match choice {
            Choice::Run(process, outcome) => {
                let own = &mut self.processes[process];
                if own.waits_at == Some(Operation::Receive) && outcome != Outcome::Succeeds {
                    self.excuse = Some("a response was lost");
                }
                own.outcome = Some(outcome);
                Some(process)
            }
            Choice::Crash(process) => {
                if self.processes[process].phase == Phase::Spent {
                    self.excuse = Some("a process ended in the window");
                }
                let own = &mut self.processes[process];
                own.waits_at = None;
                own.has_ended = true;
                own.phase = Phase::Idle;
                self.lock.take_if(|(holder, _)| *holder == process);
                None
            }
            Choice::LoseLock => {
                if let Some((holder, _)) = self.lock.take()
                    && self.processes[holder].phase != Phase::Idle
                {
                    self.excuse = Some("the lock ran out in the window");
                }
                None
            }
            Choice::RollBack => {
                if let Some(earlier) = self.history.pop() {
                    self.record = earlier;
                    self.was_rolled_back = true;
                }
                None
            }
        }
    }

    pub(super) fn is_crash(choice: Choice) -> Option<usize> {
        match choice {
            Choice::Crash(process) => Some(process),
            _ => None,
        }
    }

    pub(super) fn end(&mut self, process: usize) {
        self.processes[process].has_ended = true;
    }

    pub(super) fn have_all_ended(&self) -> bool {
        self.processes.iter().all(|own| own.has_ended)
    }

    // The server.

    /// Begins a sign-in. Returns its family; its first refresh token has the number 0.
    pub(super) fn sign_in(&mut self) -> usize {
        self.families.push(Family {
            current: 0,
            is_alive: true,
        });
        self.families.len() - 1
    }

    /// Exchanges a refresh token. Returns the number of the new one, or `None` for
    /// `invalid_grant`.
    pub(super) fn refresh(&mut self, process: usize, family: usize, token: u64) -> Option<u64> {
        let times = self.sent.entry((family, token)).or_default();
        *times += 1;
        if *times > 1 && !self.is_excused() {
            self.violate(format!("{family}:{token} was sent twice"));
        }
        let newest = self.processes[process].sent.insert(family, token);
        if newest.is_some_and(|newest| newest > token)
            || (newest == Some(token) && self.excuse.is_none())
        {
            self.violate(format!("process {process} went back to {family}:{token}"));
        }
        let own = &mut self.families[family];
        if own.is_alive && own.current == token {
            own.current += 1;
            self.processes[process].phase = Phase::Spent;
            return Some(token + 1);
        }
        own.is_alive = false;
        self.processes[process].phase = Phase::Idle;
        None
    }

    /// Records that no request was processed.
    pub(super) fn not_sent(&mut self, process: usize) {
        self.processes[process].phase = Phase::Idle;
    }

    // The store.

    /// Tries to lock; returns the number of the lock.
    pub(super) fn lock(&mut self, process: usize) -> u64 {
        self.locks += 1;
        self.lock = Some((process, self.locks));
        self.locks
    }

    pub(super) fn unlock(&mut self, lock: u64) {
        self.lock.take_if(|(_, number)| *number == lock);
    }

    pub(super) fn confirm(&mut self, process: usize, lock: u64) -> bool {
        let is_held = self.lock.is_some_and(|(_, number)| number == lock)
            || self.without == Without::ConfirmedLock
            || self.without == Without::Lock;
        if is_held {
            self.processes[process].phase = Phase::Prepared;
        }
        is_held
    }

    pub(super) fn record(&self) -> Option<(Revision, TokenRecord)> {
        self.record.clone()
    }

    pub(super) fn replace(
        &mut self,
        process: usize,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> bool {
        let found = self.record.as_ref().map(|(revision, _)| *revision);
        let is_blind = match record {
            Some(_) => self.without == Without::CompareAndReplace,
            None => self.without == Without::CompareAndDelete,
        };
        if found != expected && !is_blind {
            return false;
        }
        if let Some((_, old)) = &self.record {
            let goes_back = if let Some(new) = &record {
                new.is_older_than(old)
            } else {
                let (family, token) = super::process::numbers(old);
                let own = &self.families[family];
                own.is_alive && own.current == token
            };
            if goes_back {
                self.violate("the store lost a newer record".to_owned());
            }
        }
        self.revision += 1;
        let new = record.map(|record| (Revision(self.revision), record));
        let old = std::mem::replace(&mut self.record, new);
        self.history.push(old);
        self.processes[process].phase = Phase::Idle;
        true
    }

    /// The initial state and the sign-ins are not rolled back.
    pub(super) fn forget_history(&mut self) {
        self.history.clear();
    }

    // The rules.

    fn is_excused(&self) -> bool {
        self.excuse.is_some() || self.was_rolled_back
    }

    pub(super) fn violate(&mut self, violation: String) {
        self.violations.push(violation);
    }

    /// Records that a process was asked for a new sign-in.
    pub(super) fn is_signed_out(&mut self, process: usize, error: &crate::oauth::Error) {
        if !self.is_excused() {
            self.violate(format!("process {process} is signed out: {error}"));
        }
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.violations.clone()
    }
}
