use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::channel::oneshot;
use tokio::sync::Notify;

use super::*;

fn odd_fails(number: usize) -> Result<(), String> {
    if number % 2 == 1 {
        Err(format!("{number} is odd"))
    } else {
        Ok(())
    }
}

/// A stream of all numbers below `end`, then `last`.
fn numbers(end: usize, last: Option<Error>) -> impl Stream<Item = Result<usize, Error>> {
    stream::iter((0..end).map(Ok).chain(last.map(Err)))
}

#[tokio::test]
async fn no_more_than_asked_for_are_at_work_at_once_and_all_get_their_turn() {
    let (now, most) = (Cell::new(0), Cell::new(0));
    let report = for_each(numbers(50, None), 3, async |_| {
        now.set(now.get() + 1);
        most.set(most.get().max(now.get()));
        tokio::task::yield_now().await;
        now.set(now.get() - 1);
        Ok::<_, Error>(())
    })
    .await;
    assert_eq!((report.done, most.get()), (50, 3));
    assert!(report.is_complete());
}

#[tokio::test]
async fn one_that_fails_does_not_stop_the_others() {
    let bulk = Bulk::new(4).id(|number: &usize| Some(format!("n-{number}")));
    let report = bulk.run(0..10, async |number| odd_fails(number)).await;
    assert_eq!((report.done, report.failed, report.not_begun), (5, 5, 0));
    assert!(!report.is_complete());
    let mut ids: Vec<_> = report
        .failures
        .iter()
        .map(|failure| failure.id.clone().unwrap())
        .collect();
    ids.sort();
    assert_eq!(ids, ["n-1", "n-3", "n-5", "n-7", "n-9"]);
    assert!(report.to_string().contains("\nn-3: 3 is odd"), "{report}");
}

#[tokio::test]
async fn failures_are_all_counted_but_only_some_are_kept() {
    let bulk = Bulk::new(1).keep_failures(2);
    let report = bulk.run(0..10, async |number| odd_fails(number)).await;
    assert_eq!((report.failed, report.failures.len()), (5, 2));
    let text = report.to_string();
    assert!(
        text.contains("item 1: 1 is odd") && text.contains("3 more failures"),
        "{text}"
    );
}

#[tokio::test]
async fn told_to_stop_it_lets_go_on_what_is_in_flight_and_begins_nothing_more() {
    let (ends, end) = oneshot::channel::<()>();
    let end = end.shared();
    let ends = Cell::new(Some(ends));
    let begun = RefCell::new(Vec::new());
    let bulk = Bulk::new(2).stop_at_first_failure();
    let report = bulk
        .run_stream(numbers(10, None), async |number| {
            begun.borrow_mut().push(number);
            if number == 1 {
                ends.take().unwrap().send(()).unwrap();
                return Err("failed");
            }
            // The other one ends only after the failure.
            end.clone().await.unwrap();
            tokio::task::yield_now().await;
            Ok(())
        })
        .await;
    assert_eq!(*begun.borrow(), [0, 1]);
    assert_eq!((report.done, report.failed), (1, 1));
    assert!(!report.is_complete());
}

#[tokio::test]
async fn a_list_that_breaks_off_is_done_as_far_as_it_came() {
    let broken = Error::invalid_request("broken");
    let report = for_each(numbers(5, Some(broken)), 2, async |_| Ok::<_, Error>(())).await;
    assert_eq!((report.done, report.failed), (5, 0));
    assert!(!report.is_complete());
    assert!(
        report.to_string().contains("the list broke off: "),
        "{report}"
    );
}

#[tokio::test]
async fn a_list_is_read_to_its_end_while_the_first_call_still_waits() {
    let is_read = Rc::new(Notify::new());
    let tells = is_read.clone();
    let list = numbers(1_000, None).chain(stream::once(async move {
        tells.notify_one();
        Ok(1_000)
    }));
    let report = for_each(list, 1, async |number| {
        if number == 0 {
            is_read.notified().await;
        }
        Ok::<_, Error>(())
    })
    .await;
    assert_eq!(report.done, 1_001);
}

#[tokio::test]
async fn an_iterator_is_taken_from_only_when_there_is_room() {
    let taken = Cell::new(0);
    let endless = std::iter::repeat_with(|| taken.set(taken.get() + 1));
    let begun = Cell::new(0);
    let bulk = Bulk::new(3).stop_at_first_failure();
    let report = bulk
        .run(endless, async |()| {
            begun.set(begun.get() + 1);
            if begun.get() == 10 {
                Err("enough")
            } else {
                Ok(())
            }
        })
        .await;
    assert_eq!(report.failed, 1);
    assert!(taken.get() <= 13, "{}", taken.get());
}

#[tokio::test]
async fn progress_is_told_after_each_item() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keeps = told.clone();
    let bulk = Bulk::new(2).on_progress(move |progress| keeps.lock().unwrap().push(progress));
    let report = bulk.run(0..4, async |number| odd_fails(number)).await;
    let told = told.lock().unwrap();
    let counts: Vec<_> = told.iter().map(|told| told.done + told.failed).collect();
    assert_eq!(counts, [1, 2, 3, 4]);
    let last = told.last().unwrap();
    assert_eq!((last.done, last.failed), (report.done, report.failed));
    assert_eq!((last.in_flight, last.waiting), (0, 0));
    assert!(told.iter().all(|told| told.in_flight <= 2));
}

#[tokio::test]
async fn dropping_it_drops_what_is_in_flight() {
    struct Dropped(Rc<Cell<usize>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let guard = || Dropped(dropped.clone());
    let job = for_each(numbers(10, None), 3, |_| {
        let guard = guard();
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok::<_, Error>(())
        }
    });
    let mut job = Box::pin(job);
    for _ in 0..50 {
        assert!(job.as_mut().now_or_never().is_none());
    }
    assert_eq!(dropped.get(), 0);
    drop(job);
    assert_eq!(dropped.get(), 3);
}

#[tokio::test]
async fn a_panic_is_not_swallowed() {
    let job = tokio::spawn(for_each(numbers(3, None), 2, async |number| {
        assert_ne!(number, 1, "the closure's own panic");
        Ok::<_, Error>(())
    }));
    assert!(job.await.unwrap_err().is_panic());
}
