//! The pure schedule under arbitrary sequences of events.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::limits::queue::Ticket;
use crate::limits::report::{NextReport, Reply, Report};
use crate::limits::schedule::{Permit, Schedule};

/// Waiters in the order in which they must be served.
type Waiter = (Priority, usize);

const MOST_BYTES: u64 = 1000;

/// A schedule, and the callers and the server around it.
struct Model {
    schedule: Schedule<Waiter>,
    server: Server,
    is_shared: bool,
    now: Duration,
    waiting: BTreeMap<Waiter, Ticket>,
    alarms: BTreeMap<Waiter, Duration>,
    last_waiter: usize,
    in_flight: Vec<(Permit, Duration)>,
    /// When the service counted each request.
    counted: Vec<Duration>,
    debits: Vec<(Duration, u64)>,
    paused_until: Duration,
    leases: BTreeSet<u64>,
    exchange: Exchange,
}

#[derive(Debug, PartialEq)]
enum Exchange {
    None,
    Sending(Report),
    CoolDown(Duration),
}

/// The server of a shared budget, with the moments when its slots are free.
#[derive(Default)]
struct Server {
    most: usize,
    slots: BTreeMap<u64, Duration>,
    paused_until: Duration,
}

const LEASE: Duration = Duration::from_secs(120);

impl Server {
    fn reply(&mut self, report: &Report, now: Duration) -> Reply {
        let leased = now + LEASE + hold();
        self.slots
            .extend(report.taken.iter().map(|it| (*it, leased)));
        let answered = report.answered.iter();
        let answered = answered.map(|it| (it.number, it.at + hold()));
        self.slots.extend(answered);
        for number in &report.given_back {
            self.slots.remove(number);
        }
        if !report.pause.is_zero() {
            self.paused_until = self.paused_until.max(now + report.pause);
        }
        self.slots.retain(|_, free| *free > now);
        let is_paused = now < self.paused_until;
        let room = self.most.saturating_sub(self.slots.len());
        let room = if is_paused { 0 } else { room };
        let granted = room.min(report.requested.len());
        let new = report.requested[..granted].iter();
        self.slots.extend(new.map(|it| (*it, leased)));
        let free = self.slots.values().min();
        let pause = self.paused_until.saturating_sub(now);
        Reply {
            granted,
            wait: free.map_or(pause, |at| pause.max(at.saturating_sub(now).min(hold()))),
            limit: (!is_paused).then_some(0),
            left: vec![(room - granted) as u64],
        }
    }
}

impl Model {
    fn local(most: u32) -> Self {
        let bytes = Limit::bytes("bandwidth", Scope::Tenant, MOST_BYTES, MINUTE);
        Self::new(Schedule::new(&limits(most).with(bytes)), most, false)
    }

    fn shared(most: u32) -> Self {
        Self::new(Schedule::shared(limits(most), 2), most, true)
    }

    fn new(schedule: Schedule<Waiter>, most: u32, is_shared: bool) -> Self {
        Self {
            schedule,
            server: Server {
                most: usize::try_from(most).unwrap(),
                ..Server::default()
            },
            is_shared,
            now: 1000 * SECOND,
            waiting: BTreeMap::new(),
            alarms: BTreeMap::new(),
            last_waiter: 0,
            in_flight: Vec::new(),
            counted: Vec::new(),
            debits: Vec::new(),
            paused_until: Duration::ZERO,
            leases: BTreeSet::new(),
            exchange: Exchange::None,
        }
    }

    fn step(&mut self, step: u8, value: u64) {
        let index = usize::try_from(value).unwrap();
        match step {
            0..=2 => self.join(Priority::Interactive),
            3 => self.join(Priority::Bulk),
            4 => {
                // Timers fire late.
                self.now += Duration::from_secs(value % 8);
                let permit = self.schedule.try_acquire(self.now);
                if let Some(permit) = permit {
                    assert!(self.waiting.is_empty(), "it overtakes");
                    self.send(permit);
                }
            }
            5 if !self.waiting.is_empty() => {
                let mut waiting = self.waiting.iter();
                let (waiter, ticket) = waiting.nth(index % waiting.len()).unwrap();
                assert!(self.schedule.cancel(*ticket));
                assert!(!self.schedule.cancel(*ticket), "it has left the queue");
                let waiter = *waiter;
                self.waiting.remove(&waiter);
                self.alarms.remove(&waiter);
            }
            6 | 7 if !self.in_flight.is_empty() => self.answer(index % self.in_flight.len(), value),
            8 if !self.in_flight.is_empty() => {
                let (permit, _) = self.in_flight.remove(index % self.in_flight.len());
                self.schedule.give_back(permit);
            }
            9 => {
                let time = Duration::from_secs(value);
                self.schedule.pause(time, self.now);
                self.paused_until = self.paused_until.max(self.now + time);
            }
            10 => {
                self.schedule.debit(20 * value, self.now);
                self.debits.push((self.now, 20 * value));
            }
            11..=14 => return self.exchange(value),
            _ => self.advance(self.now + Duration::from_secs(value)),
        }
        self.perform();
    }

    fn join(&mut self, priority: Priority) {
        let ahead = (self.waiting.keys()).filter(|(other, _)| *other <= priority);
        assert_eq!(self.schedule.ahead_of(priority), ahead.count());
        self.last_waiter += 1;
        let waiter = (priority, self.last_waiter);
        let ticket = self.schedule.join(priority, waiter);
        self.waiting.insert(waiter, ticket);
        self.look_at_the_time(waiter);
    }

    /// What a waiter does when it is woken.
    fn look_at_the_time(&mut self, waiter: Waiter) {
        self.alarms.remove(&waiter);
        if let Some(ticket) = self.waiting.get(&waiter) {
            let alarm = self.schedule.alarm(*ticket, self.now);
            self.alarms
                .extend(alarm.map(|alarm| (waiter, self.now + alarm.wait)));
        }
        self.perform();
    }

    /// Does what the schedule asks for.
    fn perform(&mut self) {
        self.perform_if(true);
    }

    /// The same, but for an exchange if it cannot be started.
    fn perform_if(&mut self, can_exchange: bool) {
        let actions = self.schedule.actions(self.now);
        for (waiter, permit) in actions.granted {
            let first = self.waiting.pop_first().map(|(first, _)| first);
            assert_eq!(first, Some(waiter), "not the next one, or granted twice");
            self.alarms.remove(&waiter);
            self.send(permit);
        }
        if actions.start_exchange && can_exchange {
            assert_eq!(self.exchange, Exchange::None);
            self.schedule.exchange_started();
            self.next_report();
        }
        if let Some(waiter) = actions.wake {
            self.look_at_the_time(waiter);
        }
    }

    fn send(&mut self, permit: Permit) {
        if let Permit(Some(number)) = permit {
            assert!(self.leases.insert(number), "{number} is granted twice");
        }
        if !self.is_shared {
            assert!(self.now >= self.paused_until, "it is sent during a pause");
            let counts = |at: Duration| at + MINUTE > self.now;
            let debits = self.debits.iter().filter(|(at, _)| counts(*at));
            let used: u64 = debits.map(|(_, bytes)| bytes).sum();
            assert!(used < MOST_BYTES, "it is sent although the bytes are spent");
        }
        self.in_flight.push((permit, self.now));
    }

    /// The service has counted the request early or late.
    fn answer(&mut self, index: usize, value: u64) {
        let (permit, sent) = self.in_flight.remove(index);
        let is_late = value.is_multiple_of(2);
        self.counted.push(if is_late { self.now } else { sent });
        self.schedule.answered(permit, self.now);
    }

    fn next_report(&mut self) {
        self.exchange = match self.schedule.next_report(self.now) {
            NextReport::Send(report) => Exchange::Sending(report),
            NextReport::Wait(time) => Exchange::CoolDown(self.now + time),
            NextReport::Nothing => Exchange::None,
        };
    }

    /// Ends the current exchange in one of several ways.
    fn exchange(&mut self, outcome: u64) {
        let outcome = outcome % 8;
        match std::mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::None => {}
            Exchange::CoolDown(at) if outcome != 0 => self.exchange = Exchange::CoolDown(at),
            Exchange::CoolDown(_) => self.interrupt(),
            Exchange::Sending(report) => {
                // The server may have received a report whose reply is lost.
                let reply = (outcome != 1).then(|| self.server.reply(&report, self.now));
                if outcome == 0 {
                    return self.interrupt();
                }
                let reply = reply.filter(|_| outcome > 2);
                self.schedule.exchanged(reply.as_ref(), self.now);
                self.perform();
                self.next_report();
            }
        }
    }

    /// A runtime that shuts down starts no exchange.
    fn interrupt(&mut self) {
        self.schedule.interrupted();
        self.perform_if(false);
    }

    fn next_event(&self) -> Option<Duration> {
        let cool_down = match self.exchange {
            Exchange::CoolDown(at) => Some(at),
            _ => None,
        };
        self.alarms.values().copied().chain(cool_down).min()
    }

    /// Lets time pass. No response takes longer than a lease.
    fn advance(&mut self, to: Duration) {
        while let Some(index) = self
            .in_flight
            .iter()
            .position(|(_, sent)| to > *sent + LEASE)
        {
            self.answer(index, 0);
            self.perform();
        }
        while let Some(at) = self.next_event().filter(|at| *at <= to) {
            self.now = self.now.max(at);
            if self.exchange == Exchange::CoolDown(at) {
                self.next_report();
            }
            let due = self.alarms.iter().find(|(_, alarm)| **alarm == at);
            if let Some(waiter) = due.map(|(waiter, _)| *waiter) {
                self.look_at_the_time(waiter);
            }
            self.perform();
        }
        self.now = to;
    }

    /// Answers every request and reply until all waiters have been served.
    fn drain(&mut self) {
        for _ in 0..10_000 {
            if matches!(self.exchange, Exchange::Sending(_)) {
                self.exchange(7);
            } else if !self.in_flight.is_empty() {
                self.answer(0, 0);
                self.perform();
            } else if self.waiting.is_empty() {
                return;
            } else {
                let at = self.next_event().expect("a waiter is lost");
                self.advance(at);
            }
        }
        panic!("waiters are never served: {:?}", self.waiting);
    }

    /// Asserts that no window of the service holds more than `most` requests.
    fn check(mut self, most: u32) {
        self.counted.sort();
        for (index, first) in self.counted.iter().enumerate() {
            let end = *first + MINUTE;
            let within = self.counted[index..].iter().filter(|at| **at < end);
            assert!(within.count() <= usize::try_from(most).unwrap());
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<(u8, u64)>> {
    prop::collection::vec((0_u8..20, 0_u64..40), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_local_schedule_keeps_the_limits_and_serves_every_waiter(
        most in 1_u32..5,
        steps in steps(),
    ) {
        let mut model = Model::local(most);
        for (step, value) in steps {
            model.step(step, value);
        }
        model.drain();
        model.check(most);
    }

    /// The server fails, loses replies, and its runtimes shut down.
    #[test]
    fn a_shared_schedule_keeps_the_limits_and_serves_every_waiter(
        most in 1_u32..5,
        steps in steps(),
    ) {
        let mut model = Model::shared(most);
        for (step, value) in steps {
            model.step(step, value);
        }
        model.drain();
        model.check(most);
    }
}
