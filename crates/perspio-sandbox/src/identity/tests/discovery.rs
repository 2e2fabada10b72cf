//! What the identity server publishes, and that it is true.

use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, decode_header};
use serde_json::Value;

use super::{refused, verdict};
use crate::testing::sign_in::{code, exchange, refresh, sign_in};
use crate::testing::{Answer, http};
use crate::{Person, Sandbox};

async fn fetch(url: &str) -> Answer {
    Answer::to(http().get(url)).await
}

async fn configuration(sandbox: &Sandbox) -> Value {
    let url = format!(
        "{}/v2.0/.well-known/openid-configuration",
        sandbox.authority()
    );
    fetch(&url).await.json()
}

/// Verifies a token as a stranger would, with nothing but the published documents.
async fn verified(sandbox: &Sandbox, token: &str, audience: &str) -> Value {
    let configuration = configuration(sandbox).await;
    let keys = fetch(configuration["jwks_uri"].as_str().unwrap())
        .await
        .json();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == kid.as_str()).unwrap();
    assert_eq!(key["kty"], "RSA");
    assert_eq!(key["use"], "sig");
    let part = |name: &str| key[name].as_str().unwrap();
    let key = DecodingKey::from_rsa_components(part("n"), part("e")).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[configuration["issuer"].as_str().unwrap()]);
    let TokenData { claims, .. } = decode::<Value>(token, &key, &validation).unwrap();
    claims
}

#[tokio::test]
async fn the_document_names_every_endpoint() {
    let sandbox = Sandbox::start().await.unwrap();
    let document = configuration(&sandbox).await;
    let authority = sandbox.authority();
    assert_eq!(document["issuer"], format!("{authority}/v2.0"));
    for (name, path) in [
        ("authorization_endpoint", "oauth2/v2.0/authorize"),
        ("token_endpoint", "oauth2/v2.0/token"),
        ("device_authorization_endpoint", "oauth2/v2.0/devicecode"),
        ("end_session_endpoint", "oauth2/v2.0/logout"),
        ("jwks_uri", "discovery/v2.0/keys"),
    ] {
        assert_eq!(document[name], format!("{authority}/{path}"));
        let answer = fetch(document[name].as_str().unwrap()).await;
        assert_ne!(answer.status, 404, "{name}");
    }
    assert_eq!(document["code_challenge_methods_supported"][0], "S256");
    assert_eq!(document["response_types_supported"][0], "code");
    // Entra does not announce RFC 9207, and so its answers hold no `iss`.
    assert!(
        document
            .get("authorization_response_iss_parameter_supported")
            .is_none()
    );
}

#[tokio::test]
async fn the_document_names_the_grants_of_the_service() {
    for (builder, expected) in [(Sandbox::builder(), 4), (Sandbox::builder().dispogas(), 2)] {
        let sandbox = builder.start().await.unwrap();
        let document = configuration(&sandbox).await;
        let grants = document["grant_types_supported"].as_array().unwrap();
        assert_eq!(grants.len(), expected, "{grants:?}");
    }
}

#[tokio::test]
async fn another_directory_has_no_documents() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in [
        "v2.0/.well-known/openid-configuration",
        "discovery/v2.0/keys",
    ] {
        let url = format!("{}/common/{path}", sandbox.base_url());
        let answer = fetch(&url).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error_codes"][0], 90_002);
    }
}

#[tokio::test]
async fn access_and_id_token_are_verified_by_the_published_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = sign_in(&sandbox, Person::Ada).await;
    let text = |name: &str| tokens[name].as_str().unwrap();
    let access = verified(&sandbox, text("access_token"), "api://perspiotalk").await;
    assert_eq!(access["scp"], "access_as_user");
    assert_eq!(access["roles"][0], "ApiUser");
    let id = verified(&sandbox, text("id_token"), sandbox.client_id()).await;
    assert!(id["sub"].is_string() && id["tid"].is_string());
    assert!(id.get("nonce").is_none() && id.get("scp").is_none());
    assert_eq!(
        id["exp"].as_u64().unwrap() - id["iat"].as_u64().unwrap(),
        3599
    );
    for claims in [access, id] {
        assert_eq!(claims["oid"], Person::Ada.object_id());
        assert_eq!(claims["name"], Person::Ada.name());
        assert_eq!(claims["preferred_username"], Person::Ada.email());
    }
}

#[tokio::test]
async fn a_nonce_comes_back_in_the_id_token_of_the_sign_in_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let nonce = ("nonce", Some("n-0S6_WzA2Mj"));
    let code = code(&sandbox, Person::Ada, &[nonce]);
    let tokens = exchange(&sandbox, &code, &[]).await.json();
    let id_token = tokens["id_token"].as_str().unwrap();
    let claims = verified(&sandbox, id_token, sandbox.client_id()).await;
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let tokens = refresh(&sandbox, refresh_token, None).await.json();
    let id_token = tokens["id_token"].as_str().unwrap();
    let claims = verified(&sandbox, id_token, sandbox.client_id()).await;
    assert!(claims.get("nonce").is_none());
}

#[tokio::test]
async fn an_id_token_is_no_key_to_the_api() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = sign_in(&sandbox, Person::Ada).await;
    let id_token = tokens["id_token"].as_str().unwrap();
    let answer = crate::testing::get(&sandbox, "/sites/v3/", id_token).await;
    assert_eq!(answer.problem().0, 401);
}

#[tokio::test]
async fn a_grant_that_nobody_knows_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for grant in ["password", "implicit", "device_code"] {
        let answer = exchange(&sandbox, "a", &[("grant_type", Some(grant))]).await;
        assert_eq!(
            verdict(&answer),
            refused(400, "unsupported_grant_type", 70_003)
        );
    }
}
