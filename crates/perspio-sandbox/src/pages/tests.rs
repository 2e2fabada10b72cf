use crate::testing::sign_in::{
    Change, REDIRECT_URI, authorize_url, brought_back, click, transaction,
};
use crate::testing::{Answer, http};
use crate::{Person, Sandbox};

const EVIL: &str = "\"><script>alert(1)</script>";

async fn open(sandbox: &Sandbox, changes: &[Change<'_>]) -> Answer {
    Answer::to(http().get(authorize_url(sandbox, changes))).await
}

/// What every page has, looked at; gives the policy.
fn policy(page: &Answer) -> &str {
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), value);
    }
    let text = &page.text;
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    assert!(text.contains("Perspio sandbox — made-up users, nothing here is real"));
    assert_eq!(text.matches("<h1>").count(), 1);
    // Nothing of another place, and nothing that the policy would stop.
    for forbidden in ["src=", "style=", "@import", "url(", " onclick"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    for part in ["base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    policy
}

#[tokio::test]
async fn every_page_is_whole_and_protected() {
    let sandbox = Sandbox::start().await.unwrap();
    let base = sandbox.base_url();
    for (path, scripts) in [("/", 1), ("/device", 0), ("/callback?code=a&state=b", 0)] {
        let page = Answer::to(http().get(format!("{base}{path}"))).await;
        assert_eq!(page.status, 200);
        assert!(policy(&page).contains("form-action 'self';"), "{path}");
        assert_eq!(page.text.matches("<script").count(), scripts, "{path}");
    }
    let rejected = open(&sandbox, &[("client_id", None)]).await;
    assert!(policy(&rejected).contains("form-action 'self';"));
}

#[tokio::test]
async fn the_forms_of_a_sign_in_may_lead_to_the_application_and_nowhere_else() {
    let sandbox = Sandbox::start().await.unwrap();
    let expected = "form-action 'self' http://localhost:5000;";
    let picker = open(&sandbox, &[]).await;
    assert!(policy(&picker).contains(expected));
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    for account in ["carl", "pia"] {
        let page = click(&sandbox, &[("transaction", &id), ("account", account)]).await;
        assert!(policy(&page).contains(expected), "{account}");
    }
}

#[tokio::test]
async fn the_policy_knows_the_stylesheet_that_is_sent() {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let sandbox = Sandbox::start().await.unwrap();
    let page = Answer::to(http().get(sandbox.base_url())).await;
    let start = page.text.find("<style>").unwrap() + "<style>".len();
    let style = &page.text[start..page.text.find("</style>").unwrap()];
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    assert!(policy(&page).contains(&format!("'sha256-{hash}'")));
}

#[tokio::test]
async fn everybody_can_be_picked_and_a_hint_marks_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let page = open(&sandbox, &[("login_hint", Some("Rosa@Sandbox.example"))]).await;
    for person in Person::ALL {
        assert!(page.text.contains(person.email()));
    }
    assert_eq!(page.text.matches(">suggested<").count(), 1);
    let marked = page.text.find("class=\"account hinted\"").unwrap();
    assert!(page.text[marked..].starts_with(
        "class=\"account hinted\" type=\"submit\" name=\"account\" value=\"rosa\" autofocus"
    ));
    let page = open(&sandbox, &[]).await;
    assert!(!page.text.contains("suggested"));
}

#[tokio::test]
async fn what_was_sent_is_shown_escaped_or_not_at_all() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut pages = Vec::new();
    for name in ["login_hint", "state", "nonce", "client_id", "redirect_uri"] {
        pages.push(open(&sandbox, &[(name, Some(EVIL))]).await);
    }
    let url = format!("{}/callback", sandbox.base_url());
    let query = [("code", EVIL), (EVIL, "a")];
    let query = crate::testing::form(&query);
    pages.push(Answer::to(http().get(format!("{url}?{query}"))).await);
    for page in &pages {
        policy(page);
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    assert!(pages[0].text.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn a_hostile_state_comes_back_as_it_was_and_breaks_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let state = "\"><script>\r\nLocation: https://evil.example/&code=x#";
    let url = authorize_url(&sandbox, &[("state", Some(state))]);
    let id = transaction(&url).await;
    let answer = click(&sandbox, &[("transaction", &id), ("account", "ada")]).await;
    assert_eq!(answer.status, 302);
    let back = brought_back(answer.header("location"));
    assert_eq!(back["state"], state);
    assert_ne!(back["code"], "x");
}

#[tokio::test]
async fn an_answer_by_form_is_a_page_that_submits_itself() {
    let sandbox = Sandbox::start().await.unwrap();
    let mode = ("response_mode", Some("form_post"));
    let url = authorize_url(&sandbox, &[mode, ("state", Some(EVIL))]);
    let id = transaction(&url).await;
    let page = click(&sandbox, &[("transaction", &id), ("account", "ada")]).await;
    assert_eq!(page.status, 200);
    assert!(page.headers.get("location").is_none());
    let policy = policy(&page);
    assert!(
        policy.contains("form-action http://localhost:5000;"),
        "{policy}"
    );
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap();
    let nonce = nonce.trim_end_matches('\'');
    let script = format!("<script nonce=\"{nonce}\">document.forms[0].submit();</script>");
    assert!(page.text.contains(&script));
    assert_eq!(page.text.matches("<script").count(), 1);
    let form = format!("<form method=\"post\" action=\"{REDIRECT_URI}\">");
    assert!(page.text.contains(&form));
    assert!(page.text.contains("name=\"code\" value=\"sandbox-code-"));
    assert!(
        page.text
            .contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;")
    );
    assert!(page.text.contains("<noscript>"));
    // Each page has a nonce of its own.
    let again = click(&sandbox, &[("transaction", &id), ("account", "ada")]).await;
    assert!(!again.text.contains(nonce));
}

#[tokio::test]
async fn an_error_by_form_is_such_a_page_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let mode = ("response_mode", Some("form_post"));
    let page = open(&sandbox, &[mode, ("prompt", Some("none"))]).await;
    assert_eq!(page.status, 200);
    assert!(policy(&page).contains("form-action http://localhost:5000;"));
    assert!(
        page.text
            .contains("name=\"error\" value=\"login_required\"")
    );
}

#[tokio::test]
async fn the_front_page_shows_the_environment_and_a_sign_in_that_works() {
    let sandbox = Sandbox::start().await.unwrap();
    let page = Answer::to(http().get(sandbox.base_url())).await;
    for (name, value) in sandbox.environment() {
        assert!(page.text.contains(&format!("export {name}={value}")));
    }
    let start = page.text.find("href=\"/5a4db0c5").unwrap() + "href=\"".len();
    let link = &page.text[start..];
    let link = link[..link.find('"').unwrap()].replace("&amp;", "&");
    let id = transaction(&format!("{}{link}", sandbox.base_url())).await;
    let answer = click(&sandbox, &[("transaction", &id), ("account", "ada")]).await;
    let back = answer.header("location");
    assert!(back.starts_with(&format!("{}/callback?code=", sandbox.base_url())));
    let page = Answer::to(http().get(back)).await;
    assert!(page.text.contains("A code has arrived"));
}

/// The page of `/callback` for these parameters.
async fn callback(sandbox: &Sandbox, parameters: &[(&str, &str)]) -> Answer {
    let query = crate::testing::form(parameters);
    Answer::to(http().get(format!("{}/callback?{query}", sandbox.base_url()))).await
}

#[tokio::test]
async fn an_error_at_the_callback_is_shown_with_what_to_do() {
    let sandbox = Sandbox::start().await.unwrap();
    let description = "AADSTS1: It failed.\r\nTrace ID: t-1";
    for (error, remedy) in [
        ("access_denied", "accept the requested permissions"),
        ("invalid_scope", "correct the parameter “scope”"),
        ("login_required", "as the description says"),
    ] {
        let parameters = [
            ("error", error),
            ("error_description", description),
            ("code", "a"),
        ];
        let page = callback(&sandbox, &parameters).await;
        assert_eq!(page.status, 200);
        policy(&page);
        for part in [
            "<h1>The sign-in failed</h1>",
            "<p class=\"alert\">AADSTS1: It failed.</p>",
            "Trace ID: t-1",
            error,
            remedy,
        ] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("exchange the code"));
    }
}

#[tokio::test]
async fn a_callback_without_code_and_error_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    for parameters in [&[][..], &[("state", "a")], &[("code", ""), ("error", "")]] {
        let page = callback(&sandbox, parameters).await;
        assert_eq!(page.status, 400);
        policy(&page);
        let title = "<h1>Neither a code nor an error</h1>";
        assert!(page.text.contains(title), "{}", page.text);
    }
}

#[tokio::test]
async fn the_picker_and_the_consent_name_the_application_and_the_api() {
    for (builder, scope, name) in [
        (
            Sandbox::builder(),
            "api://perspiotalk/access_as_user",
            "PerspioTalk",
        ),
        (
            Sandbox::builder().dispogas(),
            "api://5a4db0c5-0000-4000-8000-000000000002/default",
            "dispoGas",
        ),
    ] {
        let sandbox = builder.start().await.unwrap();
        let picker = open(&sandbox, &[("scope", Some(scope))]).await;
        let id = crate::testing::sign_in::transaction_in(&picker);
        let consent = click(&sandbox, &[("transaction", &id), ("account", "carl")]).await;
        for page in [&picker, &consent] {
            for part in ["Perspio sandbox application", sandbox.client_id()] {
                assert!(page.text.contains(part), "{part}: {}", page.text);
            }
        }
        for part in [scope, &format!("Use {name} as you")] {
            assert!(consent.text.contains(part), "{part}: {}", consent.text);
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_a_browser_and_json_otherwise() {
    let sandbox = Sandbox::start().await.unwrap();
    let html = "text/html,application/xhtml+xml,*/*;q=0.8";
    for (path, accept, is_page) in [
        ("/nowhere", Some(html), true),
        (
            "/5a4db0c5/oauth2/v2.0/nothing",
            Some("Text/HTML;q=0.9"),
            true,
        ),
        ("/nowhere", Some("*/*"), false),
        ("/nowhere", Some("application/json"), false),
        ("/nowhere", None, false),
        ("/things/v3/", Some(html), false),
    ] {
        let mut request = http().get(format!("{}{path}", sandbox.base_url()));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 404, "{path}, {accept:?}");
        if is_page {
            policy(&answer);
            assert!(answer.text.contains("<h1>Page not found</h1>"));
        } else {
            answer.problem();
        }
    }
}
