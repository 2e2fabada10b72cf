//! A budget that other processes share, kept by a server of this test.

use std::collections::VecDeque;

use super::super::shared::{Answered, Report, Settled, SharedLedger};
use super::*;

mod away;
mod bytes;

/// Gives answers that a test has queued, and keeps what it was told.
#[derive(Debug)]
struct Server {
    limits: Limits,
    answers: Mutex<VecDeque<Result<Settled, String>>>,
    told: Mutex<Vec<Report>>,
    /// While a test holds it, no answer comes.
    gate: tokio::sync::Mutex<()>,
}

#[async_trait::async_trait]
impl SharedLedger for Server {
    fn limits(&self) -> &Limits {
        &self.limits
    }

    async fn settle(&self, report: &Report, _: Duration) -> Result<Settled, String> {
        self.told.lock().unwrap().push(report.clone());
        let _ = self.gate.lock().await;
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(granted(report.wanted.len(), Duration::ZERO)))
    }
}

fn granted(granted: usize, wait: Duration) -> Settled {
    Settled {
        granted,
        wait,
        limit: Some(0),
        left: vec![7],
    }
}

fn shared(most: u32, parts: u32) -> (Pacer, ManualClock, Arc<Server>) {
    let clock = ManualClock::new();
    let server = Arc::new(Server {
        limits: limits(most),
        answers: Mutex::default(),
        told: Mutex::default(),
        gate: tokio::sync::Mutex::default(),
    });
    let builder = Pacer::builder(limits(most)).clock(Arc::new(clock.clone()));
    let pacer = builder.shared(server.clone(), parts).build();
    (pacer, clock, server)
}

impl Server {
    fn will(&self, answer: Result<Settled, String>) {
        self.answers.lock().unwrap().push_back(answer);
    }

    fn told(&self) -> Vec<Report> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

#[tokio::test]
async fn slots_are_asked_for_together_and_each_answer_is_told() {
    let (pacer, clock, server) = shared(20, 4);
    let calls: Vec<_> = (0..3).map(|_| call(&pacer, Interactive)).collect();
    let mut slots = Vec::new();
    for call in calls {
        slots.push(call.await.unwrap().unwrap());
    }
    let wanted: Vec<_> = server.told().into_iter().flat_map(|it| it.wanted).collect();
    assert_eq!(wanted.len(), 3);
    clock.advance(SECOND);
    slots.remove(1).answered();
    settle().await;
    let number = wanted[1];
    let at = clock.now().monotonic;
    assert_eq!(server.told()[0].answered, [Answered { number, at }]);
    assert_eq!(pacer.budget().limits[0].left, 7);
}

#[tokio::test]
async fn a_flush_ends_when_the_server_knows_of_every_answer() {
    let (pacer, _, server) = shared(20, 4);
    pacer.flush().await;
    assert!(server.told().is_empty(), "there was nothing to tell");
    let slot = pacer.admit(Interactive, None).await.unwrap();
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
    let told: Vec<_> = server
        .told()
        .into_iter()
        .flat_map(|it| it.answered)
        .collect();
    assert_eq!(told.len(), 1);

    let last = pacer.admit(Interactive, None).await.unwrap();
    server.will(Err("it is away".to_owned()));
    last.answered();
    pacer.flush().await;
    assert_eq!(pacer.budget().limits[0].left, 3, "it keeps to its own part");
}

#[tokio::test]
async fn where_the_server_has_no_room_it_is_asked_again_when_it_says() {
    let (pacer, clock, server) = shared(20, 4);
    server.will(Ok(granted(0, 30 * SECOND)));
    let waiting = call(&pacer, Interactive);
    settle().await;
    clock.advance(29 * SECOND);
    settle().await;
    assert_eq!(server.told().len(), 1, "nobody asks meanwhile");
    assert!(!waiting.is_finished());
    clock.advance(SECOND);
    settle().await;
    assert!(waiting.is_finished());
}

#[tokio::test]
async fn a_call_without_the_time_for_the_servers_wait_fails_at_once() {
    let (pacer, clock, server) = shared(20, 4);
    server.will(Ok(granted(0, 30 * SECOND)));
    let deadline = Some(clock.now().deadline(10 * SECOND));
    let refused = pacer.admit(Interactive, deadline).await.unwrap_err();
    assert_eq!((refused.wait, &*refused.because_of), (30 * SECOND, "rate"));
}

#[tokio::test]
async fn slots_for_callers_that_have_gone_away_are_given_back() {
    let (pacer, _, server) = shared(20, 4);
    let held = server.gate.lock().await;
    let gone = call(&pacer, Interactive);
    settle().await;
    gone.abort();
    settle().await;
    drop(held);
    settle().await;
    let told = server.told();
    let wanted: Vec<_> = told.iter().flat_map(|it| it.wanted.clone()).collect();
    let given_back: Vec<_> = told.iter().flat_map(|it| it.given_back.clone()).collect();
    assert_eq!(given_back, wanted);
}

#[tokio::test]
async fn without_the_server_a_process_keeps_to_its_part_and_says_so() {
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);
    impl PaceObserver for Told {
        fn on_shared_budget_failed(&self, reason: &str) {
            self.0.lock().unwrap().push(reason.to_owned());
        }
        fn on_shared_budget_back(&self) {
            self.0.lock().unwrap().push("back".to_owned());
        }
    }
    let (_, clock, server) = shared(20, 4);
    let told = Arc::new(Told::default());
    let builder = Pacer::builder(limits(20)).clock(Arc::new(clock.clone()));
    let pacer = builder
        .observer(told.clone())
        .shared(server.clone(), 4)
        .build();
    for _ in 0..100 {
        server.will(Err("it is away".to_owned()));
    }
    let calls: Vec<_> = (0..6).map(|_| call(&pacer, Interactive)).collect();
    settle().await;
    let finished = calls.iter().filter(|call| call.is_finished()).count();
    assert_eq!(finished, 5, "a quarter of 20");
    assert_eq!(*told.0.lock().unwrap(), ["it is away"]);
    assert_eq!(pacer.budget().limits[0].limit.most(), 5);
    server.answers.lock().unwrap().clear();
    clock.advance(3 * SECOND);
    settle().await;
    assert!(!calls[5].is_finished(), "others may not have told theirs");
    clock.advance(4 * SECOND);
    settle().await;
    assert!(calls[5].is_finished(), "the server is back, and has room");
    assert_eq!(*told.0.lock().unwrap(), ["it is away", "back"]);
}

#[tokio::test]
async fn what_could_not_be_told_is_told_when_the_server_is_back() {
    let (pacer, clock, server) = shared(20, 4);
    let slot = pacer.admit(Interactive, None).await.unwrap();
    server.told();
    server.will(Err("it is away".to_owned()));
    slot.answered();
    pacer.pause(SECOND);
    settle().await;
    server.told();
    clock.advance(10 * SECOND);
    settle().await;
    let told = server.told();
    assert_eq!((told[0].answered.len(), told[0].pause), (1, SECOND));
}

/// A runtime with a request on its way that is never answered.
fn runtime_with_a_request(pacer: &Pacer) -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let slot = pacer.admit(Interactive, None).await.unwrap();
        tokio::spawn(async move {
            let _held = slot;
            std::future::pending::<()>().await;
        });
        settle().await;
    });
    runtime
}

#[test]
fn a_runtime_that_ends_with_requests_on_their_way_does_end() {
    let (pacer, _, server) = shared(20, 4);
    let (ended, end) = std::sync::mpsc::channel();
    let ending = pacer.clone();
    std::thread::spawn(move || {
        drop(runtime_with_a_request(&ending));
        ended.send(()).unwrap();
    });
    // Only a test that fails waits.
    end.recv_timeout(10 * SECOND).expect("it ends");
    let wanted = server.told()[0].wanted[0];
    drop(runtime_with_a_request(&pacer));
    let answered: Vec<_> = server
        .told()
        .into_iter()
        .flat_map(|it| it.answered)
        .map(|it| it.number)
        .collect();
    assert_eq!(answered, [wanted], "another runtime tells it");
}

#[test]
fn what_was_asked_for_when_its_runtime_ended_is_given_back_by_the_next() {
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
    let wanted = server.told()[0].wanted.clone();
    drop(runtime_with_a_request(&pacer));
    let told = server.told();
    assert_eq!((wanted.len(), &told[0].given_back), (1, &wanted));
}

#[test]
fn what_ends_outside_of_every_runtime_is_told_later() {
    let (pacer, _, server) = shared(20, 4);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let slot = runtime.block_on(pacer.admit(Interactive, None)).unwrap();
    let wanted = server.told()[0].wanted[0];
    slot.answered();
    pacer.pause(SECOND);
    drop(runtime_with_a_request(&Pacer::new(limits(1))));
    assert!(server.told().is_empty());
    runtime.block_on(async {
        pacer.debited();
        settle().await;
    });
    let told = server.told();
    assert_eq!(told[0].answered[0].number, wanted);
    assert_eq!(told[0].pause, SECOND);
}

#[test]
fn nothing_that_was_not_delivered_gets_lost() {
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
        wanted: Vec::new(),
    };
    let mut next = report(1, 10, SECOND);
    next.take_up(Report {
        wanted: vec![5, 6],
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
