//! The complete sign-in, with its listener.

use perspio_auth::{Issuer, Profile, SignIn};

use super::*;
use crate::sign_in::{Opened, visit};

/// Returns the profile of the server, from its discovery document.
fn announced(provider: &OidcProvider) -> Profile {
    let issuer = Issuer::Announced(provider.issuer().to_owned());
    provider.profile().with_issuer(issuer)
}

#[tokio::test]
async fn the_whole_sign_in_works_with_an_announced_issuer_and_a_nonce() {
    let provider = OidcProvider::start();
    let clock = ManualClock::new();
    for application in [provider.confidential(), provider.public()] {
        let sign_in = SignIn::browser(application).clock(Arc::new(clock.clone()));
        let opened = Opened::new(sign_in, &announced(&provider)).await;
        let back = sign_in_over_http(&opened.url).await;
        assert!(
            parameter(&opened.url, "nonce").is_some(),
            "openid is requested"
        );
        let page = visit(back).await;
        assert!(page.contains("Signed in to"), "{page}");
        let source = opened.finish().await.unwrap();
        let first = source.token().await.unwrap();
        assert!(first.id_token().is_some());
        clock.advance(LATER);
        let second = source.token().await.unwrap();
        assert_ne!(first.expose_secret(), second.expose_secret());
        assert!(
            second.id_token().is_some(),
            "a renewal does not lose who signed in"
        );
    }
}

#[tokio::test]
async fn checklist_03_a_response_of_an_unexpected_issuer_is_rejected() {
    let provider = OidcProvider::start();
    let profile = provider
        .profile()
        .with_issuer(Issuer::Known("https://login.example".to_owned()));
    let opened = Opened::new(SignIn::browser(provider.confidential()), &profile).await;
    let page = visit(sign_in_over_http(&opened.url).await).await;
    assert!(page.contains("https://login.example"), "{page}");
    let error = opened.finish().await.unwrap_err();
    assert!(matches!(error, Error::SignInRejected { .. }), "{error}");
    assert_eq!(provider.token_requests().await, 0, "its code goes nowhere");
}

#[tokio::test]
async fn a_declined_sign_in_is_reported_to_the_user_and_the_caller() {
    let provider = OidcProvider::start();
    let sign_in = SignIn::browser(provider.confidential()).login_hint("deny");
    let opened = Opened::new(sign_in, &announced(&provider)).await;
    let page = visit(sign_in_over_http(&opened.url).await).await;
    assert!(
        page.contains("access_denied") && page.contains("accept"),
        "{page}"
    );
    assert!(opened.finish().await.unwrap_err().needs_sign_in());
}
