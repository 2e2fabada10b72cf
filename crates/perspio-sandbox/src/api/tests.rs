use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Answer, application_token, call, get, http};
use crate::{ListShape, Sandbox, UserAccess};

const PATHS: [&str; 5] = [
    "/assets/v3/",
    "/assets/v3/IN-000001",
    "/directory/v3/user",
    "/locations/v3/labels",
    "/sites/v3/",
];

async fn patch(sandbox: &Sandbox, token: &str, id: &str, body: impl ToString) -> Answer {
    let request = call(sandbox, Method::PATCH, &format!("/assets/v3/{id}"), token)
        .header("Content-Type", "application/json")
        .body(body.to_string());
    Answer::to(request).await
}

fn bearer_challenge(answer: &Answer) -> &str {
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""));
    challenge
}

#[tokio::test]
async fn a_call_without_a_subscription_key_is_refused_before_all_else() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in PATHS {
        let answer = Answer::to(http().get(format!("{}{path}", sandbox.base_url()))).await;
        let (status, message) = answer.problem();
        assert_eq!(status, 401);
        let start = "Access denied due to missing subscription key.";
        assert!(message.starts_with(start), "{message}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("AzureApiManagementKey "));
    }
}

#[tokio::test]
async fn a_wrong_subscription_key_is_refused_before_the_token_is_looked_at() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/assets/v3/", sandbox.base_url());
    let request = http().get(url).header("Ocp-Apim-Subscription-Key", "wrong");
    let (status, message) = Answer::to(request).await.problem();
    assert_eq!(status, 401);
    let start = "Access denied due to invalid subscription key.";
    assert!(message.starts_with(start), "{message}");
}

#[tokio::test]
async fn a_call_without_a_bearer_token_is_refused_before_the_tenant_is_looked_at() {
    let sandbox = Sandbox::start().await.unwrap();
    for authorization in [None, Some("Basic abc"), Some("Bearer"), Some("Bearer abc")] {
        let mut request = http()
            .get(format!("{}/assets/v3/", sandbox.base_url()))
            .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key());
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let answer = Answer::to(request).await;
        let (status, message) = answer.problem();
        assert_eq!(status, 401);
        assert!(message.contains("token"), "{message}");
        bearer_challenge(&answer);
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let request = call(&sandbox, Method::GET, "/sites/v3/", &token);
    let request = request.header("Authorization", format!("Bearer {token}"));
    assert_eq!(Answer::to(request).await.problem().0, 401);
}

#[tokio::test]
async fn the_tenant_must_be_named_and_be_the_sandboxs() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for (tid, expected) in [
        (None, 401),
        (Some("in-another"), 401),
        (Some(crate::credentials::DIRECTORY_ID), 401),
        (Some("IN-Sandbox"), 200),
    ] {
        let mut request = http()
            .get(format!("{}/assets/v3/", sandbox.base_url()))
            .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key())
            .header("Authorization", format!("bearer {token}"));
        if let Some(tid) = tid {
            request = request.header("tid", tid);
        }
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, expected, "{tid:?}");
        if expected == 401 {
            assert!(answer.problem().1.contains("tid"));
        }
    }
}

#[tokio::test]
async fn a_token_is_taken_until_the_clock_passes_its_expiry() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    sandbox.clock().advance(Duration::from_secs(3000));
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 200);
    sandbox.clock().advance(Duration::from_secs(599));
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    assert_eq!(answer.problem().0, 401);
    assert!(bearer_challenge(&answer).contains("expired"));
    let fresh = application_token(&sandbox).await;
    assert_eq!(get(&sandbox, "/sites/v3/", &fresh).await.status, 200);
}

#[tokio::test]
async fn revoked_tokens_are_refused_and_later_ones_taken() {
    let sandbox = Sandbox::start().await.unwrap();
    let revoked = [
        application_token(&sandbox).await,
        sandbox.user_token(UserAccess::ReadWrite),
    ];
    sandbox.revoke_tokens();
    for token in revoked {
        let answer = get(&sandbox, "/sites/v3/", &token).await;
        assert_eq!(answer.problem().0, 401);
        assert!(bearer_challenge(&answer).contains("revoked"));
    }
    let fresh = application_token(&sandbox).await;
    assert_eq!(get(&sandbox, "/sites/v3/", &fresh).await.status, 200);
}

#[tokio::test]
async fn a_token_for_another_api_or_of_another_sandbox_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let other = Sandbox::start().await.unwrap();
    let issuer = &sandbox.shared().issuer;
    let now = sandbox.shared().clock.unix_seconds();
    let mut claims = issuer.claims(now, "Application.Read", None);
    claims.aud = "https://graph.microsoft.com".to_owned();
    for (token, word) in [
        (issuer.sign(&claims), "audience"),
        (application_token(&other).await, "issuer"),
    ] {
        let answer = get(&sandbox, "/sites/v3/", &token).await;
        assert_eq!(answer.problem().0, 401);
        assert!(bearer_challenge(&answer).contains(word));
    }
}

#[tokio::test]
async fn every_answer_of_the_api_has_a_request_id_of_its_own() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let mut ids = Vec::new();
    for path in PATHS.into_iter().chain(["/unknown/v3/"]) {
        for token in [&token, "wrong"] {
            let answer = get(&sandbox, path, token).await;
            let id = answer.header("request-id").to_owned();
            assert!(Uuid::parse_str(&id).is_ok());
            assert!(!ids.contains(&id));
            ids.push(id);
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for path in [
        "/unknown/v3/",
        "/assets/v3",
        "/assets/v3/a/b",
        "/nothing",
        "/a",
    ] {
        assert_eq!(get(&sandbox, path, &token).await.problem().0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_those_allowed() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    for path in PATHS {
        let answer = Answer::to(call(&sandbox, Method::DELETE, path, &token)).await;
        assert_eq!(answer.problem().0, 405);
        let allow: Vec<_> = answer.header("allow").split(',').collect();
        let patch = path == "/assets/v3/IN-000001";
        assert!(allow.contains(&"GET"), "{path}: {allow:?}");
        assert_eq!(allow.contains(&"PATCH"), patch, "{path}: {allow:?}");
    }
}

#[tokio::test]
async fn lists_are_bare_arrays_by_default() {
    let sandbox = Sandbox::builder().assets(7).start().await.unwrap();
    let token = application_token(&sandbox).await;
    for (path, count) in [
        ("/assets/v3/", 7),
        ("/sites/v3/", 6),
        ("/locations/v3/labels", 4),
    ] {
        let answer = get(&sandbox, path, &token).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert_eq!(body.as_array().unwrap().len(), count, "{path}");
        assert!(body.as_array().unwrap().iter().all(Value::is_object));
    }
}

#[tokio::test]
async fn lists_can_be_objects_that_hold_the_array_and_its_length() {
    let shape = ListShape::Object {
        member: "value".to_owned(),
    };
    let builder = Sandbox::builder().assets(7).list_shape(shape);
    let sandbox = builder.start().await.unwrap();
    let bare = Sandbox::builder().assets(7).start().await.unwrap();
    let token = application_token(&sandbox).await;
    let bare_token = application_token(&bare).await;
    for path in ["/assets/v3/", "/sites/v3/", "/locations/v3/labels"] {
        let items = get(&bare, path, &bare_token).await.json();
        let count = items.as_array().unwrap().len();
        let body = get(&sandbox, path, &token).await.json();
        assert_eq!(body, json!({ "value": items, "count": count }));
    }
}

#[tokio::test]
async fn one_asset_is_found_by_its_id_in_any_letter_case() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let list = get(&sandbox, "/assets/v3/", &token).await.json();
    for id in ["IN-000002", "in-000002", "IN%2D000002"] {
        let answer = get(&sandbox, &format!("/assets/v3/{id}"), &token).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), list[1]);
    }
    for id in ["IN-000251", "%ff"] {
        let answer = get(&sandbox, &format!("/assets/v3/{id}"), &token).await;
        assert_eq!(answer.problem().0, 404, "{id}");
    }
}

#[tokio::test]
async fn a_patch_sets_the_members_it_names_and_keeps_the_others() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let mut expected = get(&sandbox, "/assets/v3/IN-000003", &token).await.json();
    let changes = json!({ "description": "Fuel leak", "name": null, "colour": { "a": 1 } });
    let answer = patch(&sandbox, &token, "in-000003", &changes).await;
    for (name, value) in changes.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), expected);
    let kept = get(&sandbox, "/assets/v3/IN-000003", &token).await;
    assert_eq!(kept.json(), expected);
    let others = get(&sandbox, "/assets/v3/", &token).await.json();
    let assets = others.as_array().unwrap().iter();
    assert_eq!(assets.filter(|a| a["colour"].is_object()).count(), 1);
}

#[tokio::test]
async fn a_description_must_be_a_string_or_null() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    for (description, status) in [(json!("new"), 200), (json!(null), 200), (json!(3), 400)] {
        let body = json!({ "description": description });
        let answer = patch(&sandbox, &token, "IN-000001", body).await;
        assert_eq!(answer.status, status, "{description}");
    }
    let asset = get(&sandbox, "/assets/v3/IN-000001", &token).await.json();
    assert_eq!(asset["description"], Value::Null);
}

#[tokio::test]
async fn a_patch_must_be_a_json_object() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    for body in ["", "null", "[]", "\"text\"", "{\"description\":", "{} {}"] {
        let answer = patch(&sandbox, &token, "IN-000001", body).await;
        assert_eq!(answer.problem().0, 400, "{body}");
    }
    let path = "/assets/v3/IN-000001";
    let plain = call(&sandbox, Method::PATCH, path, &token).header("Content-Type", "text/plain");
    assert_eq!(Answer::to(plain.body("{}")).await.problem().0, 400);
}

#[tokio::test]
async fn a_patch_may_repeat_the_id_but_not_change_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let same = json!({ "id": "IN-000001", "description": "same" });
    assert_eq!(patch(&sandbox, &token, "IN-000001", same).await.status, 200);
    for id in [json!("IN-999999"), Value::Null] {
        let other = json!({ "id": id, "description": "other" });
        let answer = patch(&sandbox, &token, "IN-000001", other).await;
        assert_eq!(answer.problem().0, 400);
    }
    let asset = get(&sandbox, "/assets/v3/IN-000001", &token).await.json();
    assert_eq!(asset["description"], "same");
}

#[tokio::test]
async fn a_patch_of_an_unknown_asset_is_not_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let answer = patch(&sandbox, &token, "IN-999999", "{}").await;
    assert_eq!(answer.problem().0, 404);
}

#[tokio::test]
async fn a_caller_without_write_access_learns_why_and_cannot_patch() {
    let sandbox = Sandbox::start().await.unwrap();
    let before = sandbox.shared().fleet.asset("IN-000001");
    for (token, expected) in [
        (
            application_token(&sandbox).await,
            "Forbidden. Only the token of an API user may write; client credentials read only.",
        ),
        (
            sandbox.user_token(UserAccess::ReadOnly),
            "Forbidden. The user Rosa Sandbox has no write access. Users with write access: \
             ada@sandbox.example or carl@sandbox.example.",
        ),
    ] {
        let answer = patch(&sandbox, &token, "IN-000001", "{\"name\":\"x\"}").await;
        assert_eq!(answer.problem(), (403, expected.to_owned()));
    }
    assert_eq!(sandbox.shared().fleet.asset("IN-000001"), before);
}

#[tokio::test]
async fn only_a_signed_in_user_has_a_profile() {
    let sandbox = Sandbox::start().await.unwrap();
    for access in [UserAccess::ReadWrite, UserAccess::ReadOnly] {
        let token = sandbox.user_token(access);
        let answer = get(&sandbox, "/directory/v3/user", &token).await;
        assert_eq!(answer.status, 200);
        let user = answer.json();
        assert_eq!(user.as_object().unwrap().len(), 7);
        assert_eq!(user["tenantId"], Value::Null);
        for name in [
            "id",
            "mail",
            "surName",
            "displayName",
            "oDataType",
            "userPrincipalName",
        ] {
            assert!(user[name].is_string(), "{name}");
        }
    }
    let token = application_token(&sandbox).await;
    let answer = get(&sandbox, "/directory/v3/user", &token).await;
    let (status, message) = answer.problem();
    assert_eq!(status, 403);
    assert!(message.contains("no signed-in user"));
}
