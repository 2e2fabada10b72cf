//! The sign-out.

use super::*;
use crate::Person;
use crate::testing::sign_in::{REDIRECT_URI, post, refresh, sign_in};

fn endpoint(sandbox: &Sandbox) -> String {
    format!("{}/oauth2/v2.0/logout", sandbox.authority())
}

async fn sign_out(sandbox: &Sandbox, parameters: &[(&str, &str)]) -> Answer {
    let url = format!("{}?{}", endpoint(sandbox), form(parameters));
    Answer::to(http().get(url)).await
}

#[tokio::test]
async fn without_a_redirect_a_page_says_that_tokens_live_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = sign_in(&sandbox, Person::Ada).await;
    let text = |name: &str| tokens[name].as_str().unwrap();
    let page = sign_out(&sandbox, &[("id_token_hint", text("id_token"))]).await;
    assert_eq!(page.status, 200);
    for part in ["<h1>You are signed out</h1>", "it revokes no tokens"] {
        assert!(page.text.contains(part), "{}", page.text);
    }
    let refreshed = refresh(&sandbox, text("refresh_token"), None).await;
    assert_eq!(refreshed.status, 200);
    let answer = crate::testing::get(&sandbox, "/sites/v3/", text("access_token")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_browser_is_redirected_with_the_state() {
    let sandbox = Sandbox::start().await.unwrap();
    let redirect = ("post_logout_redirect_uri", REDIRECT_URI);
    let with_state = [
        redirect,
        ("state", "a state"),
        ("client_id", sandbox.client_id()),
    ];
    for (parameters, location) in [
        (&[redirect][..], REDIRECT_URI.to_owned()),
        (&with_state, format!("{REDIRECT_URI}?state=a+state")),
    ] {
        let url = endpoint(&sandbox);
        for answer in [
            sign_out(&sandbox, parameters).await,
            post(&url, parameters).await,
        ] {
            assert_eq!(answer.status, 302);
            assert_eq!(answer.header("location"), location);
        }
    }
}

#[tokio::test]
async fn an_invalid_sign_out_is_shown_and_not_redirected() {
    let sandbox = Sandbox::start().await.unwrap();
    let redirect = ("post_logout_redirect_uri", REDIRECT_URI);
    let other = ("post_logout_redirect_uri", "https://evil.example/");
    let access_token = sandbox.user_token(crate::UserAccess::ReadWrite);
    for (parameters, code) in [
        ([other, ("state", "a")], "AADSTS50011"),
        ([redirect, ("id_token_hint", &access_token)], "AADSTS50027"),
        ([redirect, ("client_id", "another")], "AADSTS700016"),
    ] {
        let page = sign_out(&sandbox, &parameters).await;
        assert_eq!(page.status, 400, "{code}");
        assert!(page.headers.get("location").is_none(), "{code}");
        assert!(page.text.contains(code), "{}", page.text);
        assert!(page.text.contains("This sign-out cannot continue"));
        assert!(!page.text.contains("evil.example"));
    }
    let url = format!("{}/common/oauth2/v2.0/logout", sandbox.base_url());
    let page = Answer::to(http().get(url)).await;
    assert!(page.text.contains("AADSTS90002"), "{}", page.text);
}
