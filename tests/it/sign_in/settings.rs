//! The settings of a sign-in take effect.

use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::{AuthorizationRequest, Prompt};

use super::*;
use crate::token_events::TokenEvents;

#[tokio::test]
async fn checklist_07_the_port_is_listened_on_before_the_browser_opens() {
    let sandbox = support::sandbox().await;
    let (sender, mut reached) = mpsc::unbounded_channel();
    let sign_in = sign_in(&sandbox).opener(move |url| {
        let (_, redirect_uri) = url
            .query_pairs()
            .find(|(name, _)| name == "redirect_uri")
            .unwrap();
        let port = Url::parse(&redirect_uri).unwrap().port().unwrap();
        sender
            .send(TcpStream::connect(("127.0.0.1", port)).is_ok())
            .unwrap();
        Ok(())
    });
    let profile = support::profile(&sandbox);
    let outcome = tokio::spawn(async move { sign_in.run(&profile).await });
    assert!(reached.recv().await.unwrap());
    outcome.abort();
}

#[tokio::test]
async fn a_browser_opener_that_blocks_delays_nothing_else() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (sender, mut opened) = mpsc::unbounded_channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let ended = Mutex::new(ended);
    let sign_in = sign_in(&sandbox).opener(move |url| {
        sender.send(url.clone()).unwrap();
        // Like a browser in a terminal, which runs until the user quits it.
        let _ = ended.lock().unwrap().recv();
        Ok(())
    });
    let profile = support::profile(&sandbox);
    let outcome = tokio::spawn(async move { sign_in.run(&profile).await });
    let url = opened.recv().await.unwrap();
    let opened = Opened { outcome, url };
    visit(opened.redirect(&[("code", "c")])).await;
    opened.finish().await.unwrap();
    drop(end);
}

#[tokio::test]
async fn prompt_hint_and_claims_are_in_the_addresses_of_both_sign_ins() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let browser = sign_in(&sandbox)
        .prompt(Prompt::Login)
        .login_hint("ada")
        .claims("{}");
    let opened = Opened::new(browser, &profile).await;
    let paste = SignIn::paste(support::application(&sandbox))
        .redirect_uri("https://app.example/back")
        .prompt(Prompt::Consent)
        .login_hint("ada")
        .claims("{}");
    let attempt = paste.begin(&profile).await.unwrap();
    let query = |url: &Url, name: &str| {
        let (_, value) = url.query_pairs().find(|(known, _)| known == name).unwrap();
        value.into_owned()
    };
    for url in [&opened.url, &attempt.url()] {
        assert_eq!(
            (query(url, "login_hint"), query(url, "claims")),
            ("ada".into(), "{}".into())
        );
    }
    assert_eq!(query(&opened.url, "prompt"), "login");
    assert_eq!(query(&attempt.url(), "prompt"), "consent");
    assert_eq!(
        query(&attempt.url(), "redirect_uri"),
        "https://app.example/back"
    );
    opened.outcome.abort();
}

#[tokio::test]
async fn claims_reach_the_device_flow_and_anything_but_an_object_is_rejected_first() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let application = support::application(&sandbox);
    let device = SignIn::device(application.clone()).claims(r#"{"access_token":{}}"#);
    device.begin(&profile).await.unwrap();
    let requests = sandbox.log().requests();
    let form: std::collections::HashMap<_, _> = url::form_urlencoded::parse(&requests[0].body)
        .into_owned()
        .collect();
    assert_eq!(form["claims"], r#"{"access_token":{}}"#);
    for claims in ["", "[]", "null", "{", "e30="] {
        let device = SignIn::device(application.clone()).claims(claims);
        let paste = SignIn::paste(application.clone()).claims(claims);
        let browser = sign_in(&sandbox).claims(claims);
        let request =
            AuthorizationRequest::new(&profile, application.clone(), "http://localhost").unwrap();
        for error in [
            device.begin(&profile).await.unwrap_err(),
            paste.begin(&profile).await.unwrap_err(),
            browser.run(&profile).await.unwrap_err(),
            request.claims(claims).unwrap_err(),
        ] {
            assert!(error.is_configuration(), "{claims}: {error}");
        }
    }
    assert_eq!(sandbox.log().requests().len(), 1);
}

#[tokio::test]
async fn a_shorter_time_ends_the_sign_in_sooner() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let sign_in = sign_in(&sandbox)
        .clock(Arc::new(clock.clone()))
        .timeout(Duration::from_secs(7));
    let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
    clock.sleeps(1).await;
    clock.advance(Duration::from_secs(7));
    let error = opened.finish().await.unwrap_err();
    assert!(
        matches!(error, Error::SignInTimedOut { after, .. } if after.as_secs() == 7),
        "{error}"
    );
}

#[tokio::test]
async fn observers_are_notified_of_the_sign_in_and_of_its_renewal() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let events = Arc::new(TokenEvents::default());
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let sign_in = sign_in(&sandbox)
        .clock(Arc::new(clock.clone()))
        .observer(events.clone());
    let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
    visit(opened.redirect(&[("code", "c")])).await;
    let source = opened.finish().await.unwrap();
    assert_eq!(events.all(), ["renewed"]);
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    clock.advance(Duration::from_secs(3600));
    source.token().await.unwrap();
    assert_eq!(events.all(), ["renewed", "renewed"]);
}
