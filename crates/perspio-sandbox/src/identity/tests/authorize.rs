//! The authorize endpoint.

use std::time::Duration;

use uuid::Uuid;

use crate::testing::sign_in::{
    Change, REDIRECT_URI, authorize_url, brought_back, click, code, exchange, post, transaction,
};
use crate::testing::{Answer, http};
use crate::{Person, Sandbox};

async fn open(sandbox: &Sandbox, changes: &[Change<'_>]) -> Answer {
    Answer::to(http().get(authorize_url(sandbox, changes))).await
}

/// What the application is told by a redirect that must say so in Entra's form.
fn told(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let location = answer.header("location");
    assert!(location.contains("%0D%0ATrace+ID%3A+"), "{location}");
    let mut back = brought_back(location);
    assert_eq!(back.remove("state").unwrap(), "a state");
    let description = back.remove("error_description").unwrap();
    let lines: Vec<_> = description.split("\r\n").collect();
    let [message, trace, correlation, timestamp] = lines[..] else {
        panic!("{description}")
    };
    assert!(Uuid::parse_str(trace.strip_prefix("Trace ID: ").unwrap()).is_ok());
    assert!(Uuid::parse_str(correlation.strip_prefix("Correlation ID: ").unwrap()).is_ok());
    assert_eq!(timestamp.strip_prefix("Timestamp: ").unwrap().len(), 20);
    let code = message.split(':').next().unwrap();
    let number = code.strip_prefix("AADSTS").unwrap();
    assert!(back["error_uri"].ends_with(&format!("?code={number}")));
    assert!(!back.contains_key("code"));
    (back.remove("error").unwrap(), code.to_owned())
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
async fn a_click_on_an_account_brings_a_code_to_the_application() {
    let sandbox = Sandbox::start().await.unwrap();
    for prompt in [None, Some("login"), Some("select_account")] {
        let id = transaction(&authorize_url(&sandbox, &[("prompt", prompt)])).await;
        let answer = click(&sandbox, &[("transaction", &id), ("account", "rosa")]).await;
        assert_eq!(answer.status, 302);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let mut back = brought_back(answer.header("location"));
        assert_eq!(back.remove("state").unwrap(), "a state");
        assert!(Uuid::parse_str(&back.remove("session_state").unwrap()).is_ok());
        let code = back.remove("code").unwrap();
        assert!(back.is_empty(), "{back:?}");
        assert_eq!(exchange(&sandbox, &code, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn a_double_click_brings_the_same_code_and_another_account_a_new_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    let pick = async |account| {
        let answer = click(&sandbox, &[("transaction", &id), ("account", account)]).await;
        brought_back(answer.header("location"))
            .remove("code")
            .unwrap()
    };
    let first = pick("ada").await;
    assert_eq!(exchange(&sandbox, &first, &[]).await.status, 200);
    assert_eq!(pick("ada").await, first);
    let other = pick("rosa").await;
    assert_ne!(other, first);
    assert_eq!(exchange(&sandbox, &other, &[]).await.status, 200);
    // A code that is over helps nobody who comes back to the page.
    sandbox.clock().advance(Duration::from_secs(60));
    assert_ne!(pick("ada").await, first);
}

#[tokio::test]
async fn a_transaction_that_is_unknown_or_over_is_a_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    sandbox.clock().advance(Duration::from_secs(600));
    for id in [id.as_str(), "", "sandbox-transaction-\"><script>"] {
        let answer = click(&sandbox, &[("transaction", id), ("account", "ada")]).await;
        assert_eq!(answer.status, 400, "{id}");
        assert!(answer.text.contains("This sign-in is over"), "{id}");
        assert!(!answer.text.contains("sandbox-transaction"), "{id}");
    }
}

#[tokio::test]
async fn whoever_must_consent_is_asked_first() {
    let sandbox = Sandbox::start().await.unwrap();
    for (account, prompt) in [("carl", None), ("ada", Some("consent"))] {
        let id = transaction(&authorize_url(&sandbox, &[("prompt", prompt)])).await;
        let pick = [("transaction", id.as_str()), ("account", account)];
        let page = click(&sandbox, &pick).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Permissions requested"));
        assert!(page.text.contains("offline_access"));
        let accept = [pick[0], pick[1], ("decision", "accept")];
        let answer = click(&sandbox, &accept).await;
        assert!(brought_back(answer.header("location")).contains_key("code"));
    }
}

#[tokio::test]
async fn whoever_cancels_denies_access() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    for account in ["", "carl", "ada"] {
        let cancel = [
            ("transaction", id.as_str()),
            ("account", account),
            ("decision", "cancel"),
        ];
        let answer = click(&sandbox, &cancel).await;
        let back = brought_back(answer.header("location"));
        assert_eq!(back["error_subcode"], "cancel");
        let expected = ("access_denied".to_owned(), "AADSTS65004".to_owned());
        assert_eq!(told(&answer), expected);
    }
}

#[tokio::test]
async fn an_expired_password_is_shown_and_leads_back_to_the_picker() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    for decision in ["", "accept"] {
        let pick = [
            ("transaction", id.as_str()),
            ("account", "pia"),
            ("decision", decision),
        ];
        let page = click(&sandbox, &pick).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("AADSTS50055"));
        assert!(page.headers.get("location").is_none());
    }
    let back = [("transaction", id.as_str()), ("decision", "back")];
    let page = click(&sandbox, &back).await;
    assert!(page.text.contains("Pick an account") && page.text.contains(&id));
    let refused = sandbox.authorize(&authorize_url(&sandbox, &[]), Person::Pia);
    assert_eq!(refused.unwrap_err().aadsts, Some(50_055));
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
