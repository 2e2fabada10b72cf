//! A budget that other processes share, kept by a server of this test.

use std::collections::VecDeque;
use std::sync::Mutex;

use perspio_auth::clock::Clock;

use super::*;
use crate::limits::report::{Answered, BudgetServer, Reply, Report};
use crate::options::Priority::Interactive;

mod bytes;
mod unavailable;

/// A server that gives the replies that a test has queued, and records the reports.
/// By default it grants everything.
#[derive(Debug, Default)]
struct Server {
    queued: Mutex<VecDeque<Result<Reply, String>>>,
    reports: Mutex<Vec<Report>>,
    /// While a test holds it, the server hangs.
    gate: tokio::sync::Mutex<()>,
}

#[async_trait::async_trait]
impl BudgetServer for Server {
    async fn exchange(&self, report: &Report, _: Duration) -> Result<Reply, String> {
        self.reports.lock().unwrap().push(report.clone());
        let _ = self.gate.lock().await;
        let reply = self.queued.lock().unwrap().pop_front();
        reply.unwrap_or_else(|| Ok(granted(report.requested.len(), Duration::ZERO)))
    }
}

fn granted(granted: usize, wait: Duration) -> Reply {
    Reply {
        granted,
        wait,
        limit: Some(0),
        left: vec![7],
    }
}

fn shared(most: u32, parts: u32) -> (Pacer, ManualClock, Arc<Server>) {
    let clock = ManualClock::new();
    let server = Arc::new(Server::default());
    let builder = Pacer::builder(limits(most)).clock(Arc::new(clock.clone()));
    let pacer = builder.shared(server.clone(), parts).build();
    (pacer, clock, server)
}

impl Server {
    /// Queues a reply.
    fn replies(&self, reply: Result<Reply, String>) {
        self.queued.lock().unwrap().push_back(reply);
    }

    /// Returns the reports since the last call.
    fn received(&self) -> Vec<Report> {
        std::mem::take(&mut self.reports.lock().unwrap())
    }
}

#[tokio::test]
async fn slots_are_requested_together_and_each_response_is_reported() {
    let (pacer, clock, server) = shared(20, 4);
    let calls: Vec<_> = (0..3).map(|_| call(&pacer, Interactive)).collect();
    let mut slots = Vec::new();
    for call in calls {
        slots.push(call.await.unwrap().unwrap());
    }
    let requested: Vec<_> = server
        .received()
        .into_iter()
        .flat_map(|it| it.requested)
        .collect();
    assert_eq!(requested.len(), 3);
    clock.advance(SECOND);
    slots.remove(1).answered();
    settle().await;
    let number = requested[1];
    let at = clock.now().monotonic;
    assert_eq!(server.received()[0].answered, [Answered { number, at }]);
    assert_eq!(pacer.budget().limits[0].left, 7);
}

#[tokio::test]
async fn a_flush_ends_when_every_response_was_reported() {
    let (pacer, _, server) = shared(20, 4);
    pacer.flush().await;
    assert!(server.received().is_empty(), "there was nothing to report");
    let slot = pacer.acquire(Interactive, None).await.unwrap();
    let held = server.gate.lock().await;
    slot.answered();
    let flush = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.flush().await }
    });
    settle().await;
    assert!(!flush.is_finished());
    drop(held);
    flush.await.unwrap();
    let received: Vec<_> = server
        .received()
        .into_iter()
        .flat_map(|it| it.answered)
        .collect();
    assert_eq!(received.len(), 1);

    let last = pacer.acquire(Interactive, None).await.unwrap();
    server.replies(Err("connection refused".to_owned()));
    last.answered();
    pacer.flush().await;
    assert_eq!(pacer.budget().limits[0].left, 3, "it keeps to its own part");
}

#[tokio::test]
async fn a_server_without_room_is_asked_again_after_the_wait_that_it_names() {
    let (pacer, clock, server) = shared(20, 4);
    server.replies(Ok(granted(0, 30 * SECOND)));
    let waiting = call(&pacer, Interactive);
    settle().await;
    clock.advance(29 * SECOND);
    settle().await;
    assert_eq!(server.received().len(), 1, "it is not asked meanwhile");
    assert!(!waiting.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(waiting.is_finished());
}

#[tokio::test]
async fn a_call_without_time_for_the_servers_wait_fails_immediately() {
    let (pacer, clock, server) = shared(20, 4);
    server.replies(Ok(granted(0, 30 * SECOND)));
    let deadline = Some(clock.now().deadline(10 * SECOND));
    let no_room = pacer.acquire(Interactive, deadline).await.unwrap_err();
    assert_eq!((no_room.wait, &*no_room.because_of), (30 * SECOND, "rate"));
}

#[tokio::test]
async fn slots_for_callers_that_were_cancelled_are_given_back() {
    let (pacer, _, server) = shared(20, 4);
    let held = server.gate.lock().await;
    let gone = call(&pacer, Interactive);
    settle().await;
    gone.abort();
    settle().await;
    drop(held);
    settle().await;
    let received = server.received();
    let requested: Vec<_> = received
        .iter()
        .flat_map(|it| it.requested.clone())
        .collect();
    let given_back: Vec<_> = received
        .iter()
        .flat_map(|it| it.given_back.clone())
        .collect();
    assert_eq!(given_back, requested);
}

#[tokio::test]
async fn without_the_server_a_process_keeps_to_its_part_and_notifies_observers() {
    let (_, clock, server) = shared(20, 4);
    let log = Arc::new(Log::default());
    let builder = Pacer::builder(limits(20)).clock(Arc::new(clock.clone()));
    let pacer = builder
        .observer(log.clone())
        .shared(server.clone(), 4)
        .build();
    for _ in 0..100 {
        server.replies(Err("connection refused".to_owned()));
    }
    let calls: Vec<_> = (0..6).map(|_| call(&pacer, Interactive)).collect();
    settle().await;
    let finished = calls.iter().filter(|call| call.is_finished()).count();
    assert_eq!(finished, 5, "a quarter of 20");
    assert_eq!(log.all(), ["failed: connection refused"]);
    assert_eq!(pacer.budget().limits[0].limit.most(), 5);
    server.queued.lock().unwrap().clear();
    clock.advance(3 * SECOND);
    settle().await;
    assert!(!calls[5].is_finished(), "others may not have reported yet");
    clock.advance(4 * SECOND);
    settle().await;
    assert!(calls[5].is_finished(), "the server is back, and has room");
    assert_eq!(log.all(), ["failed: connection refused", "back"]);
}

#[tokio::test]
async fn undelivered_reports_are_delivered_when_the_server_is_back() {
    let (pacer, clock, server) = shared(20, 4);
    let slot = pacer.acquire(Interactive, None).await.unwrap();
    server.received();
    server.replies(Err("connection refused".to_owned()));
    slot.answered();
    pacer.pause(SECOND);
    settle().await;
    server.received();
    clock.advance(10 * SECOND);
    settle().await;
    let received = server.received();
    assert_eq!((received[0].answered.len(), received[0].pause), (1, SECOND));
}

/// A runtime with a request in flight that is never answered.
fn runtime_with_a_request(pacer: &Pacer) -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut slot = pacer.acquire(Interactive, None).await.unwrap();
        tokio::spawn(async move {
            slot.sent();
            std::future::pending::<()>().await;
        });
        settle().await;
    });
    runtime
}

#[test]
fn a_runtime_with_requests_in_flight_can_shut_down() {
    let (pacer, _, server) = shared(20, 4);
    let (ended, end) = std::sync::mpsc::channel();
    let ending = pacer.clone();
    std::thread::spawn(move || {
        drop(runtime_with_a_request(&ending));
        ended.send(()).unwrap();
    });
    // Waits only if the test fails.
    end.recv_timeout(10 * SECOND).expect("it ends");
    let requested = server.received()[0].requested[0];
    drop(runtime_with_a_request(&pacer));
    let answered: Vec<_> = server
        .received()
        .into_iter()
        .flat_map(|it| it.answered)
        .map(|it| it.number)
        .collect();
    assert_eq!(answered, [requested], "another runtime reports it");
}

#[test]
fn slots_requested_when_a_runtime_shut_down_are_given_back_by_the_next() {
    let (pacer, _, server) = shared(20, 4);
    let held = server.gate.try_lock().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        drop(call(&pacer, Interactive));
        settle().await;
    });
    drop(runtime);
    drop(held);
    let requested = server.received()[0].requested.clone();
    drop(runtime_with_a_request(&pacer));
    let received = server.received();
    assert_eq!((requested.len(), &received[0].given_back), (1, &requested));
}

#[test]
fn events_outside_of_a_runtime_are_reported_later() {
    let (pacer, _, server) = shared(20, 4);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let slot = runtime.block_on(pacer.acquire(Interactive, None)).unwrap();
    let requested = server.received()[0].requested[0];
    slot.answered();
    pacer.pause(SECOND);
    drop(runtime_with_a_request(&Pacer::new(limits(1))));
    assert!(server.received().is_empty());
    runtime.block_on(async {
        pacer.flush().await;
    });
    let received = server.received();
    assert_eq!(received[0].answered[0].number, requested);
    assert_eq!(received[0].pause, SECOND);
}

#[test]
fn merging_an_undelivered_report_loses_nothing() {
    let answered = |number| Answered {
        number,
        at: SECOND * u32::try_from(number).unwrap(),
    };
    let report = |number, bytes, pause| Report {
        taken: vec![number + 10],
        answered: vec![answered(number)],
        given_back: vec![number + 1],
        bytes,
        pause,
        requested: Vec::new(),
    };
    let mut next = report(1, 10, SECOND);
    next.merge(Report {
        requested: vec![5, 6],
        ..report(3, 20, MINUTE)
    });
    let all = Report {
        taken: vec![11, 13],
        answered: vec![answered(1), answered(3)],
        given_back: vec![2, 4, 5, 6],
        ..report(0, 30, MINUTE)
    };
    assert_eq!(next, all);
}
