use std::thread;

use reqwest::Method;

use super::*;
use crate::testing::{Answer, application_token, call, get, http};
use crate::{Endpoint, Fault, Sandbox, SandboxBuilder};

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(NANOSECOND)
}

/// A sandbox whose clock only the test moves, and a token.
async fn frozen(builder: SandboxBuilder) -> (Sandbox, String) {
    let sandbox = builder.start().await.unwrap();
    sandbox.clock().freeze();
    let token = application_token(&sandbox).await;
    (sandbox, token)
}

async fn status(sandbox: &Sandbox, token: &str) -> u16 {
    get(sandbox, "/sites/v3/", token).await.status
}

#[tokio::test]
async fn without_limits_nothing_is_refused() {
    let (sandbox, token) = frozen(Sandbox::builder()).await;
    for _ in 0..50 {
        assert_eq!(status(&sandbox, &token).await, 200);
    }
    assert_eq!(sandbox.refused(), 0);
}

#[tokio::test]
async fn one_request_too_many_is_refused_until_the_oldest_has_left_the_window() {
    let (sandbox, token) = frozen(Sandbox::builder().rate_limit(3, 90 * SECOND)).await;
    for _ in 0..3 {
        assert_eq!(status(&sandbox, &token).await, 200);
        sandbox.clock().advance(10 * SECOND);
    }
    // The first is 30 s old.
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    let message = "Rate limit is exceeded. Try again in 60 seconds.".to_owned();
    assert_eq!(answer.problem(), (429, message));
    assert_eq!(answer.header("retry-after"), "60");
    assert!(answer.headers.contains_key("request-id"));
    sandbox.clock().advance(just_before(60 * SECOND));
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));
    sandbox.clock().advance(NANOSECOND);
    assert_eq!(status(&sandbox, &token).await, 200);
    // The refused ones took no place, the second of the first three still has its own.
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "10"));
    assert_eq!(sandbox.refused(), 3);
}

#[tokio::test]
async fn whoever_waits_as_long_as_told_is_let_through() {
    for (window, expected) in [
        (Duration::from_millis(900), 1),
        (SECOND, 1),
        (SECOND + NANOSECOND, 2),
    ] {
        let (sandbox, token) = frozen(Sandbox::builder().rate_limit(1, window)).await;
        assert_eq!(status(&sandbox, &token).await, 200);
        let answer = get(&sandbox, "/sites/v3/", &token).await;
        let told: u64 = answer.header("retry-after").parse().unwrap();
        assert_eq!(told, expected);
        sandbox.clock().advance(Duration::from_secs(told));
        assert_eq!(status(&sandbox, &token).await, 200);
    }
}

#[tokio::test]
async fn refused_requests_that_count_keep_the_window_full() {
    let builder = Sandbox::builder().rate_limit(2, 10 * SECOND);
    let (sandbox, token) = frozen(builder.count_refused(true)).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(status(&sandbox, &token).await);
        sandbox.clock().advance(4 * SECOND);
    }
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
    // The last two are 8 s and 4 s old; this one counts too, so the younger must leave.
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "6"));
    sandbox.clock().advance(6 * SECOND);
    assert_eq!(status(&sandbox, &token).await, 200);
}

#[tokio::test]
async fn what_the_key_does_not_let_in_takes_no_place_and_a_wrong_token_does() {
    let (sandbox, token) = frozen(Sandbox::builder().rate_limit(2, SECOND)).await;
    let url = format!("{}/sites/v3/", sandbox.base_url());
    sandbox.queue_fault(Endpoint::Api, Fault::status(503));
    assert_eq!(status(&sandbox, &token).await, 503);
    for _ in 0..3 {
        assert_eq!(Answer::to(http().get(&url)).await.status, 401);
        assert_eq!(get(&sandbox, "/unknown/v3/", &token).await.status, 404);
        application_token(&sandbox).await;
    }
    assert_eq!(status(&sandbox, "wrong").await, 401);
    assert_eq!(status(&sandbox, &token).await, 200);
    // The limits stand before the token.
    assert_eq!(status(&sandbox, "wrong").await, 429);
    assert_eq!(sandbox.refused(), 1);
}

#[tokio::test]
async fn a_held_request_arrives_when_it_is_let_go() {
    let (sandbox, token) = frozen(Sandbox::builder().rate_limit(1, SECOND)).await;
    let hold = sandbox.hold(Endpoint::Api);
    let waiting = tokio::spawn(Answer::to(call(
        &sandbox,
        Method::GET,
        "/sites/v3/",
        &token,
    )));
    hold.arrived(1).await;
    sandbox.clock().advance(10 * SECOND);
    drop(hold);
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!(status(&sandbox, &token).await, 429);
}

#[tokio::test]
async fn a_wrong_method_and_an_unknown_asset_take_a_place() {
    let (sandbox, token) = frozen(Sandbox::builder().rate_limit(2, SECOND)).await;
    let wrong = call(&sandbox, Method::DELETE, "/sites/v3/", &token);
    assert_eq!(Answer::to(wrong).await.status, 405);
    assert_eq!(get(&sandbox, "/assets/v3/none", &token).await.status, 404);
    assert_eq!(status(&sandbox, &token).await, 429);
}

#[tokio::test]
async fn of_two_limits_the_one_that_lasts_longer_is_named() {
    let builder = Sandbox::builder().rate_limit(1, 10 * SECOND);
    let (sandbox, token) = frozen(builder.quota(2, 100 * SECOND)).await;
    assert_eq!(status(&sandbox, &token).await, 200);
    // Refused by the rate: no place of the quota is taken.
    assert_eq!(status(&sandbox, &token).await, 429);
    sandbox.clock().advance(10 * SECOND);
    assert_eq!(status(&sandbox, &token).await, 200);
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    let message = "Out of call volume quota. Try again in 90 seconds.".to_owned();
    assert_eq!(answer.problem(), (429, message));
    sandbox.clock().advance(90 * SECOND);
    assert_eq!(status(&sandbox, &token).await, 200);
}

#[tokio::test]
async fn bytes_are_counted_until_the_limit_is_reached() {
    let size = {
        let (sandbox, token) = frozen(Sandbox::builder()).await;
        let answer = get(&sandbox, "/sites/v3/", &token).await;
        answer.text.len() as u64
    };
    // Exactly two answers reach the first limit; the second leaves room for one byte more.
    for (limit, expected) in [
        (2 * size, [200, 200, 429, 429]),
        (2 * size + 1, [200, 200, 200, 429]),
    ] {
        let builder = Sandbox::builder().bandwidth(limit, 100 * SECOND);
        let (sandbox, token) = frozen(builder).await;
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(status(&sandbox, &token).await);
        }
        assert_eq!(statuses, expected);
        let answer = get(&sandbox, "/sites/v3/", &token).await;
        let message = "Out of bandwidth quota. Try again in 100 seconds.".to_owned();
        assert_eq!(answer.problem(), (429, message));
        sandbox.clock().advance(just_before(100 * SECOND));
        assert_eq!(status(&sandbox, &token).await, 429);
        sandbox.clock().advance(NANOSECOND);
        assert_eq!(status(&sandbox, &token).await, 200);
    }
}

#[tokio::test]
async fn an_answer_without_a_body_takes_no_bytes() {
    let (sandbox, token) = frozen(Sandbox::builder().bandwidth(1, SECOND)).await;
    for _ in 0..2 {
        let head = call(&sandbox, Method::HEAD, "/assets/v3/", &token);
        assert_eq!(Answer::to(head).await.status, 200);
    }
    assert_eq!(status(&sandbox, &token).await, 200);
    assert_eq!(status(&sandbox, &token).await, 429);
}

#[tokio::test]
async fn the_documented_limits_are_those_of_the_service() {
    let (sandbox, token) = frozen(Sandbox::builder().documented_limits()).await;
    for _ in 0..20 {
        assert_eq!(status(&sandbox, &token).await, 200);
    }
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "90"));
    let state = &mut *sandbox.shared().limits.state();
    for (window, most) in [
        (&mut state.quota, 10_000),
        (&mut state.bandwidth, 40_000_000),
    ] {
        let window = window.as_mut().unwrap();
        let later = state.latest + 3600 * SECOND;
        window.count(later, most - 1);
        assert_eq!(window.wait(later), None);
        window.count(later, 1);
        assert_eq!(window.wait(later), Some(3600 * SECOND));
    }
}

#[test]
fn a_clock_that_is_set_back_and_forth_makes_no_room() {
    let clock = SandboxClock::default();
    clock.freeze();
    let set_back = SandboxClock::default();
    set_back.freeze();
    clock.advance(3600 * SECOND);
    let settings = LimitSettings {
        rate: Some((2, SECOND)),
        ..LimitSettings::default()
    };
    let limits = Limits::new(&settings);
    assert_eq!(limits.admit(&clock), Ok(()));
    clock.advance(SECOND / 2);
    limits.sent(&clock, 0);
    assert_eq!(limits.admit(&set_back), Ok(()));
    clock.advance(SECOND / 2);
    // Only the first has left; the second came half a second ago.
    assert_eq!(limits.admit(&clock), Ok(()));
    assert!(limits.admit(&clock).is_err());
}

#[test]
fn of_requests_that_arrive_at_once_exactly_the_allowed_ones_are_let_through() {
    let clock = SandboxClock::default();
    clock.freeze();
    let settings = LimitSettings {
        rate: Some((20, SECOND)),
        ..LimitSettings::default()
    };
    let limits = Limits::new(&settings);
    let let_through: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..50).filter(|_| limits.admit(&clock).is_ok()).count()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!((let_through, limits.refused()), (20, 380));
}
