//! Sign-ins with the browser of this machine.

use std::fmt::Write;
use std::sync::Arc;

use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::MemoryStore;
use perspio_auth::{
    AuthorizationRequest, LoopbackRedirect, Prompt, ResponseMode, Scopes, StoredSignIn, TokenStore,
};
use perspio_sandbox::{RecordedRequest, UserAccess};

use super::*;

/// Returns the authorization request with placeholders for the values that are generated
/// for each attempt.
fn shape(url: &Url) -> String {
    let mut text = url.as_str().replace(['?', '&'], "\n&");
    let made_up: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| ["state", "code_challenge", "nonce"].contains(&&**name))
        .map(|(name, value)| (format!("{name}={value}"), format!("{name}=[{name}]")))
        .collect();
    for (value, name) in made_up {
        text = text.replace(&value, &name);
    }
    text
}

fn snapshot(name: &str, url: &Url) {
    support::snapshot_text(name, &shape(url));
}

#[tokio::test]
async fn the_authorization_request_matches_the_documentation_plus_pkce() {
    let sandbox = support::sandbox().await;
    let application = || perspio_auth::Application::confidential("the-client-id", "secret");
    let request = |profile: &Profile| {
        AuthorizationRequest::new(profile, application(), "http://localhost").unwrap()
    };
    snapshot("authorize_perspiotalk", &request(&perspio::profile()).url());
    let api = support::address("https://gas.example/api");
    let dispogas = dispogas::profile(api, "directory", "tenancy-1").unwrap();
    snapshot("authorize_dispogas", &request(&dispogas).url());
    let profile = perspio::profile().with_scopes(Scopes::uniform(["openid", "api"]));
    let everything = request(&profile)
        .prompt(Prompt::Login)
        .login_hint("ada+1@norlund.example")
        .claims(r#"{"access_token":{"acrs":{"essential":true}}}"#)
        .unwrap()
        .response_mode(ResponseMode::FormPost);
    snapshot("authorize_every_setting", &everything.url());
    drop(sandbox);
}

#[tokio::test]
async fn one_call_opens_the_browser_and_exchanges_the_code() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let opened = Opened::new(sign_in(&sandbox), &profile).await;
    assert_eq!(opened.url.origin(), profile.authorize_url().url().origin());
    let page = visit(opened.redirect(&[("code", "the-code"), ("session_state", "s")])).await;
    for part in [
        "Signed in to PerspioTalk",
        "Ada",
        sandbox.client_id(),
        sandbox.tenant_id(),
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    let redirect_uri = opened.parameter("redirect_uri");
    let source = opened.finish().await.unwrap();
    let token = source.token().await.unwrap();
    assert_eq!(token.authorization(), "Bearer canary-access");
    let requests = sandbox.log().token_requests();
    assert_eq!(requests.len(), 1, "the first token needs no second request");
    let form = form(&requests[0]);
    assert_eq!(form["redirect_uri"], redirect_uri);
    assert_eq!(form["code"], "the-code");
    // The port is closed.
    let url = Url::parse(&redirect_uri).unwrap();
    assert!(
        support::local_client()
            .get(url)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
}

pub(crate) fn form(request: &RecordedRequest) -> HashMap<String, String> {
    let text = String::from_utf8(request.body.clone()).unwrap();
    let url = Url::parse(&format!("http://form/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn checklist_06_the_redirect_uri_of_the_token_request_is_identical() {
    for redirect in [
        LoopbackRedirect::localhost(),
        LoopbackRedirect::ipv4(),
        LoopbackRedirect::localhost().path("/").unwrap(),
        LoopbackRedirect::localhost().path("/call/back%20").unwrap(),
    ] {
        let sandbox = support::sandbox().await;
        queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
        let sign_in = sign_in(&sandbox).redirect(redirect);
        let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
        visit(opened.redirect(&[("code", "c")])).await;
        let requested = opened.parameter("redirect_uri");
        opened.finish().await.unwrap();
        assert_eq!(
            form(&sandbox.log().token_requests()[0])["redirect_uri"],
            requested
        );
    }
}

#[tokio::test]
async fn a_form_post_delivers_the_code() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let sign_in = sign_in(&sandbox).response_mode(ResponseMode::FormPost);
    let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
    let redirect = opened.redirect(&[("code", "c")]);
    let form = redirect.query().unwrap().to_owned();
    let mut target = redirect;
    target.set_query(None);
    let response = support::local_client()
        .post(target.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.status(),
        303,
        "a GET fetches the result, not the form again"
    );
    let result = response.headers()["location"].to_str().unwrap();
    let result = target.join(result).unwrap();
    support::local_client().get(result).send().await.unwrap();
    opened.finish().await.unwrap();
}

#[tokio::test]
async fn a_declined_consent_is_reported_to_the_user_and_the_caller() {
    let sandbox = support::sandbox().await;
    let opened = Opened::new(sign_in(&sandbox), &support::profile(&sandbox)).await;
    let redirect = opened.redirect(&[
        ("error", "access_denied"),
        ("error_subcode", "cancel"),
        (
            "error_description",
            "AADSTS65004: User declined.\r\nTrace ID: t-1\r\nCorrelation ID: <b>c-1\r\nTimestamp: x",
        ),
    ]);
    let page = visit(redirect).await;
    for part in [
        "did not work",
        "AADSTS65004",
        "t-1",
        "&lt;b&gt;c-1",
        "accept",
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    let error = opened.finish().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert!(sandbox.log().token_requests().is_empty());
}

#[tokio::test]
async fn a_rejected_code_is_reported_to_the_user_and_the_caller() {
    let sandbox = support::sandbox().await;
    let rejection = r#"{"error":"invalid_grant","error_codes":[70008],"trace_id":"t-2",
        "error_description":"AADSTS70008: The code has expired."}"#;
    queue_token_response(&sandbox, 400, rejection);
    let opened = Opened::new(sign_in(&sandbox), &support::profile(&sandbox)).await;
    let page = visit(opened.redirect(&[("code", "canary-code")])).await;
    let error = opened.finish().await.unwrap_err().to_string();
    for text in [&page, &error] {
        assert!(
            text.contains("AADSTS70008") && text.contains("60 s"),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn a_malformed_token_response_ends_the_sign_in_with_a_typed_error() {
    for fault in [
        Fault::html(200),
        Fault::html(502),
        Fault::cut(),
        Fault::status(200),
        Fault::status(200).body("application/json", r#"{"access_token":"canary"#),
        Fault::status(302),
        Fault::status(429).header("retry-after", "70"),
    ] {
        let sandbox = support::sandbox().await;
        sandbox.queue_fault(Endpoint::Token, fault);
        let opened = Opened::new(sign_in(&sandbox), &support::profile(&sandbox)).await;
        let page = visit(opened.redirect(&[("code", "canary-code")])).await;
        assert!(page.contains("did not work"), "{page}");
        let error = opened.finish().await.unwrap_err();
        assert!(
            error.error_response().is_none(),
            "not an OAuth error: {error}"
        );
        assert!(
            !format!("{page} {error} {error:?}").contains("canary"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn checklist_08_two_concurrent_sign_ins_do_not_interfere() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let one = Opened::new(sign_in(&sandbox), &profile).await;
    let other = Opened::new(sign_in(&sandbox), &profile).await;
    // A response to one attempt is rejected at the port of the other.
    let mut crossed = one.redirect(&[("code", "c")]);
    let port = Url::parse(&other.parameter("redirect_uri")).unwrap().port();
    crossed.set_port(port).unwrap();
    assert_eq!(
        support::local_client()
            .get(crossed)
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
    visit(other.redirect(&[("code", "c2")])).await;
    visit(one.redirect(&[("code", "c1")])).await;
    one.finish().await.unwrap();
    other.finish().await.unwrap();
}

#[tokio::test]
async fn checklist_05_an_id_token_without_the_nonce_of_this_sign_in_is_rejected() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox).with_scopes(Scopes::uniform([
        "openid",
        "api://perspiotalk/access_as_user",
    ]));
    for id_token in ["", r#","id_token":"e30.eyJub25jZSI6Im90aGVyIn0.c""#] {
        let response = format!(r#"{{"access_token":"t","token_type":"Bearer"{id_token}}}"#);
        queue_token_response(&sandbox, 200, &response);
        let opened = Opened::new(sign_in(&sandbox), &profile).await;
        visit(opened.redirect(&[("code", "c")])).await;
        let error = opened.finish().await.unwrap_err().to_string();
        assert!(error.contains("nonce"), "{error}");
    }
}

#[tokio::test]
async fn a_sign_in_replaces_the_stored_one_and_another_source_uses_it() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    for access in ["first", "second"] {
        let response = DOCUMENTED_RESPONSE.replace("canary-access", access);
        queue_token_response(&sandbox, 200, &response);
        let opened = Opened::new(sign_in(&sandbox).store(store.clone()), &profile).await;
        visit(opened.redirect(&[("code", access)])).await;
        opened.finish().await.unwrap();
        let credential = StoredSignIn::new(support::application(&sandbox));
        let source = TokenSource::builder(&profile, credential).store(store.clone());
        let source = source.build().unwrap();
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), &format!("Bearer {access}"));
        let stored = store.read(source.key()).await.unwrap().unwrap().record;
        let refresh = stored.refresh_token.unwrap();
        assert_eq!(refresh.expose_secret(), "canary-refresh");
        assert!(
            stored
                .redirect_uri
                .unwrap()
                .starts_with("http://localhost:")
        );
    }
}

#[tokio::test]
async fn without_a_stored_sign_in_the_error_says_to_sign_in_first() {
    let sandbox = support::sandbox().await;
    let credential = StoredSignIn::new(support::application(&sandbox));
    let source = TokenSource::new(&support::profile(&sandbox), credential).unwrap();
    let error = source.token().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.to_string().contains("sign in first"),
        "{error}"
    );
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_client_of_a_sign_in_can_write() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let token = sandbox.user_token(UserAccess::ReadWrite);
    queue_token_response(
        &sandbox,
        200,
        &DOCUMENTED_RESPONSE.replace("canary-access", &token),
    );
    let opened = Opened::new(sign_in(&sandbox), &profile).await;
    visit(opened.redirect(&[("code", "c")])).await;
    let source = opened.finish().await.unwrap();
    let client = support::builder(&sandbox, &[])
        .token_source(source)
        .build()
        .unwrap();
    let change = client.assets_update().id("IN-000001");
    let change = change.body_map(|body| body.description(perspio::Nullable::from("new")));
    change.send().await.unwrap();
}

#[tokio::test]
async fn without_a_browser_the_address_is_reported_or_the_error_has_advice() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let fails = |_: &Url| Err(std::io::Error::other("there is none"));
    let error = sign_in(&sandbox)
        .opener(fails)
        .run(&profile)
        .await
        .unwrap_err();
    assert!(
        error.is_configuration() && error.to_string().contains("BROWSER"),
        "{error}"
    );

    let (reported, mut address) = mpsc::unbounded_channel();
    let sign_in = sign_in(&sandbox)
        .opener(fails)
        .on_url(move |url| reported.send(url.clone()).unwrap());
    let outcome = tokio::spawn(async move { sign_in.run(&profile).await });
    let url = address.recv().await.unwrap();
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    visit(Opened { outcome, url }.redirect(&[("code", "c")])).await;
}

#[tokio::test]
async fn checklist_29_no_code_verifier_state_or_token_shows_in_traces_debug_or_errors() {
    let traces = support::Traces::record();
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let sign_in = sign_in(&sandbox).store(store.clone());
    let mut seen = format!("{sign_in:?} {sign_in:#?}");
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let opened = Opened::new(sign_in, &profile).await;
    let state = opened.parameter("state");
    let mut strange = opened.redirect(&[("code", "canary-code")]);
    strange.set_query(Some("code=canary-code&state=canary-other"));
    support::local_client().get(strange).send().await.unwrap();
    seen += &visit(opened.redirect(&[("code", "canary-code")])).await;
    let source = opened.finish().await.unwrap();
    write!(seen, "{source:?} {source:#?} {store:?}").unwrap();
    let verifier = form(&sandbox.log().token_requests()[0])["code_verifier"].clone();
    let seen = format!("{seen} {}", traces.text());
    assert!(
        seen.contains("token obtained"),
        "traces are recorded: {seen}"
    );
    for secret in ["canary", &*state, &*verifier, sandbox.client_secret()] {
        assert!(!seen.contains(secret), "{secret} shows: {seen}");
    }
}
