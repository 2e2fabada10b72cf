//! The authorize endpoint.

use super::told;
use crate::testing::sign_in::{
    Change, REDIRECT_URI, authorize_url, brought_back, click, code, exchange, post,
};
use crate::testing::{Answer, http};
use crate::{Person, Sandbox};

async fn open(sandbox: &Sandbox, changes: &[Change<'_>]) -> Answer {
    Answer::to(http().get(authorize_url(sandbox, changes))).await
}

#[tokio::test]
async fn what_concerns_client_or_address_stays_on_a_page_and_is_never_redirected() {
    let sandbox = Sandbox::start().await.unwrap();
    let long = "a".repeat(17_000);
    let cases: [(Change<'_>, &str); 8] = [
        (("client_id", None), "AADSTS900144"),
        (("client_id", Some("another")), "AADSTS700016"),
        (("redirect_uri", None), "AADSTS900144"),
        (("redirect_uri", Some("")), "AADSTS900144"),
        (
            ("redirect_uri", Some("https://evil.example/")),
            "AADSTS50011",
        ),
        (
            ("redirect_uri", Some("http://localhost/other")),
            "AADSTS50011",
        ),
        (("redirect_uri", Some("javascript:alert(1)")), "AADSTS50011"),
        (("state", Some(&long)), "AADSTS90023"),
    ];
    for (change, code) in cases {
        // Another mistake beside it changes nothing.
        for other in [
            ("response_type", Some("code")),
            ("response_type", Some("token")),
        ] {
            let answer = open(&sandbox, &[change, other]).await;
            assert_eq!(answer.status, 400, "{change:?}");
            assert!(answer.headers.get("location").is_none());
            assert!(answer.text.contains(code), "{change:?}: {}", answer.text);
            assert!(!answer.text.contains("evil.example"));
            let refused = sandbox.authorize(&authorize_url(&sandbox, &[change]), Person::Ada);
            let aadsts = refused.unwrap_err().aadsts.unwrap();
            assert_eq!(format!("AADSTS{aadsts}"), code);
        }
    }
}

#[tokio::test]
async fn a_parameter_sent_twice_is_refused_on_a_page() {
    let sandbox = Sandbox::start().await.unwrap();
    for name in ["state", "redirect_uri", "unknown"] {
        let url = authorize_url(&sandbox, &[(name, Some("a"))]);
        let answer = Answer::to(http().get(format!("{url}&{name}=b"))).await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.text.contains("more than once"), "{name}");
    }
    let twice = [("transaction", "a"), ("transaction", "a")];
    assert_eq!(click(&sandbox, &twice).await.status, 400);
}

#[tokio::test]
async fn another_directory_is_not_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = authorize_url(&sandbox, &[]);
    let directory = sandbox.authority().rsplit('/').next().unwrap();
    let answer = Answer::to(http().get(url.replace(directory, "common"))).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("AADSTS90002"));
    let url = format!("{}/common/oauth2/v2.0/authorize", sandbox.base_url());
    let answer = post(&url, &[("transaction", "a")]).await;
    assert!(answer.text.contains("AADSTS90002"));
}

#[tokio::test]
async fn any_other_mistake_is_told_to_the_application() {
    let sandbox = Sandbox::start().await.unwrap();
    let cases: [(Change<'_>, _, _); 12] = [
        (("response_type", None), "invalid_request", "AADSTS900144"),
        (
            ("response_type", Some("token")),
            "unsupported_response_type",
            "AADSTS700054",
        ),
        (
            ("response_type", Some("code id_token")),
            "unsupported_response_type",
            "AADSTS700054",
        ),
        (
            ("response_mode", Some("fragment")),
            "unsupported_response_type",
            "AADSTS70007",
        ),
        (("scope", None), "invalid_request", "AADSTS900144"),
        (("scope", Some("openid")), "invalid_scope", "AADSTS70011"),
        (
            ("scope", Some("api://perspiotalk/all_readwrite")),
            "invalid_scope",
            "AADSTS70011",
        ),
        (
            ("code_challenge_method", Some("plain")),
            "invalid_request",
            "AADSTS90023",
        ),
        (("code_challenge", None), "invalid_request", "AADSTS50147"),
        (
            ("code_challenge", Some("short")),
            "invalid_request",
            "AADSTS501491",
        ),
        (("prompt", Some("none")), "login_required", "AADSTS50058"),
        (
            ("prompt", Some("admin_consent")),
            "invalid_request",
            "AADSTS90023",
        ),
    ];
    for (change, error, code) in cases {
        let expected = (error.to_owned(), code.to_owned());
        assert_eq!(
            told(&open(&sandbox, &[change]).await),
            expected,
            "{change:?}"
        );
        let url = authorize_url(&sandbox, &[change]);
        let back = sandbox.authorize(&url, Person::Ada).unwrap();
        assert_eq!(brought_back(&back)["error"], error);
    }
}

#[tokio::test]
async fn without_state_none_comes_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = authorize_url(&sandbox, &[("state", None)]);
    let back = brought_back(&sandbox.authorize(&url, Person::Carl).unwrap());
    assert!(!back.contains_key("state"));
}

#[tokio::test]
async fn every_registered_address_gets_its_answer_as_it_was_written() {
    let sandbox = Sandbox::start().await.unwrap();
    for uri in [
        "http://localhost",
        "http://127.0.0.1:1/",
        "https://app.example/back",
    ] {
        let change = [("redirect_uri", Some(uri))];
        let url = authorize_url(&sandbox, &change);
        let back = sandbox.authorize(&url, Person::Ada).unwrap();
        assert!(back.starts_with(&format!("{uri}?code=")), "{back}");
    }
}

#[tokio::test]
async fn what_is_no_address_of_the_authorize_endpoint_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = authorize_url(&sandbox, &[]);
    for url in [
        String::new(),
        "no address".to_owned(),
        url.replace("authorize?", "token?"),
        url.replace("http://", "https://"),
        url.replace("127.0.0.1", "localhost"),
        authorize_url(&sandbox, &[("response_mode", Some("form_post"))]),
    ] {
        let refused = sandbox.authorize(&url, Person::Ada).unwrap_err();
        assert_eq!(refused.aadsts, None, "{url}");
    }
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/oauth2/v2.0/authorize", sandbox.authority());
    let answer = Answer::to(http().post(&url).body("account=ada")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("AADSTS900561"));
}

#[tokio::test]
async fn a_code_comes_from_the_sandbox_without_a_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let code = code(&sandbox, Person::Ada, &[]);
    assert!(sandbox.log().requests().is_empty());
    let change = [("redirect_uri", Some(REDIRECT_URI))];
    assert_eq!(exchange(&sandbox, &code, &change).await.status, 200);
}
