//! Lines 25 to 29: calls, and the output about them.

use super::*;
use crate::raw_server::{KEY, RawServer, TOKEN};

#[tokio::test]
async fn checklist_25_a_redirect_to_another_origin_sends_nothing_there() {
    let server = RawServer::start().await;
    let elsewhere = RawServer::start().await;
    let client = server.builder().build().unwrap();
    let port = elsewhere.url().rsplit(':').next().unwrap();
    let places = [
        format!("{}/assets/v3/?sign=in", elsewhere.url()),
        elsewhere.url().replace("http:", ""),
        format!("http://localhost:{port}/assets/v3/"),
        format!("http://127.0.0.1@127.0.0.1:{port}/"),
    ];
    for status in [301, 302, 303, 307, 308] {
        for place in &places {
            server.queue_http(status, &format!("location: {place}\r\n"), "");
            let error = client.assets_list().send().await.unwrap_err();
            assert_eq!(error.status().unwrap(), status);
            let text = format!("{error} {error:?} {error:#}");
            assert!(text.contains("is not followed"), "{text}");
            assert!(!text.contains("sign=in"), "the origin only: {text}");
            for secret in [TOKEN, KEY] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
    assert_eq!(server.requests().len(), 20);
    assert_eq!(elsewhere.connections(), 0, "no connection was opened");
}

#[tokio::test]
async fn checklist_26_a_hundred_concurrent_401s_cause_one_renewal() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    client.sites_list().send().await.unwrap();
    sandbox.revoke_tokens();
    sandbox.log().clear();
    let hold = sandbox.hold(Endpoint::Api);
    support::calls_at_once(&client, 100, hold, 100).await;
    assert_eq!(sandbox.log().token_requests().len(), 1);
    assert_eq!(sandbox.log().api_requests().len(), 200);
}

#[tokio::test]
async fn checklist_26_a_late_401_for_an_old_token_does_not_evict_the_new_one() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let old = source.token().await.unwrap();
    assert!(source.reject(&old));
    let new = source.token().await.unwrap();
    assert!(source.reject(&old), "another token may be had: the new one");
    assert_eq!(
        source.token().await.unwrap().authorization(),
        new.authorization()
    );
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn checklist_26_a_wrong_key_does_not_fetch_one_token_per_call() {
    let sandbox = support::sandbox().await;
    let client = support::builder(&sandbox, &[("PERSPIO_SUBSCRIPTION_KEY", "wrong")])
        .build()
        .unwrap();
    for _ in 0..20 {
        let error = client.assets_list().send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), 401);
        assert!(error.to_string().contains("The token is fresh"), "{error}");
    }
    assert_eq!(sandbox.log().token_requests().len(), 2);
    assert_eq!(sandbox.log().api_requests().len(), 21);
}

#[tokio::test]
async fn checklist_27_a_claims_challenge_reaches_the_caller_with_its_claims() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    // {"access_token":{"nbf":{"essential":true}}}
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==";
    let challenge = format!(r#"Bearer error="insufficient_claims", claims="{claims}""#);
    sandbox.queue_fault(
        Endpoint::Api,
        Fault::status(401).header("www-authenticate", &challenge),
    );
    let error = client.assets_list().send().await.unwrap_err();
    let perspio::Error::Auth(error) = error else {
        panic!("{error}")
    };
    assert!(error.needs_sign_in());
    assert!(
        error
            .to_string()
            .contains(r#"{"access_token":{"nbf":{"essential":true}}}"#),
        "{error}"
    );
    assert_eq!(
        sandbox.log().api_requests().len(),
        1,
        "the same token would fare no better"
    );
}

#[tokio::test]
async fn checklist_29_no_secret_shows_in_traces_of_any_level() {
    let sandbox = support::sandbox().await;
    let traces = support::Traces::record();
    let client = support::client(&sandbox);
    client.assets_list().send().await.unwrap();
    sandbox.revoke_tokens();
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    client.assets_list().send().await.unwrap_err();
    sandbox.queue_fault(
        Endpoint::Token,
        token_response("canary-access", "canary-refresh"),
    );
    let source = TokenSource::new(
        &support::profile(&sandbox),
        stored_sign_in(&sandbox, "canary-given"),
    )
    .unwrap();
    source.token().await.unwrap();
    let text = traces.text();
    assert!(text.contains("token obtained"), "the traces were taken");
    let sent = sandbox.log().api_requests();
    let token = sent[0]
        .header("authorization")
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    let secrets = [
        token.as_str(),
        "canary",
        sandbox.client_secret(),
        sandbox.subscription_key(),
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} shows in the traces");
    }
}
