//! The checklist of what a token library must hold to, a test for each line
//! that crosses crates. (Other lines stand beside the code: see their names.)

use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio::prelude::*;
use perspio_auth::clock::ManualClock;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::MemoryStore;
use perspio_auth::{
    AccessToken, ClientCredentials, Error, RefreshToken, Scopes, SecretString, TokenKey,
    TokenObserver, TokenSource, TokenStore,
};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support;

const MINUTE: Duration = Duration::from_secs(60);

fn json(status: u16, body: impl Into<String>) -> Fault {
    Fault::status(status).body("application/json", body.into())
}

/// A token answer with a refresh token, as a person's sign-in brings it.
fn answer(access: &str, refresh: &str) -> Fault {
    json(
        200,
        format!(
            r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}"}}"#
        ),
    )
}

fn stored_sign_in(sandbox: &Sandbox, token: &str) -> RefreshToken {
    RefreshToken::new(
        support::application(sandbox),
        SecretString::from(token),
        [""; 0],
    )
}

async fn refused(fault: Fault) -> Error {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Token, fault);
    support::token_source(&sandbox, &support::profile(&sandbox))
        .token()
        .await
        .unwrap_err()
}

#[tokio::test]
async fn checklist_15_a_token_answer_over_1_mib_is_refused_and_not_shown() {
    let filler = "canary ".repeat(200_000);
    let error = refused(json(200, format!(r#"{{"access_token":"{filler}"}}"#))).await;
    assert!(
        error.to_string().contains("1 MiB") && !error.to_string().contains("canary"),
        "{error}"
    );
}

#[tokio::test]
async fn checklist_15_a_redirect_of_the_token_endpoint_is_not_followed() {
    let elsewhere = support::sandbox().await;
    let target = format!("{}/oauth2/v2.0/token", elsewhere.authority());
    let error = refused(Fault::status(307).header("location", &target)).await;
    assert!(error.to_string().contains("307"), "{error}");
    assert!(elsewhere.log().requests().is_empty());
}

#[tokio::test]
async fn checklist_17_another_token_type_than_bearer_is_refused() {
    let error = refused(json(200, r#"{"access_token":"t","token_type":"mac"}"#)).await;
    assert!(error.to_string().contains("token_type"), "{error}");
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(
        Endpoint::Token,
        json(200, r#"{"access_token":"t","token_type":"BEARER"}"#),
    );
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    assert_eq!(source.token().await.unwrap().authorization(), "Bearer t");
}

/// Keeps what an observer is told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl TokenObserver for Told {
    fn on_renewed(&self, _: &TokenKey, _: &AccessToken, _: Duration) {
        self.0.lock().unwrap().push("renewed".to_owned());
    }

    fn on_failed(&self, _: &TokenKey, error: &Error) {
        self.0.lock().unwrap().push(format!("failed: {error}"));
    }

    fn on_narrowed(&self, _: &TokenKey, missing: &[String]) {
        self.0
            .lock()
            .unwrap()
            .push(format!("narrowed: {}", missing.join(" ")));
    }
}

#[tokio::test]
async fn checklist_17_a_narrower_scope_is_reported_and_offline_access_does_not_count() {
    let sandbox = support::sandbox().await;
    let scopes = Scopes::uniform([
        "api://perspiotalk/access_as_user",
        "api://perspiotalk/all_readwrite",
    ]);
    let profile = support::profile(&sandbox).with_scopes(scopes);
    let encoded = "api%3A%2F%2Fperspiotalk%2Faccess_as_user";
    let body = format!(r#"{{"access_token":"t","token_type":"Bearer","scope":"{encoded}"}}"#);
    sandbox.queue_fault(Endpoint::Token, json(200, body));
    let told = Arc::new(Told::default());
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r")).observer(told.clone());
    source.build().unwrap().token().await.unwrap();
    assert_eq!(
        *told.0.lock().unwrap(),
        ["narrowed: api://perspiotalk/all_readwrite", "renewed"]
    );
}

#[tokio::test]
async fn checklist_18_a_token_that_is_no_header_value_is_refused_and_a_good_one_is_sensitive() {
    let body = r#"{"access_token":"canary\r\nx-admin: 1","token_type":"Bearer"}"#;
    let error = refused(json(200, body)).await;
    assert!(
        error.to_string().contains("header") && !format!("{error:?}").contains("canary"),
        "{error}"
    );
    let sandbox = support::sandbox().await;
    let token = support::token_source(&sandbox, &support::profile(&sandbox))
        .token()
        .await
        .unwrap();
    assert!(token.authorization().is_sensitive());
}

#[tokio::test]
async fn checklist_19_no_429_5xx_or_foreign_body_is_an_oauth_verdict() {
    let verdict = r#"{"error":"invalid_grant","error_description":"AADSTS70008: no"}"#;
    for status in [429, 500, 502, 503, 504] {
        let error = refused(json(status, verdict)).await;
        assert!(
            error.is_transient() && !error.needs_sign_in(),
            "{status}: {error}"
        );
    }
    for (status, body) in [
        (400, ""),
        (403, ""),
        (403, "<html>"),
        (400, r#"{"message":"no"}"#),
        (404, "[]"),
    ] {
        let error = refused(Fault::status(status).body("text/html", body)).await;
        assert!(
            !error.needs_sign_in() && !error.is_configuration(),
            "{status} {body}: {error}"
        );
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn checklist_19_retry_after_is_remembered_for_all_callers_and_no_request_goes_out() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let grant = ClientCredentials::new(support::application(&sandbox));
    let source = TokenSource::builder(&profile, grant)
        .clock(clock.clone())
        .build()
        .unwrap();
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(429).header("retry-after", "120"),
    );
    assert_eq!(
        source.token().await.unwrap_err().retry_after(),
        Some(2 * MINUTE)
    );
    clock.advance(MINUTE);
    for _ in 0..5 {
        let error = source.token().await.unwrap_err();
        assert!(
            matches!(error, Error::Throttled { retry_after, .. } if retry_after == MINUTE),
            "{error}"
        );
        assert!(error.is_transient());
    }
    assert_eq!(sandbox.log().token_requests().len(), 1);
    clock.advance(MINUTE);
    source.token().await.unwrap();
}

#[tokio::test]
async fn checklist_19_while_throttled_a_valid_token_is_still_given() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let grant = ClientCredentials::new(support::application(&sandbox));
    let told = Arc::new(Told::default());
    let source = TokenSource::builder(&profile, grant)
        .clock(clock.clone())
        .observer(told.clone());
    let source = source.build().unwrap();
    let first = source.token().await.unwrap();
    clock.advance(50 * MINUTE);
    sandbox.queue_fault(
        Endpoint::Token,
        Fault::status(503).header("retry-after", "300"),
    );
    let hold = sandbox.hold(Endpoint::Token);
    source.token().await.unwrap();
    hold.arrived(1).await;
    drop(hold);
    while told.0.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), first.authorization());
    }
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn checklist_20_a_rotated_refresh_token_is_stored_before_the_access_token_is_given() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1")).store(store.clone());
    let source = source.build().unwrap();
    sandbox.queue_fault(Endpoint::Token, answer("a-1", "r-2"));
    source.token().await.unwrap();
    let stored = store.read(source.key()).await.unwrap().unwrap().record;
    assert_eq!(stored.refresh_token.unwrap().expose_secret(), "r-2");
}

/// The refresh tokens that were sent, in order.
fn refresh_tokens(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.log().token_requests();
    let bodies = requests
        .iter()
        .map(|request| String::from_utf8(request.body.clone()).unwrap());
    bodies
        .filter_map(|body| {
            let pair = body
                .split('&')
                .find(|pair| pair.starts_with("refresh_token="))?;
            Some(pair.trim_start_matches("refresh_token=").to_owned())
        })
        .collect()
}

#[tokio::test]
async fn checklist_20_without_a_new_refresh_token_the_old_one_stays() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1")).clock(clock.clone());
    let source = source.build().unwrap();
    let without = r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#;
    for fault in [
        json(200, without),
        answer("b", "r-2"),
        json(200, without),
        answer("c", "r-3"),
    ] {
        sandbox.queue_fault(Endpoint::Token, fault);
        source.token().await.unwrap();
        clock.advance(61 * MINUTE);
    }
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-1", "r-2", "r-2"]);
}

const DEAD: &str = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#;

#[tokio::test]
async fn checklist_22_a_dead_refresh_token_is_looked_up_again_and_what_another_rotated_is_adopted()
{
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let source = || {
        let grant = stored_sign_in(&sandbox, "r-1");
        TokenSource::builder(&profile, grant)
            .clock(clock.clone())
            .store(store.clone())
            .build()
            .unwrap()
    };
    let (ours, key) = (source(), source().key().clone());
    sandbox.queue_fault(Endpoint::Token, answer("a-1", "r-2"));
    ours.token().await.unwrap();
    clock.advance(61 * MINUTE);

    // While our refresh is under way, another process without our lock rotates.
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    let hold = sandbox.hold(Endpoint::Token);
    let waiting = tokio::spawn({
        let ours = ours.clone();
        async move { ours.token().await }
    });
    hold.arrived(1).await;
    let stored = store.read(&key).await.unwrap().unwrap();
    let mut rotated = stored.record.clone();
    rotated.access_token = SecretString::from("a-2");
    rotated.refresh_token = Some(SecretString::from("r-3"));
    rotated.asked_at += 61 * MINUTE;
    assert!(
        store
            .replace(&key, Some(stored.revision), Some(rotated))
            .await
            .unwrap()
    );
    drop(hold);
    assert_eq!(waiting.await.unwrap().unwrap().expose_secret(), "a-2");
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-2"]);
}

#[tokio::test]
async fn checklist_22_a_dead_refresh_token_is_deleted_and_asks_for_a_sign_in() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let source = TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1"))
        .clock(clock.clone())
        .store(store.clone())
        .build()
        .unwrap();
    sandbox.queue_fault(Endpoint::Token, answer("a-1", "r-2"));
    source.token().await.unwrap();
    clock.advance(61 * MINUTE);
    // An outage is no verdict: the token stays.
    sandbox.queue_fault(Endpoint::Token, json(503, DEAD));
    assert!(source.token().await.unwrap_err().is_transient());
    assert!(store.read(source.key()).await.unwrap().is_some());
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    let error = source.token().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.to_string().contains("AADSTS700082"),
        "{error}"
    );
    assert!(store.read(source.key()).await.unwrap().is_none());
    // Nothing is left to ask with.
    assert!(source.token().await.unwrap_err().needs_sign_in());
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-2", "r-2"]);
}

#[tokio::test]
async fn checklist_23_a_cancelled_caller_neither_cancels_nor_loses_the_shared_fetch() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let hold = sandbox.hold(Endpoint::Token);
    let caller = || {
        let source = source.clone();
        tokio::spawn(async move { source.token().await })
    };
    let (first, second) = (caller(), caller());
    hold.arrived(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    drop(hold);
    second.await.unwrap().unwrap();
    source.token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

#[tokio::test]
async fn checklist_26_a_hundred_401s_at_once_make_one_renewal() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    client.sites_list().send().await.unwrap();
    sandbox.revoke_tokens();
    sandbox.log().clear();
    let hold = sandbox.hold(Endpoint::Api);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.sites_list().send().await.map(drop) })
        })
        .collect();
    hold.arrived(100).await;
    drop(hold);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert_eq!(sandbox.log().api_requests().len(), 200);
}

#[tokio::test]
async fn checklist_26_a_late_401_for_an_old_token_does_not_evict_the_new_one() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let old = source.token().await.unwrap();
    assert!(source.reject(&old));
    let new = source.token().await.unwrap();
    assert!(source.reject(&old), "another token may be had: the new one");
    assert_eq!(
        source.token().await.unwrap().authorization(),
        new.authorization()
    );
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn checklist_26_a_wrong_key_does_not_fetch_one_token_per_call() {
    let sandbox = support::sandbox().await;
    let client = support::builder(&sandbox, &[("PERSPIO_SUBSCRIPTION_KEY", "wrong")])
        .build()
        .unwrap();
    for _ in 0..20 {
        let error = perspio::Error::from(client.assets_list().send().await.unwrap_err());
        assert_eq!(error.status().unwrap(), 401);
        assert!(error.to_string().contains("The token is fresh"), "{error}");
    }
    assert_eq!(sandbox.log().token_requests().len(), 2);
    assert_eq!(sandbox.log().api_requests().len(), 21);
}

#[tokio::test]
async fn checklist_27_a_claims_challenge_reaches_the_caller_with_its_claims() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    // {"access_token":{"nbf":{"essential":true}}}
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==";
    let challenge = format!(r#"Bearer error="insufficient_claims", claims="{claims}""#);
    sandbox.queue_fault(
        Endpoint::Api,
        Fault::status(401).header("www-authenticate", &challenge),
    );
    let error = perspio::Error::from(client.assets_list().send().await.unwrap_err());
    let perspio::Error::Auth(error) = error else {
        panic!("{error}")
    };
    assert!(error.needs_sign_in());
    assert!(
        error
            .to_string()
            .contains(r#"{"access_token":{"nbf":{"essential":true}}}"#),
        "{error}"
    );
    assert_eq!(
        sandbox.log().api_requests().len(),
        1,
        "the same token would fare no better"
    );
}

#[tokio::test]
async fn checklist_29_no_secret_shows_in_traces_of_any_level() {
    let sandbox = support::sandbox().await;
    let written = support::Traces::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(written.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let client = support::client(&sandbox);
    client.assets_list().send().await.unwrap();
    sandbox.revoke_tokens();
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    client.assets_list().send().await.unwrap_err();
    sandbox.queue_fault(Endpoint::Token, answer("canary-access", "canary-refresh"));
    let source = TokenSource::new(
        &support::profile(&sandbox),
        stored_sign_in(&sandbox, "canary-given"),
    )
    .unwrap();
    source.token().await.unwrap();
    drop(guard);
    let text = written.text();
    assert!(text.contains("token obtained"), "the traces were taken");
    let sent = sandbox.log().api_requests();
    let token = sent[0]
        .header("authorization")
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    let secrets = [
        token.as_str(),
        "canary",
        sandbox.client_secret(),
        sandbox.subscription_key(),
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} shows in the traces");
    }
}
