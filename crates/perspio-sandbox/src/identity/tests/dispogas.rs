//! A sandbox that stands in for dispoGas.

use crate::testing::sign_in::{REDIRECT_URI, authorize_url, brought_back, code, exchange};
use crate::{Person, Rotation};

use super::*;

async fn sandbox() -> Sandbox {
    Sandbox::builder().dispogas().start().await.unwrap()
}

/// The scope that the page prints, and what makes Entra give a refresh token.
fn scope(sandbox: &Sandbox) -> String {
    format!("api://{}/default offline_access", sandbox.client_id())
}

async fn tokens(sandbox: &Sandbox) -> Value {
    let code = code(sandbox, Person::Ada, &[("scope", Some(&scope(sandbox)))]);
    exchange(sandbox, &code, &[]).await.json()
}

async fn refresh(sandbox: &Sandbox, tokens: &Value, changes: &[Change<'_>]) -> Answer {
    let good = vec![
        ("client_id", sandbox.client_id()),
        ("client_secret", sandbox.client_secret()),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("redirect_uri", REDIRECT_URI),
    ];
    Answer::to(token_request(sandbox, &changed(good, changes))).await
}

async fn me(sandbox: &Sandbox, tokens: &Value, tenancy: &str) -> Answer {
    let request = http().get(format!("{}/account/me", sandbox.base_url()));
    let request = request.bearer_auth(tokens["access_token"].as_str().unwrap_or_default());
    Answer::to(request.header("x-tenant-id", tenancy)).await
}

#[tokio::test]
async fn the_tokens_are_those_of_its_page_and_open_its_account() {
    let sandbox = sandbox().await;
    let first = tokens(&sandbox).await;
    let second = refresh(&sandbox, &first, &[]).await.json();
    for tokens in [&first, &second] {
        let mut names: Vec<_> = tokens.as_object().unwrap().keys().collect();
        names.sort();
        let page = [
            "access_token",
            "created_at",
            "expires_in",
            "refresh_token",
            "token_type",
        ];
        assert_eq!(names, page);
        assert_eq!(tokens["token_type"], "bearer");
        assert_eq!(tokens["expires_in"], 7200);
    }
    let account = me(&sandbox, &second, sandbox.tenant_id()).await;
    assert_eq!(account.json()["email"], Person::Ada.email());
}

#[tokio::test]
async fn whatever_is_wrong_with_a_call_is_403_without_a_challenge() {
    let sandbox = sandbox().await;
    let good = tokens(&sandbox).await;
    let dead = good.clone();
    let good = refresh(&sandbox, &good, &[]).await.json();
    let tenancy = sandbox.tenant_id();
    for (tokens, tenancy) in [
        (&Value::Null, tenancy),
        (&dead, tenancy),
        (&good, "another"),
        (&good, ""),
    ] {
        let answer = me(&sandbox, tokens, tenancy).await;
        assert_eq!(answer.status, 403, "{tenancy}");
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
    assert_eq!(me(&sandbox, &good, tenancy).await.status, 200);
}

#[tokio::test]
async fn a_refresh_must_repeat_the_redirect_uri_of_the_sign_in() {
    let sandbox = sandbox().await;
    let tokens = tokens(&sandbox).await;
    let missing = refresh(&sandbox, &tokens, &[("redirect_uri", None)]).await;
    assert_eq!(verdict(&missing).1, "invalid_request");
    let other = ("redirect_uri", Some("http://localhost:5000"));
    let other = refresh(&sandbox, &tokens, &[other]).await;
    assert_eq!(verdict(&other).2, 500_112);
    assert_eq!(refresh(&sandbox, &tokens, &[]).await.status, 200);
}

#[tokio::test]
async fn a_dead_refresh_token_ends_the_sign_in_unless_the_old_ones_are_set_to_live() {
    let sandbox = sandbox().await;
    let first = tokens(&sandbox).await;
    refresh(&sandbox, &first, &[]).await;
    assert_eq!(
        verdict(&refresh(&sandbox, &first, &[]).await).1,
        "invalid_grant"
    );
    let lenient = Sandbox::builder().dispogas().rotation(Rotation::Replaces);
    let lenient = lenient.start().await.unwrap();
    let first = tokens(&lenient).await;
    for _ in 0..2 {
        assert_eq!(refresh(&lenient, &first, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn a_sign_in_without_a_state_is_refused() {
    let sandbox = sandbox().await;
    let scope = scope(&sandbox);
    let url = authorize_url(&sandbox, &[("scope", Some(&scope)), ("state", None)]);
    let back = sandbox.authorize(&url, Person::Ada).unwrap();
    assert_eq!(brought_back(&back)["error"], "invalid_request");
}

#[tokio::test]
async fn the_grants_that_its_page_does_not_know_are_refused() {
    let sandbox = sandbox().await;
    for grant in [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let answer = ask(&sandbox, &[("grant_type", Some(grant))]).await;
        assert_eq!(verdict(&answer).1, "unsupported_grant_type", "{grant}");
    }
}
