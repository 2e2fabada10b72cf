//! The device flow, from the device's side and from the person's.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::{refused, verdict};
use crate::testing::sign_in::{Change, changed, post, transaction_in};
use crate::testing::{Answer, get, http, token_request};
use crate::{Person, Sandbox};

async fn ask(sandbox: &Sandbox, changes: &[Change<'_>]) -> Answer {
    let parameters = vec![
        ("client_id", sandbox.client_id()),
        ("scope", "api://perspiotalk/access_as_user offline_access"),
    ];
    let url = format!("{}/oauth2/v2.0/devicecode", sandbox.authority());
    post(&url, &changed(parameters, changes)).await
}

async fn begin(sandbox: &Sandbox) -> Value {
    ask(sandbox, &[]).await.json()
}

async fn poll(sandbox: &Sandbox, begun: &Value) -> Answer {
    let parameters = [
        ("client_id", sandbox.client_id()),
        ("client_secret", sandbox.client_secret()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", text(begun, "device_code")),
    ];
    Answer::to(token_request(sandbox, &parameters)).await
}

async fn error(sandbox: &Sandbox, begun: &Value) -> (String, u64) {
    let (status, error, code) = verdict(&poll(sandbox, begun).await);
    assert_eq!(status, 400);
    (error, code)
}

fn text<'a>(begun: &'a Value, name: &str) -> &'a str {
    begun[name].as_str().unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_device_is_told_where_to_send_the_person() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = ask(&sandbox, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let begun = answer.json();
    assert_eq!(begun.as_object().unwrap().len(), 6);
    assert_eq!(begun["expires_in"], 900);
    assert_eq!(begun["interval"], 5);
    let uri = format!("{}/device", sandbox.base_url());
    assert_eq!(begun["verification_uri"], uri);
    let message = text(&begun, "message");
    assert!(message.contains(&uri) && message.contains(text(&begun, "user_code")));
}

#[tokio::test]
async fn what_is_wrong_with_the_beginning_is_told() {
    let sandbox = Sandbox::start().await.unwrap();
    let cases: [(Change<'_>, _); 5] = [
        (
            ("client_id", None),
            refused(400, "invalid_request", 900_144),
        ),
        (
            ("client_id", Some("no")),
            refused(400, "unauthorized_client", 700_016),
        ),
        (("scope", None), refused(400, "invalid_request", 900_144)),
        (
            ("scope", Some("openid")),
            refused(400, "invalid_scope", 70_011),
        ),
        (
            ("scope", Some("api://other/a")),
            refused(400, "invalid_scope", 70_011),
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(
            verdict(&ask(&sandbox, &[change]).await),
            expected,
            "{change:?}"
        );
    }
    let url = format!("{}/common/oauth2/v2.0/devicecode", sandbox.base_url());
    let answer = post(&url, &[]).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_request", 90_002));
    let url = format!("{}/oauth2/v2.0/devicecode", sandbox.authority());
    let answer = Answer::to(http().request(Method::GET, url)).await;
    assert_eq!(verdict(&answer), refused(405, "invalid_request", 900_561));
}

#[tokio::test]
async fn a_device_waits_and_is_told_to_slow_down() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    let pending = ("authorization_pending".to_owned(), 70_016);
    let slow_down = ("slow_down".to_owned(), 70_016);
    assert_eq!(error(&sandbox, &begun).await, pending);
    sandbox.clock().advance(seconds(5));
    assert_eq!(error(&sandbox, &begun).await, pending);
    assert_eq!(error(&sandbox, &begun).await, slow_down);
    // From now on the interval is 10 seconds, then 15.
    sandbox.clock().advance(seconds(9));
    assert_eq!(error(&sandbox, &begun).await, slow_down);
    sandbox.clock().advance(seconds(15));
    assert_eq!(error(&sandbox, &begun).await, pending);
}

#[tokio::test]
async fn an_approved_device_gets_tokens_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    poll(&sandbox, &begun).await;
    assert!(sandbox.approve_device(text(&begun, "user_code"), Person::Carl));
    let tokens = poll(&sandbox, &begun).await.json();
    assert_eq!(tokens.as_object().unwrap().len(), 7);
    let token = text(&tokens, "access_token");
    let profile = get(&sandbox, "/directory/v3/user", token).await.json();
    assert_eq!(profile["displayName"], Person::Carl.name());
    assert_eq!(
        error(&sandbox, &begun).await,
        ("invalid_grant".to_owned(), 54_005)
    );
}

#[tokio::test]
async fn a_question_without_the_right_secret_does_not_use_the_approval_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    assert!(sandbox.approve_device(text(&begun, "user_code"), Person::Ada));
    let parameters = vec![
        ("client_id", sandbox.client_id()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", text(&begun, "device_code")),
    ];
    for (secret, code) in [(None, 7_000_218), (Some("wrong"), 7_000_215)] {
        let parameters = changed(parameters.clone(), &[("client_secret", secret)]);
        let answer = Answer::to(token_request(&sandbox, &parameters)).await;
        assert_eq!(verdict(&answer), refused(401, "invalid_client", code));
    }
    assert_eq!(poll(&sandbox, &begun).await.status, 200);
}

#[tokio::test]
async fn a_device_that_did_not_ask_for_a_refresh_token_gets_none() {
    let sandbox = Sandbox::start().await.unwrap();
    let online = ("scope", Some("api://perspiotalk/access_as_user"));
    let begun = ask(&sandbox, &[online]).await.json();
    assert!(sandbox.approve_device(text(&begun, "user_code"), Person::Ada));
    let tokens = poll(&sandbox, &begun).await.json();
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_device_learns_that_it_was_declined_too_late_or_unknown() {
    let sandbox = Sandbox::start().await.unwrap();
    let declined = begin(&sandbox).await;
    assert!(sandbox.decline_device(text(&declined, "user_code")));
    let expected = ("authorization_declined".to_owned(), 65_004);
    assert_eq!(error(&sandbox, &declined).await, expected);
    let unknown = serde_json::json!({ "device_code": "x" });
    let expected = ("bad_verification_code".to_owned(), 70_018);
    assert_eq!(error(&sandbox, &unknown).await, expected);
    let late = begin(&sandbox).await;
    sandbox.clock().advance(seconds(900));
    assert_eq!(
        error(&sandbox, &late).await,
        ("expired_token".to_owned(), 70_020)
    );
    assert!(!sandbox.approve_device(text(&late, "user_code"), Person::Ada));
}

#[tokio::test]
async fn nobody_is_signed_in_for_an_unknown_code_or_with_an_expired_password() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    assert!(!sandbox.approve_device("BBBB-BBBB", Person::Ada));
    assert!(!sandbox.decline_device(""));
    assert!(!sandbox.approve_device(text(&begun, "user_code"), Person::Pia));
    assert_eq!(error(&sandbox, &begun).await.0, "authorization_pending");
}

#[tokio::test]
async fn a_person_brings_the_code_and_signs_in() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    let url = text(&begun, "verification_uri");
    let page = Answer::to(http().get(url)).await;
    assert!(page.text.contains("Enter the code"));
    let typed = text(&begun, "user_code").to_lowercase().replace('-', " ");
    let picker = post(url, &[("user_code", &typed)]).await;
    assert!(picker.text.contains("Pick an account"));
    assert!(picker.text.contains(text(&begun, "user_code")));
    let id = transaction_in(&picker);
    let expired = post(url, &[("transaction", &id), ("account", "pia")]).await;
    assert!(expired.text.contains("AADSTS50055"));
    let consent = post(url, &[("transaction", &id), ("account", "carl")]).await;
    assert!(consent.text.contains("Permissions requested"));
    // A double click is told the same twice.
    for _ in 0..2 {
        let done = post(url, &[("transaction", &id), ("account", "ada")]).await;
        assert_eq!(done.status, 200);
        assert!(done.text.contains("You are signed in"));
    }
    let other = post(url, &[("transaction", &id), ("account", "rosa")]).await;
    assert_eq!(other.status, 400);
    assert_eq!(poll(&sandbox, &begun).await.status, 200);
}

#[tokio::test]
async fn a_person_declines() {
    let sandbox = Sandbox::start().await.unwrap();
    let begun = begin(&sandbox).await;
    let url = text(&begun, "verification_uri");
    let code = text(&begun, "user_code");
    let id = transaction_in(&post(url, &[("user_code", code)]).await);
    let done = post(url, &[("transaction", &id), ("decision", "cancel")]).await;
    assert!(done.text.contains("You declined"));
    assert_eq!(error(&sandbox, &begun).await.0, "authorization_declined");
    // The code is used up.
    let again = post(url, &[("user_code", code)]).await;
    assert_eq!(again.status, 400);
}

#[tokio::test]
async fn a_code_that_nobody_waits_for_is_shown_again_and_escaped() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/device", sandbox.base_url());
    let evil = "\"><script>alert(1)</script>";
    let typed = post(&url, &[("user_code", evil)]).await;
    assert_eq!(typed.status, 400);
    let link = format!("{url}?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    for page in [typed, Answer::to(http().get(link)).await] {
        assert!(!page.text.contains("<script"), "{}", page.text);
        assert!(page.text.contains("value=\"&quot;&gt;&lt;script&gt;"));
    }
    assert_eq!(post(&url, &[]).await.status, 400);
    let twice = Answer::to(http().get(format!("{url}?user_code=a&user_code=b"))).await;
    assert_eq!(twice.status, 400);
    let twice = post(&url, &[("user_code", "a"), ("user_code", "b")]).await;
    assert_eq!(twice.status, 400);
}
