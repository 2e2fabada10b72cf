//! A server that is away, and comes back.

use super::*;

/// Asks for a slot, which must be there at once.
async fn at_once(pacer: &Pacer) -> Slot {
    let call = call(pacer, Interactive);
    settle().await;
    assert!(call.is_finished());
    call.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_once_and_tried_behind_less_and_less_often() {
    let (pacer, clock, server) = shared(1000, 1);
    let _hangs = server.gate.lock().await;
    let waiting = call(&pacer, Interactive);
    settle().await;
    assert!(!waiting.is_finished());
    clock.advance(2 * SECOND);
    settle().await;
    assert!(waiting.is_finished());
    assert_eq!(server.told().len(), 1);
    let mut asked = Vec::new();
    for second in 3..140 {
        clock.advance(SECOND);
        at_once(&pacer).await.answered();
        settle().await;
        asked.extend(server.told().iter().map(|_| second));
    }
    assert_eq!(asked, [4, 10, 20, 38, 70, 102, 134]);
}

#[tokio::test]
async fn a_server_that_is_back_is_told_of_every_slot_before_one_is_taken_from_it() {
    let (pacer, clock, server) = shared(20, 4);
    at_once(&pacer).await.answered();
    let begun = at_once(&pacer).await;
    settle().await;
    let before: Vec<_> = server.told().into_iter().flat_map(|it| it.wanted).collect();
    server.will(Err("it is away".to_owned()));
    clock.advance(SECOND);
    let at = clock.now().monotonic;
    at_once(&pacer).await.answered();
    let on_its_way = at_once(&pacer).await;
    let asked_in_vain = server.told()[0].wanted.clone();
    clock.advance(2 * SECOND);
    settle().await;
    let told = server.told();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].taken.len(), told[0].taken[0]), (2, before[1]));
    let answered = &told[0].answered;
    assert_eq!((answered.len(), answered[0].number), (2, before[0]));
    assert_eq!(answered[1].at, at);
    assert_eq!(told[0].given_back, asked_in_vain);
    assert!(told[0].wanted.is_empty());
    // The others may not have told theirs yet.
    clock.advance((4 * SECOND).saturating_sub(Duration::from_nanos(1)));
    let own = at_once(&pacer).await;
    let told = server.told();
    assert_eq!((told[0].taken.len(), told[0].wanted.len()), (1, 0));
    clock.advance(Duration::from_nanos(1));
    drop(at_once(&pacer).await);
    assert_eq!(server.told()[0].wanted.len(), 1);
    drop((begun, on_its_way, own));
}

#[tokio::test]
async fn a_process_waits_for_its_own_part_no_longer_than_until_the_server_is_asked_again() {
    let (pacer, clock, server) = shared(4, 4);
    server.will(Err("it is away".to_owned()));
    at_once(&pacer).await.answered();
    clock.advance(2 * SECOND);
    settle().await;
    let soon = Some(clock.now().deadline(5 * SECOND));
    let call = tokio::spawn(async move { pacer.admit(Interactive, soon).await });
    settle().await;
    assert!(!call.is_finished());
    clock.advance(4 * SECOND);
    settle().await;
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pacer_that_nobody_has_is_gone_though_its_server_is_away() {
    let (pacer, _, server) = shared(20, 4);
    server.will(Err("it is away".to_owned()));
    at_once(&pacer).await.answered();
    settle().await;
    let left = Arc::downgrade(&pacer.inner);
    drop(pacer);
    assert!(left.upgrade().is_none());
}
