use http::HeaderName;
use http::Method;
use http::header::HOST;
use secrecy::SecretString;

use super::*;
use crate::oauth::{BasicAuth, FixedToken};
use crate::testing;

const KEY: &str = "canary-query/key";
const COOKIE_VALUE: &str = "cookie-9";

/// A profile with a header, a query key and a cookie.
fn profile() -> Profile {
    let header = |name| HeaderName::from_static(name);
    let secret = |text: &str| SecretString::from(text);
    let profile = testing::profile()
        .with_header(header("x-tenant"), &secret("t-1"))
        .and_then(|it| it.with_header(header("x-api-key"), &secret("canary-header-key")))
        .and_then(|it| it.with_query_key("api_key", &secret(KEY)))
        .and_then(|it| it.with_cookie("session", &secret(COOKIE_VALUE)));
    profile.unwrap()
}

fn request(method: Method, path: &str) -> Request {
    let url = Url::parse(&format!("https://api.example{path}")).unwrap();
    Request::new(method, url)
}

fn names(request: &Request) -> Vec<&str> {
    let mut names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

async fn signed(authorizer: &Authorizer, path: &str) -> (Request, SentCredentials) {
    let mut request = request(Method::GET, path);
    authorizer.check(&request, None).unwrap();
    let token = authorizer.token().await.unwrap();
    let sent = authorizer.sign(&mut request, token);
    (request, sent)
}

fn with_token() -> Authorizer {
    let source = TokenSource::new(&testing::profile(), FixedToken::new("canary-token")).unwrap();
    Authorizer::new(&profile(), source).unwrap()
}

#[tokio::test]
async fn a_request_is_signed_with_the_token_and_every_key() {
    let (request, sent) = signed(&with_token(), "/a?b=c").await;
    let expected = ["accept", "authorization", "cookie", "x-api-key", "x-tenant"];
    assert_eq!(names(&request), expected);
    assert_eq!(request.headers()["cookie"], "session=cookie-9");
    assert!(request.headers()["cookie"].is_sensitive());
    let query = Some("b=c&api_key=canary-query%2Fkey");
    assert_eq!(request.url().query(), query);
    assert!(sent.has_token() && !sent.is_empty());
}

#[tokio::test]
async fn an_api_without_tokens_gets_its_keys_alone() {
    let authorizer = Authorizer::without_token(&profile()).unwrap();
    assert!(!authorizer.needs_token() && authorizer.source().is_none());
    let (request, sent) = signed(&authorizer, "/a").await;
    let expected = ["accept", "cookie", "x-api-key", "x-tenant"];
    assert_eq!(names(&request), expected);
    assert!(request.url().query().is_some());
    assert!(!sent.has_token() && !sent.is_empty());
    let missing = Authorizer::without_token(&testing::profile()).unwrap_err();
    assert!(missing.is_configuration());
}

#[tokio::test]
async fn an_anonymous_request_has_no_credential_and_only_its_origin_is_checked() {
    // Headers without a value are not needed.
    for profile in [profile(), testing::profile()] {
        let authorizer = Authorizer::anonymous(&profile);
        let (signed, sent) = signed(&authorizer, "/a?api_key=own").await;
        assert_eq!(names(&signed), ["accept"]);
        assert_eq!(signed.url().query(), Some("api_key=own"));
        assert!(sent.is_empty());
        let mut own = request(Method::POST, "/a");
        let value = HeaderValue::from_static("own");
        own.headers_mut().insert(AUTHORIZATION, value.clone());
        own.headers_mut().insert("x-api-key", value);
        assert!(authorizer.check(&own, None).is_ok());
        let url = Url::parse("https://elsewhere.example/").unwrap();
        let error = authorizer.check(&Request::new(Method::GET, url), None);
        assert!(matches!(error, Err(Error::OriginMismatch { .. })));
    }
}

#[test]
fn a_header_or_parameter_that_is_signed_is_reserved_and_named() {
    let authorizer = with_token();
    for name in [AUTHORIZATION, http::header::COOKIE] {
        let mut request = request(Method::GET, "/a");
        let value = HeaderValue::from_static("own");
        request.headers_mut().insert(name.clone(), value);
        let error = authorizer.check(&request, None).unwrap_err();
        assert!(matches!(&error, Error::ReservedHeader { .. }), "{error}");
        let text = error.to_string().to_lowercase();
        assert!(text.contains(name.as_str()), "{text}");
    }
    for query in ["?api_key=1", "?a&API%5Fkey"] {
        let request = request(Method::GET, &format!("/a{query}"));
        let error = authorizer.check(&request, None).unwrap_err();
        assert!(matches!(&error, Error::ReservedParameter { .. }), "{error}");
        assert!(error.to_string().contains("api_key"), "{error}");
    }
    let mut other = request(Method::GET, "/a?api_keys=1");
    let host = HeaderValue::from_static("api.example");
    other.headers_mut().insert(HOST, host);
    assert!(authorizer.check(&other, None).is_ok());
}

#[tokio::test]
async fn no_text_repeats_a_key_a_cookie_or_a_password() {
    let password = BasicAuth::new("user", "canary p\u{e4}ss");
    let source = TokenSource::new(&testing::profile(), password).unwrap();
    let authorizer = Authorizer::new(&profile(), source).unwrap();
    let (request, sent) = signed(&authorizer, "/a").await;
    let encoded = request.headers()[AUTHORIZATION].to_str().unwrap();
    let encoded = encoded.strip_prefix("Basic ").unwrap();
    for secret in [
        KEY,
        "canary-query%2Fkey",
        "canary-header-key",
        COOKIE_VALUE,
        encoded,
        "canary p\u{e4}ss",
        "canary%20p%C3%A4ss",
    ] {
        let text = format!("got {secret}.");
        assert_eq!(sent.scrub(&text), "got [redacted].", "{secret}");
    }
    assert!(!format!("{authorizer:?} {sent:?}").contains("canary"));
}

#[tokio::test]
async fn without_a_token_every_response_is_the_callers() {
    let without_token = Authorizer::without_token(&profile()).unwrap();
    let headers = HeaderMap::new();
    for authorizer in [without_token, Authorizer::anonymous(&profile())] {
        let (_, sent) = signed(&authorizer, "/a").await;
        for status in [200, 401, 403] {
            let status = StatusCode::from_u16(status).unwrap();
            let verdict = authorizer.evaluate_response(status, &headers, &sent);
            assert_eq!(verdict.await.unwrap(), Verdict::Accepted);
        }
        authorizer.accept(&sent);
    }
}

#[tokio::test]
async fn a_response_shows_no_query_key_in_its_url() {
    let authorizer = with_token();
    let (request, _) = signed(&authorizer, "/a?b=c").await;
    let response = http::Response::builder()
        .status(201)
        .header("x-id", "1")
        .url(request.url().clone())
        .body("text")
        .unwrap();
    let response = authorizer.conceal_query_keys(Ok(response.into())).unwrap();
    assert_eq!(response.url().as_str(), "https://api.example/a?b=c");
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-id"], "1");
    assert!(!format!("{response:?}").contains("canary"));
    assert_eq!(response.text().await.unwrap(), "text");
}

#[tokio::test]
async fn a_password_is_rejected_by_a_401_and_not_by_a_403() {
    let password = BasicAuth::new("user", "canary");
    let source = TokenSource::new(&testing::profile(), password).unwrap();
    let profile = profile().with_on_forbidden(OnForbidden::Once);
    let authorizer = Authorizer::new(&profile, source).unwrap();
    let (_, sent) = signed(&authorizer, "/a").await;
    let headers = HeaderMap::new();
    for (status, expected) in [
        (StatusCode::FORBIDDEN, Verdict::Accepted),
        (StatusCode::UNAUTHORIZED, Verdict::Refresh),
    ] {
        let verdict = authorizer.evaluate_response(status, &headers, &sent);
        assert_eq!(verdict.await.unwrap(), expected);
    }
    assert!(authorizer.token().await.is_err());
}
