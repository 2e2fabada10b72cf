//! The authorization code grant.

use super::*;

#[tokio::test]
async fn a_code_with_its_verifier_returns_all_three_tokens() {
    let provider = OidcProvider::start();
    let url = authorize_url(&provider, &provider.confidential(), REDIRECT_URI, &[]);
    let back = sign_in_over_http(&url).await;
    assert!(back.as_str().starts_with(REDIRECT_URI), "{back}");
    assert_eq!(parameter(&back, "state").unwrap(), "state-1");
    // RFC 9207: the response names its issuer.
    assert_eq!(parameter(&back, "iss").unwrap(), provider.issuer());

    let code = SecretString::from(parameter(&back, "code").unwrap());
    let grant = exchange(provider.confidential(), code, VERIFIER, REDIRECT_URI);
    let held = Held::new(&provider, grant);
    let token = held.source.token().await.unwrap();
    assert_eq!(token.scopes(), ["api:read"]);
    let claims = token.id_token().unwrap().unverified_claims().unwrap();
    assert_eq!(claims["sub"], "person-1");
    assert_eq!(claims["iss"], provider.issuer());
    assert!(held.refresh_token().await.is_some());
}

#[tokio::test]
async fn a_public_application_exchanges_its_code_at_any_loopback_port() {
    let provider = OidcProvider::start();
    for redirect_uri in [
        "http://localhost:49152/callback",
        "http://127.0.0.1:49153/callback",
        "http://127.0.0.1:49154",
    ] {
        let code = code(&provider, &provider.public(), redirect_uri).await;
        let grant = exchange(provider.public(), code, VERIFIER, redirect_uri);
        Held::new(&provider, grant).token().await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_verifier_or_redirect_uri_is_rejected_and_requires_a_sign_in() {
    let provider = OidcProvider::start();
    let other_verifier = VERIFIER.replace('d', "e");
    for (verifier, redirect_uri) in [
        (other_verifier.as_str(), REDIRECT_URI),
        (VERIFIER, "http://localhost/"),
    ] {
        let code = code(&provider, &provider.confidential(), REDIRECT_URI).await;
        let grant = exchange(provider.confidential(), code, verifier, redirect_uri);
        let error = Held::new(&provider, grant).token().await.unwrap_err();
        assert!(error.needs_sign_in(), "{error}");
        assert_eq!(error.error_response().unwrap().error, "invalid_grant");
        assert!(error.to_string().contains("Sign in again"), "{error}");
    }
}

#[tokio::test]
async fn a_code_is_single_use_and_its_reuse_ends_the_sign_in() {
    let provider = OidcProvider::start();
    let grant = signed_in(&provider).await;
    let first = Held::new(&provider, grant.clone());
    first.token().await.unwrap();

    let error = Held::new(&provider, grant).token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert!(error.to_string().contains("exchanged once"), "{error}");

    // RFC 6749 §4.1.2: the tokens that were issued for the code are revoked too.
    first.clock.advance(LATER);
    let error = first.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
}

#[tokio::test]
async fn a_declined_authorization_redirects_without_a_code() {
    let provider = OidcProvider::start();
    let decline = [("login_hint", "deny")];
    let url = authorize_url(&provider, &provider.confidential(), REDIRECT_URI, &decline);
    let back = sign_in_over_http(&url).await;
    assert_eq!(parameter(&back, "error").unwrap(), "access_denied");
    assert_eq!(parameter(&back, "state").unwrap(), "state-1");
    assert_eq!(parameter(&back, "iss").unwrap(), provider.issuer());
    assert_eq!(parameter(&back, "code"), None);
}
