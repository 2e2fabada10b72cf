//! The refresh token grant.

use std::time::Duration;

use serde_json::Value;

use super::{refused, verdict};
use crate::testing::sign_in::{refresh, sign_in};
use crate::testing::{Answer, get, token_request};
use crate::{Person, Rotation, Sandbox};

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn works(sandbox: &Sandbox, tokens: &Value) -> u16 {
    let token = text(tokens, "access_token");
    get(sandbox, "/directory/v3/user", token).await.status
}

#[tokio::test]
async fn a_refresh_brings_a_new_pair_for_the_same_person() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sign_in(&sandbox, Person::Rosa).await;
    let answer = refresh(&sandbox, text(&first, "refresh_token"), None).await;
    assert_eq!(answer.status, 200);
    let second = answer.json();
    assert_eq!(second.as_object().unwrap().len(), 7);
    assert_eq!(second["scope"], "api://perspiotalk/access_as_user");
    for name in ["access_token", "refresh_token"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    let token = text(&second, "access_token");
    let profile = get(&sandbox, "/directory/v3/user", token).await.json();
    assert_eq!(profile["displayName"], Person::Rosa.name());
}

#[tokio::test]
async fn by_default_the_old_pair_goes_on_working() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sign_in(&sandbox, Person::Ada).await;
    for _ in 0..2 {
        let answer = refresh(&sandbox, text(&first, "refresh_token"), None).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(works(&sandbox, &first).await, 200);
}

#[tokio::test]
async fn invalidating_kills_the_old_pair_and_reuse_the_whole_family() {
    let builder = Sandbox::builder().rotation(Rotation::Invalidates);
    let sandbox = builder.start().await.unwrap();
    let other = sign_in(&sandbox, Person::Ada).await;
    let first = sign_in(&sandbox, Person::Ada).await;
    assert_eq!(works(&sandbox, &first).await, 200);
    let second = refresh(&sandbox, text(&first, "refresh_token"), None)
        .await
        .json();
    assert_eq!(works(&sandbox, &first).await, 401);
    assert_eq!(works(&sandbox, &second).await, 200);
    let third = refresh(&sandbox, text(&second, "refresh_token"), None)
        .await
        .json();
    assert_eq!(works(&sandbox, &third).await, 200);
    // Somebody kept the first one.
    for dead in [&first, &second, &third] {
        let answer = refresh(&sandbox, text(dead, "refresh_token"), None).await;
        assert_eq!(verdict(&answer), refused(400, "invalid_grant", 700_082));
    }
    assert_eq!(works(&sandbox, &third).await, 401);
    assert_eq!(works(&sandbox, &other).await, 200);
    let answer = refresh(&sandbox, text(&other, "refresh_token"), None).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_refused_scope_does_not_use_the_refresh_token_up() {
    let builder = Sandbox::builder().rotation(Rotation::Invalidates);
    let sandbox = builder.start().await.unwrap();
    let first = sign_in(&sandbox, Person::Ada).await;
    let token = text(&first, "refresh_token");
    for scope in [
        "https://graph.microsoft.com/User.Read",
        "api://perspiotalk/.default",
        "\"api://perspiotalk/all_readwrite offline_access\"",
    ] {
        let answer = refresh(&sandbox, token, Some(scope)).await;
        assert_eq!(
            verdict(&answer),
            refused(400, "invalid_scope", 70_011),
            "{scope}"
        );
    }
    assert_eq!(refresh(&sandbox, token, None).await.status, 200);
}

#[tokio::test]
async fn the_scope_that_the_vendors_page_prints_comes_back_as_printed() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sign_in(&sandbox, Person::Ada).await;
    let scope = Some("api://perspiotalk/all_readwrite offline_access");
    let answer = refresh(&sandbox, text(&first, "refresh_token"), scope).await;
    let tokens = answer.json();
    assert_eq!(tokens["scope"], "api%3A%2F%2Fperspiotalk%2Fall_readwrite");
    assert_eq!(works(&sandbox, &tokens).await, 200);
}

#[tokio::test]
async fn a_refresh_token_lives_for_90_days_of_the_sandboxs_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sign_in(&sandbox, Person::Ada).await;
    sandbox.clock().advance(Duration::from_secs(90 * 86_400));
    let answer = refresh(&sandbox, text(&first, "refresh_token"), None).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_grant", 700_082));
}

#[tokio::test]
async fn revoked_sign_ins_cannot_be_refreshed_and_new_ones_can() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sign_in(&sandbox, Person::Ada).await;
    sandbox.revoke_sign_ins();
    let answer = refresh(&sandbox, text(&first, "refresh_token"), None).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_grant", 50_173));
    assert_eq!(works(&sandbox, &first).await, 200);
    let second = sign_in(&sandbox, Person::Ada).await;
    let answer = refresh(&sandbox, text(&second, "refresh_token"), None).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_refresh_without_a_good_token_or_secret_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = refresh(&sandbox, "unknown", None).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_grant", 70_000));
    let answer = refresh(&sandbox, "", None).await;
    assert_eq!(verdict(&answer), refused(400, "invalid_request", 900_144));
    let parameters = [
        ("client_id", sandbox.client_id()),
        ("grant_type", "refresh_token"),
    ];
    let answer = Answer::to(token_request(&sandbox, &parameters)).await;
    assert_eq!(verdict(&answer), refused(401, "invalid_client", 7_000_218));
}

#[tokio::test]
async fn no_debug_output_shows_a_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = sign_in(&sandbox, Person::Ada).await;
    let token = text(&tokens, "access_token");
    get(&sandbox, "/sites/v3/", token).await;
    let output = format!("{sandbox:?} {:?}", sandbox.shared());
    assert!(
        output.contains("/sites/v3/"),
        "the log is part of it: {output}"
    );
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(!output.contains(text(&tokens, name)), "{name}");
    }
    assert!(!output.contains(sandbox.client_secret()));
    assert!(!output.contains("sandbox-refresh-") && !output.contains("sandbox-code-"));
}
