//! The authorization code grant.

use std::time::Duration;

use super::{refused, verdict};
use crate::testing::sign_in::{Change, VERIFIER, code, exchange, sign_in};
use crate::testing::{call, get};
use crate::{Person, Sandbox};
use reqwest::Method;

const OFFLINE: Change<'_> = (
    "scope",
    Some("api://perspiotalk/access_as_user offline_access"),
);
const ONLINE: Change<'_> = ("scope", Some("api://perspiotalk/access_as_user"));

#[tokio::test]
async fn a_code_brings_what_the_vendors_page_prints() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = exchange(&sandbox, &code(&sandbox, Person::Ada, &[]), &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 7);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["ext_expires_in"], 3599);
    assert_eq!(body["scope"], "api://perspiotalk/access_as_user");
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(body[name].is_string(), "{name}");
    }
}

#[tokio::test]
async fn a_refresh_token_comes_only_if_one_of_the_steps_asked_for_it() {
    let sandbox = Sandbox::start().await.unwrap();
    for (first, second, expected) in [
        (OFFLINE, ("scope", None), true),
        (OFFLINE, ONLINE, true),
        (ONLINE, OFFLINE, true),
        (ONLINE, ("scope", Some("openid offline_access")), true),
        (ONLINE, ONLINE, false),
        (ONLINE, ("scope", None), false),
    ] {
        let code = code(&sandbox, Person::Ada, &[first]);
        let body = exchange(&sandbox, &code, &[second]).await.json();
        let came = body.get("refresh_token").is_some();
        assert_eq!(came, expected, "{first:?} {second:?}");
        assert_eq!(body["scope"], "api://perspiotalk/access_as_user");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_exchange_is_told_and_the_code_stays_good() {
    let sandbox = Sandbox::start().await.unwrap();
    let code = code(&sandbox, Person::Ada, &[]);
    let mangled = format!("{code}x");
    let cases: [(Change<'_>, _); 12] = [
        (
            ("client_secret", Some("no")),
            refused(401, "invalid_client", 7_000_215),
        ),
        (
            ("client_secret", None),
            refused(401, "invalid_client", 7_000_218),
        ),
        (
            ("client_id", Some("no")),
            refused(400, "unauthorized_client", 700_016),
        ),
        (("code", None), refused(400, "invalid_request", 900_144)),
        (
            ("code", Some(&mangled)),
            refused(400, "invalid_grant", 70_000),
        ),
        (
            ("redirect_uri", None),
            refused(400, "invalid_request", 900_144),
        ),
        (
            ("redirect_uri", Some("http://localhost:5000/")),
            refused(400, "invalid_grant", 500_112),
        ),
        (
            ("redirect_uri", Some("http://localhost:5001/callback")),
            refused(400, "invalid_grant", 500_112),
        ),
        (
            ("code_verifier", None),
            refused(400, "invalid_grant", 50_148),
        ),
        (
            ("code_verifier", Some("another")),
            refused(400, "invalid_grant", 501_481),
        ),
        (
            ("scope", Some("api://perspiotalk/all_readwrite")),
            refused(400, "invalid_scope", 70_011),
        ),
        (
            ("scope", Some("api://perspiotalk/.default")),
            refused(400, "invalid_scope", 70_011),
        ),
    ];
    for (change, expected) in cases {
        let answer = exchange(&sandbox, &code, &[change]).await;
        assert_eq!(verdict(&answer), expected, "{change:?}");
        assert!(!answer.text.contains(&code) && !answer.text.contains(VERIFIER));
    }
    assert_eq!(exchange(&sandbox, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn a_code_is_taken_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let code = code(&sandbox, Person::Ada, &[]);
    assert_eq!(exchange(&sandbox, &code, &[]).await.status, 200);
    let again = exchange(&sandbox, &code, &[]).await;
    assert_eq!(verdict(&again), refused(400, "invalid_grant", 54_005));
}

#[tokio::test]
async fn a_code_lives_for_60_seconds_of_the_sandboxs_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    let code = code(&sandbox, Person::Ada, &[]);
    sandbox.clock().advance(Duration::from_secs(60));
    let late = exchange(&sandbox, &code, &[]).await;
    assert_eq!(verdict(&late), refused(400, "invalid_grant", 70_008));
}

#[tokio::test]
async fn without_pkce_a_code_is_taken_without_a_verifier_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let plain = [("code_challenge", None), ("code_challenge_method", None)];
    let code = code(&sandbox, Person::Ada, &plain);
    let answer = exchange(&sandbox, &code, &[]).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_grant", 501_481));
    let answer = exchange(&sandbox, &code, &[("code_verifier", None)]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_api_knows_who_signed_in_and_what_they_may() {
    let sandbox = Sandbox::start().await.unwrap();
    for (person, writes) in [(Person::Ada, 200), (Person::Rosa, 403), (Person::Carl, 200)] {
        let tokens = sign_in(&sandbox, person).await;
        let token = tokens["access_token"].as_str().unwrap();
        let profile = get(&sandbox, "/directory/v3/user", token).await.json();
        assert_eq!(profile["displayName"], person.name());
        assert_eq!(profile["mail"], person.email());
        assert_eq!(profile["id"], person.object_id());
        let change = call(&sandbox, Method::PATCH, "/assets/v3/IN-000001", token);
        let change = change
            .header("Content-Type", "application/json")
            .body("{\"description\":\"new\"}");
        assert_eq!(change.send().await.unwrap().status(), writes, "{person:?}");
    }
}
