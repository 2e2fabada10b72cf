//! The client credentials grant.

use super::*;

#[tokio::test]
async fn an_application_gets_a_token_for_the_requested_scope() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, ClientCredentials::new(provider.confidential()));
    let token = held.source.token().await.unwrap();
    assert_eq!(token.scopes(), ["api:read"]);
    assert!(token.id_token().is_none());
    assert!(held.refresh_token().await.is_none());
    // An application requests a new one.
    held.clock.advance(LATER);
    assert_ne!(held.token().await.unwrap(), token.expose_secret());
    assert_eq!(provider.token_requests().await, 2);
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_application_are_configuration_errors() {
    let provider = OidcProvider::start();
    let client_id = provider.confidential().client_id().to_owned();
    for application in [
        Application::confidential(client_id, "canary"),
        Application::confidential("unknown", "canary"),
    ] {
        let held = Held::new(&provider, ClientCredentials::new(application));
        let error = held.token().await.unwrap_err();
        assert!(error.is_configuration() && !error.is_transient(), "{error}");
        assert_eq!(error.error_response().unwrap().error, "invalid_client");
        assert!(error.to_string().contains("Check the client id"), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}
