mod authorize;
mod clicks;
mod code;
mod device;
mod discovery;
mod dispogas;
mod refresh;
mod sign_out;

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::Sandbox;
use crate::testing::sign_in::{Change, brought_back, changed};
use crate::testing::{Answer, FORM, form, good_parameters, http, token_request};

async fn ask(sandbox: &Sandbox, changes: &[Change<'_>]) -> Answer {
    let parameters = changed(good_parameters(sandbox), changes);
    Answer::to(token_request(sandbox, &parameters)).await
}

/// Status, OAuth error and AADSTS code, after a look at all else an Entra error holds.
fn verdict(answer: &Answer) -> (u16, String, u64) {
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 7, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let code = body["error_codes"][0].as_u64().unwrap();
    assert_eq!(body["error_codes"].as_array().unwrap().len(), 1);
    let (description, trace) = (text("error_description"), text("trace_id"));
    assert!(Uuid::parse_str(&trace).is_ok());
    assert!(Uuid::parse_str(&text("correlation_id")).is_ok());
    assert!(description.starts_with(&format!("AADSTS{code}: ")));
    let at = text("timestamp");
    assert_eq!((at.len(), &at[10..11], &at[19..]), (20, " ", "Z"));
    let end = format!(
        " Trace ID: {trace} Correlation ID: {} Timestamp: {}",
        text("correlation_id"),
        at.replace(' ', "T")
    );
    assert!(description.ends_with(&end), "{description}");
    assert!(text("error_uri").ends_with(&format!("?code={code}")));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    (answer.status, text("error"), code)
}

fn refused(status: u16, error: &str, code: u64) -> (u16, String, u64) {
    (status, error.to_owned(), code)
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
async fn good_credentials_get_a_bearer_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = ask(&sandbox, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let Value::Object(body) = answer.json() else {
        panic!("no object")
    };
    let names: Vec<_> = body.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 4);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["ext_expires_in"], 3599);
    let token = body["access_token"].as_str().unwrap();
    let now = sandbox.shared().clock.unix_seconds();
    assert!(sandbox.shared().issuer.judge(token, now).is_ok());
}

#[tokio::test]
async fn the_lifetime_of_a_token_can_be_chosen() {
    let builder = Sandbox::builder().token_lifetime(Duration::from_secs(42));
    let sandbox = builder.start().await.unwrap();
    let body = ask(&sandbox, &[]).await.json();
    assert_eq!(body["expires_in"], 42);
    assert_eq!(body["ext_expires_in"], 42);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_request_is_told_as_entra_tells_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let cases: [(Change<'_>, _); 14] = [
        (
            ("client_secret", Some("wrong")),
            refused(401, "invalid_client", 7_000_215),
        ),
        (
            ("client_secret", None),
            refused(401, "invalid_client", 7_000_218),
        ),
        (
            ("client_secret", Some("")),
            refused(401, "invalid_client", 7_000_218),
        ),
        (
            ("client_id", Some("5a4db0c5-0000-4000-8000-00000000ffff")),
            refused(400, "unauthorized_client", 700_016),
        ),
        (
            ("client_id", None),
            refused(400, "invalid_request", 900_144),
        ),
        (
            ("scope", Some("api://perspiotalk/access_as_user")),
            refused(400, "invalid_scope", 1_002_012),
        ),
        (
            (
                "scope",
                Some("api://perspiotalk/.default api://other/.default"),
            ),
            refused(400, "invalid_scope", 1_002_012),
        ),
        (
            ("scope", Some("api://perspiotalk/.default offline_access")),
            refused(400, "invalid_scope", 1_002_012),
        ),
        (
            ("scope", Some("https://graph.microsoft.com/.default")),
            refused(400, "invalid_resource", 500_011),
        ),
        (("scope", None), refused(400, "invalid_request", 900_144)),
        (
            ("grant_type", Some("password")),
            refused(400, "unsupported_grant_type", 70_003),
        ),
        (
            ("grant_type", None),
            refused(400, "invalid_request", 900_144),
        ),
        (
            ("grant_type", Some("")),
            refused(400, "invalid_request", 900_144),
        ),
        (
            ("scope", Some("api%3A%2F%2Fperspiotalk%2F.default")),
            refused(400, "invalid_scope", 1_002_012),
        ),
    ];
    for (change, expected) in cases {
        let answer = ask(&sandbox, &[change]).await;
        assert_eq!(verdict(&answer), expected, "{change:?}");
    }
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let sandbox = Sandbox::start().await.unwrap();
    for name in ["grant_type", "client_id", "scope"] {
        let answer = ask(&sandbox, &[(name, None)]).await;
        let description = answer.json()["error_description"].to_string();
        assert!(description.contains(&format!("'{name}'")), "{description}");
    }
}

#[tokio::test]
async fn a_parameter_sent_twice_is_refused_even_if_both_are_good() {
    let sandbox = Sandbox::start().await.unwrap();
    for repeated in good_parameters(&sandbox) {
        let mut parameters = good_parameters(&sandbox);
        parameters.push(repeated);
        let answer = Answer::to(token_request(&sandbox, &parameters)).await;
        assert_eq!(verdict(&answer), refused(400, "invalid_request", 900_144));
    }
}

#[tokio::test]
async fn another_directory_is_not_found() {
    let sandbox = Sandbox::start().await.unwrap();
    for directory in ["7d548d61-6361-4a6e-85e6-509e2c05d05e", "common", "%ff"] {
        let url = format!("{}/{directory}/oauth2/v2.0/token", sandbox.base_url());
        let request = http().post(url).header("Content-Type", FORM);
        let answer = Answer::to(request.body(form(&good_parameters(&sandbox)))).await;
        assert_eq!(verdict(&answer), refused(400, "invalid_request", 90_002));
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/oauth2/v2.0/token", sandbox.authority());
    for content_type in [None, Some("application/json"), Some("text/plain")] {
        let mut request = http().post(&url).body(form(&good_parameters(&sandbox)));
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let answer = Answer::to(request).await;
        assert_eq!(verdict(&answer), refused(400, "invalid_request", 900_561));
    }
}

#[tokio::test]
async fn a_form_with_a_charset_is_a_form() {
    let sandbox = Sandbox::start().await.unwrap();
    let request = http()
        .post(format!("{}/oauth2/v2.0/token", sandbox.authority()))
        .header(
            "Content-Type",
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        )
        .body(form(&good_parameters(&sandbox)));
    assert_eq!(Answer::to(request).await.status, 200);
}

#[tokio::test]
async fn the_token_endpoint_takes_only_post() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/oauth2/v2.0/token", sandbox.authority());
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = Answer::to(http().request(method, &url)).await;
        assert_eq!(verdict(&answer), refused(405, "invalid_request", 900_561));
        assert_eq!(answer.header("allow"), "POST");
    }
}

#[tokio::test]
async fn a_secret_in_a_basic_header_counts_for_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut parameters = good_parameters(&sandbox);
    parameters.retain(|(name, _)| *name != "client_secret");
    let request = token_request(&sandbox, &parameters)
        .basic_auth(sandbox.client_id(), Some(sandbox.client_secret()));
    let answer = Answer::to(request).await;
    assert_eq!(verdict(&answer), refused(401, "invalid_client", 7_000_218));
}

#[tokio::test]
async fn nothing_that_was_sent_comes_back_in_an_error() {
    let sandbox = Sandbox::start().await.unwrap();
    let canary = "canary-5f1d0c";
    for name in ["client_id", "client_secret", "scope", "grant_type", canary] {
        let answer = ask(&sandbox, &[(name, Some(canary)), ("scope", Some(canary))]).await;
        assert!(answer.status >= 400, "{name}");
        assert!(!answer.text.contains(canary), "{}", answer.text);
        assert!(!answer.text.contains(sandbox.client_secret()), "{name}");
    }
}

#[tokio::test]
async fn an_error_is_dated_by_the_sandboxs_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    let years = Duration::from_secs(400 * 365 * 86_400);
    sandbox.clock().advance(years);
    let answer = ask(&sandbox, &[("scope", None)]).await;
    let timestamp = answer.json()["timestamp"].as_str().unwrap().to_owned();
    assert!(timestamp.as_str() > "2400", "{timestamp}");
}
