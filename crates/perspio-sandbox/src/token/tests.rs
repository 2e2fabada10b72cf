use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::issuer::Refusal;
use super::*;
use crate::ids::Ids;
use crate::person::Person;
use crate::service::Service;
use std::time::Duration;

const AUTHORITY: &str = "http://127.0.0.1:1/directory";

fn issuer() -> TokenIssuer {
    let key = SigningKey::of_this_process().unwrap();
    TokenIssuer::new(
        key,
        Service::PERSPIOTALK.audience,
        AUTHORITY,
        Duration::from_secs(100),
        Ids::new(None),
    )
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn an_application_token_says_what_entras_say() {
    let token = issuer().application_token(1_000);
    let header = part(&token, 0);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["typ"], "JWT");
    assert_eq!(header["kid"], SigningKey::ID);
    let claims = part(&token, 1);
    assert_eq!(claims["iss"], format!("{AUTHORITY}/v2.0"));
    assert_eq!(claims["aud"], "api://perspiotalk");
    assert_eq!(claims["tid"], crate::credentials::DIRECTORY_ID);
    assert_eq!(claims["appid"], crate::credentials::CLIENT_ID);
    assert_eq!(claims["azp"], crate::credentials::CLIENT_ID);
    assert_eq!(claims["iat"], 1_000);
    assert_eq!(claims["nbf"], 1_000);
    assert_eq!(claims["exp"], 1_100);
    assert_eq!(claims["roles"], serde_json::json!(["Application.Read"]));
    assert!(claims.get("scp").is_none());
}

#[test]
fn two_tokens_of_the_same_second_differ() {
    let issuer = issuer();
    let tokens = [issuer.application_token(1), issuer.application_token(1)];
    assert_ne!(part(&tokens[0], 1)["jti"], part(&tokens[1], 1)["jti"]);
}

#[test]
fn only_an_api_user_may_write() {
    let issuer = issuer();
    let claims = |token: String| issuer.judge(&token, 1).unwrap();
    let writer = claims(issuer.user_token(Person::Ada, "access_as_user", None, 1));
    let reader = claims(issuer.user_token(Person::Rosa, "access_as_user", None, 1));
    let application = claims(issuer.application_token(1));
    assert!(writer.may_write() && writer.is_of_a_user());
    assert!(!reader.may_write() && reader.is_of_a_user());
    assert!(!application.may_write() && !application.is_of_a_user());
}

#[test]
fn a_token_is_good_until_the_second_it_expires() {
    let issuer = issuer();
    let token = issuer.application_token(1_000);
    assert!(issuer.judge(&token, 1_099).is_ok());
    assert_eq!(issuer.judge(&token, 1_100).unwrap_err(), Refusal::Expired);
}

#[test]
fn a_revocation_reaches_the_earlier_tokens_only() {
    let issuer = issuer();
    let earlier = issuer.application_token(1);
    issuer.revoke_all();
    let later = issuer.application_token(1);
    assert_eq!(issuer.judge(&earlier, 1).unwrap_err(), Refusal::Revoked);
    assert!(issuer.judge(&later, 1).is_ok());
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let issuer = issuer();
    let mut claims = issuer.claims(1, "Application.Read", None);
    claims.aud = "https://graph.microsoft.com".to_owned();
    let refusal = issuer.judge(&issuer.sign(&claims), 1).unwrap_err();
    assert_eq!(refusal, Refusal::Audience);
}

#[test]
fn a_token_of_another_sandbox_is_refused() {
    let key = SigningKey::of_this_process().unwrap();
    let other = TokenIssuer::new(
        key,
        Service::PERSPIOTALK.audience,
        "http://127.0.0.1:2/directory",
        Duration::from_secs(9),
        Ids::new(None),
    );
    let refusal = issuer().judge(&other.application_token(1), 1).unwrap_err();
    assert_eq!(refusal, Refusal::Issuer);
}

#[test]
fn a_token_with_a_changed_claim_is_refused() {
    let issuer = issuer();
    let token = issuer.application_token(1);
    let mut claims = part(&token, 1);
    claims["exp"] = 9_999_999.into();
    let parts: Vec<_> = token.split('.').collect();
    let forged = URL_SAFE_NO_PAD.encode(claims.to_string());
    let forged = format!("{}.{forged}.{}", parts[0], parts[2]);
    assert_eq!(issuer.judge(&forged, 1).unwrap_err(), Refusal::Malformed);
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let issuer = issuer();
    let claims = issuer.claims(1, "ApiUser", None);
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(serde_json::json!({ "alg": "none", "typ": "JWT" }));
    let claims = encode(serde_json::to_value(claims).unwrap());
    let refusal = issuer.judge(&format!("{header}.{claims}."), 1).unwrap_err();
    assert_eq!(refusal, Refusal::Malformed);
}
