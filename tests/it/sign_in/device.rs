//! Sign-ins on another device.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::DeviceAttempt;
use perspio_auth::clock::ManualClock;

use super::*;

const BEGUN: &str = r#"{"device_code":"canary-device","user_code":"ABCD-1234","interval":5,
    "expires_in":900,"verification_uri":"https://microsoft.com/devicelogin"}"#;

async fn attempt(sandbox: &Sandbox, clock: &ManualClock, begun: &str) -> DeviceAttempt {
    let fault = Fault::status(200).body("application/json", begun.to_owned());
    sandbox.queue_fault(Endpoint::DeviceCode, fault);
    SignIn::device(support::application(sandbox))
        .clock(Arc::new(clock.clone()))
        .begin(&support::profile(sandbox))
        .await
        .unwrap()
}

/// Advances the clock by each sleep of the sign-in until it completes.
async fn finish(
    attempt: DeviceAttempt,
    clock: &ManualClock,
) -> (Result<TokenSource, Error>, Vec<u64>) {
    let outcome = tokio::spawn(attempt.finish());
    let mut count = 0;
    while !outcome.is_finished() {
        tokio::select! {
            slept = clock.sleeps(count + 1) => {
                clock.advance(slept[count]);
                count += 1;
            }
            () = tokio::task::yield_now() => {}
        }
    }
    let slept = if count == 0 {
        Vec::new()
    } else {
        clock.sleeps(count).await
    };
    (
        outcome.await.unwrap(),
        slept.iter().map(Duration::as_secs).collect(),
    )
}

fn pending(sandbox: &Sandbox, error: &str) {
    queue_token_response(sandbox, 400, &format!(r#"{{"error":"{error}"}}"#));
}

#[tokio::test]
async fn checklist_32_the_interval_is_respected_and_grows_by_5_s_on_slow_down() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    for error in [
        "authorization_pending",
        "slow_down",
        "slow_down",
        "authorization_pending",
    ] {
        pending(&sandbox, error);
    }
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (outcome, slept) = finish(attempt, &clock).await;
    let token = outcome.unwrap().token().await.unwrap();
    assert_eq!(token.authorization(), "Bearer canary-access");
    assert_eq!(slept, [5, 10, 15, 15]);
}

#[tokio::test]
async fn checklist_32_the_flow_ends_at_expires_in_regardless_of_the_responses() {
    for polls in ["authorization_pending", "slow_down"] {
        let sandbox = support::sandbox().await;
        let clock = ManualClock::new();
        let attempt = attempt(&sandbox, &clock, &BEGUN.replace("900", "60")).await;
        for _ in 0..20 {
            pending(&sandbox, polls);
        }
        let (outcome, slept) = finish(attempt, &clock).await;
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, Error::SignInTimedOut { after, .. } if after.as_secs() == 60),
            "{error}"
        );
        assert_eq!(slept.iter().sum::<u64>(), 60, "{slept:?}");
    }
}

#[tokio::test]
async fn checklist_32_an_interval_of_zero_does_not_flood_the_identity_server() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let begun = BEGUN
        .replace(r#""interval":5"#, r#""interval":0"#)
        .replace("900", "10");
    let attempt = attempt(&sandbox, &clock, &begun).await;
    for _ in 0..100 {
        pending(&sandbox, "authorization_pending");
    }
    let (outcome, slept) = finish(attempt, &clock).await;
    outcome.unwrap_err();
    assert!(sandbox.log().token_requests().len() <= 11);
    assert!(slept.iter().all(|seconds| *seconds >= 1), "{slept:?}");
}

#[tokio::test]
async fn checklist_32_an_excessive_interval_ends_with_the_code() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let begun = BEGUN.replace(r#""interval":5"#, r#""interval":4000000000"#);
    let attempt = attempt(&sandbox, &clock, &begun).await;
    pending(&sandbox, "slow_down");
    let (outcome, slept) = finish(attempt, &clock).await;
    assert!(outcome.unwrap_err().needs_sign_in());
    assert_eq!(slept, [900]);
}

#[tokio::test]
async fn checklist_32_the_lifetime_counts_from_the_start_and_not_from_the_first_poll() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    clock.advance(Duration::from_secs(890));
    for _ in 0..5 {
        pending(&sandbox, "authorization_pending");
    }
    let (outcome, slept) = finish(attempt, &clock).await;
    assert!(matches!(outcome.unwrap_err(), Error::SignInTimedOut { .. }));
    assert_eq!(slept, [5, 5]);
}

#[tokio::test]
async fn a_wrong_token_url_ends_the_flow_immediately_and_is_named() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    sandbox.queue_fault(Endpoint::Token, Fault::html(404));
    let (outcome, slept) = finish(attempt, &clock).await;
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert_eq!(slept, [] as [u64; 0]);
}

#[tokio::test]
async fn an_outage_until_the_code_expires_is_reported_as_transient() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, &BEGUN.replace("900", "60")).await;
    for _ in 0..10 {
        sandbox.queue_fault(Endpoint::Token, Fault::html(503));
    }
    let (outcome, _) = finish(attempt, &clock).await;
    let error = outcome.unwrap_err();
    assert!(
        error.is_transient() && error.to_string().contains("503"),
        "{error}"
    );
}

#[tokio::test]
async fn checklist_19_retry_after_is_respected_between_two_polls() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    let busy = Fault::status(429).header("retry-after", "120");
    sandbox.queue_fault(Endpoint::Token, busy);
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (outcome, slept) = finish(attempt, &clock).await;
    outcome.unwrap();
    assert_eq!(slept, [120]);
}

#[tokio::test]
async fn checklist_29_a_device_code_that_the_server_repeats_is_not_shown() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    let echo = r#"{"error":"invalid_grant","error_description":"canary-device is unknown"}"#;
    queue_token_response(&sandbox, 400, echo);
    let (outcome, _) = finish(attempt, &clock).await;
    let error = outcome.unwrap_err();
    assert!(
        error.to_string().contains("[redacted] is unknown"),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

async fn begun(response: &str) -> Result<DeviceAttempt, Error> {
    let sandbox = support::sandbox().await;
    let fault = Fault::status(200).body("application/json", response.to_owned());
    sandbox.queue_fault(Endpoint::DeviceCode, fault);
    let sign_in = SignIn::device(support::application(&sandbox));
    sign_in.begin(&support::profile(&sandbox)).await
}

#[tokio::test]
async fn the_device_prompt_has_no_control_characters_and_only_a_web_address() {
    let steering = BEGUN.replace("ABCD-1234", r"AB\u001b]0;owned\u0007CD");
    let attempt = begun(&steering).await.unwrap();
    assert_eq!(attempt.code().user_code(), "AB ]0;owned CD");
    for address in [
        "javascript:alert(1)",
        "http://a.example/device",
        "file:///etc/passwd",
        "x",
    ] {
        let response = BEGUN.replace("https://microsoft.com/devicelogin", address);
        let error = begun(&response).await.unwrap_err();
        assert!(error.to_string().contains("not https"), "{error}");
        assert!(!error.to_string().contains(address), "{error}");
    }
}

#[tokio::test]
async fn the_error_for_an_invalid_response_names_the_device_code_url() {
    for (from, to) in [
        (r#""expires_in":900,"#, ""),
        (r#""device_code":"canary-device","#, ""),
    ] {
        let error = begun(&BEGUN.replace(from, to)).await.unwrap_err();
        assert!(error.to_string().contains("/devicecode is"), "{error}");
    }
    for number in [r#""900""#, "900.0", "4000000000"] {
        begun(&BEGUN.replace("900", number)).await.unwrap();
    }
    assert!(begun("<html>").await.is_err());
}

#[tokio::test]
async fn a_sign_in_without_a_redirect_uri_can_be_renewed_at_dispogas_too() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let api = support::address("https://gas.example/api");
    let profile = dispogas::profile(api, "directory", "tenancy-1")
        .unwrap()
        .with_authority(&support::address(sandbox.authority()));
    let fault = Fault::status(200).body("application/json", BEGUN);
    sandbox.queue_fault(Endpoint::DeviceCode, fault);
    let sign_in = SignIn::device(support::application(&sandbox)).clock(Arc::new(clock.clone()));
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let source = sign_in
        .begin(&profile)
        .await
        .unwrap()
        .finish()
        .await
        .unwrap();
    queue_token_response(
        &sandbox,
        200,
        &DOCUMENTED_RESPONSE.replace("canary-access", "second"),
    );
    clock.advance(Duration::from_secs(3600));
    assert_eq!(
        source.token().await.unwrap().authorization(),
        "Bearer second"
    );
}

#[tokio::test]
async fn an_outage_during_polling_does_not_end_the_flow() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    pending(&sandbox, "authorization_pending");
    for fault in [
        Fault::cut(),
        Fault::html(502),
        Fault::html(200),
        Fault::status(429),
    ] {
        sandbox.queue_fault(Endpoint::Token, fault);
    }
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (outcome, _) = finish(attempt, &clock).await;
    outcome.unwrap();
}

#[tokio::test]
async fn a_declined_code_ends_the_flow_immediately() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    pending(&sandbox, "authorization_declined");
    let (outcome, slept) = finish(attempt, &clock).await;
    let error = outcome.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert_eq!(slept, [] as [u64; 0]);
}

#[tokio::test]
async fn the_code_reports_its_remaining_lifetime() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    let now = || perspio_auth::clock::Clock::now(&clock);
    assert_eq!(attempt.code().remaining(now()), Duration::from_secs(900));
    clock.advance(Duration::from_secs(100));
    assert_eq!(attempt.code().remaining(now()), Duration::from_secs(800));
    clock.advance(Duration::from_secs(1000));
    assert_eq!(attempt.code().remaining(now()), Duration::ZERO);
    assert!(!format!("{attempt:?} {:?}", attempt.code()).contains("canary"));
}

#[tokio::test]
async fn a_dropped_attempt_stops_polling() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let attempt = attempt(&sandbox, &clock, BEGUN).await;
    pending(&sandbox, "authorization_pending");
    let outcome = tokio::spawn(attempt.finish());
    clock.sleeps(1).await;
    outcome.abort();
    assert!(outcome.await.unwrap_err().is_cancelled());
    clock.advance(Duration::from_secs(60));
    assert_eq!(sandbox.log().token_requests().len(), 1);
}
