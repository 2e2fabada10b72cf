//! APIs with other security schemes than OAuth 2.0: keys, passwords, or none.

use std::fmt::Write;
use std::time::Duration;

use perspio_auth::http::header::{AUTHORIZATION, COOKIE};
use perspio_auth::http::{HeaderName, Method};
use perspio_auth::{
    Application, AuthMiddleware, BasicAuth, ClientCredentials, Profile, SecretString,
};
use perspio_http::{ApiClient, ApiClientBuilder, Operation, Provenance, RetryPolicy};
use serde_json::Value;

use crate::raw_server::{RawResponse, RawServer, http};
use crate::support::{self, Traces};

const KEY: &str = "canary-key/canary key";
const ENCODED_KEY: &str = "api_key=canary-key%2Fcanary%20key";

const ANONYMOUS: Operation = Operation {
    id: "things_list",
    method: "GET",
    path: "/things",
    provenance: Provenance::Documented,
    writes: false,
    repeatable: false,
    anonymous: true,
    server: None,
};

fn profile(server: &RawServer) -> Profile {
    let here = support::address(server.url());
    Profile::custom("Keys", here.clone(), &here)
}

fn keyed_profile(server: &RawServer) -> Profile {
    let key = SecretString::from(KEY);
    profile(server).with_query_key("api_key", &key).unwrap()
}

fn builder(profile: Profile) -> ApiClientBuilder {
    ApiClient::builder(profile).retry(RetryPolicy::none())
}

fn client(server: &RawServer) -> ApiClient {
    let client = builder(keyed_profile(server)).without_token();
    client.timeout(Duration::from_secs(5)).build().unwrap()
}

/// Returns the first line of each request.
fn lines(server: &RawServer) -> Vec<String> {
    let requests = server.requests();
    let lines = requests.iter().filter_map(|request| request.lines().next());
    lines.map(str::to_owned).collect()
}

/// Returns everything that a program can print about a call.
async fn printed(client: &ApiClient, path: &str) -> String {
    let request = client.request(Method::GET, path);
    let mut seen = format!("{request:?} ");
    match request.send().await {
        Ok(response) => write!(seen, "{response:?} {}", response.url()).unwrap(),
        Err(error) => write!(seen, "{error} {error:?} {error:#?} {}", error.help()).unwrap(),
    }
    let fetched = client.request(Method::GET, path).fetch::<Vec<Value>>();
    if let Err(error) = fetched.await {
        write!(seen, "{error} {error:?}").unwrap();
    }
    seen
}

#[tokio::test]
async fn checklist_29_a_query_key_is_in_no_error_trace_or_debug_output() {
    let traces = Traces::record();
    let server = RawServer::start().await;
    let client = client(&server);
    let mut seen = format!("{client:?} {:?}", keyed_profile(&server));
    let echo = format!("got {KEY} as {ENCODED_KEY} and canary-key%2fcanary+key");
    let id = format!("x-request-id: {KEY}\r\n");
    for status in [200, 400, 401, 403, 429, 500] {
        for body in [&*echo, "[]"] {
            // The headers of a success are the caller's, as they are.
            let headers = if status == 200 { "" } else { &*id };
            for _ in 0..2 {
                server.queue_http(status, headers, body);
            }
            seen += &printed(&client, "/things?a=b").await;
        }
    }
    // The connection is closed before the response, and within its body.
    seen += &printed(&client, "/things").await;
    let cut = http(200, "", "[1, 2, 3]");
    for _ in 0..2 {
        server.queue(RawResponse::Bytes(cut[..cut.len() - 2].to_vec()));
    }
    seen += &printed(&client, "/things").await;
    assert!(seen.contains("got [redacted]"), "{seen}");
    let traces = traces.text();
    assert!(traces.contains("the API has responded"), "{traces}");
    for text in [seen, traces] {
        assert!(!text.contains("canary"), "{text}");
    }
    for line in lines(&server) {
        assert_eq!(line.matches(ENCODED_KEY).count(), 1, "{line}");
    }
}

#[tokio::test]
async fn a_query_key_shows_in_no_timeout() {
    let server = RawServer::start().await;
    let client = builder(keyed_profile(&server)).without_token();
    let client = client.timeout(Duration::from_millis(50)).build().unwrap();
    server.queue(RawResponse::Stalling(Vec::new()));
    let error = client.request(Method::GET, "/things").send().await;
    let error = error.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[tokio::test]
async fn a_query_key_is_sent_once_to_the_target_of_a_redirect() {
    let server = RawServer::start().await;
    let client = client(&server);
    // Some servers repeat the query of the request.
    for target in ["/moved?c=d", "/moved?c=d&api_key=canary-key%2Fcanary+key"] {
        server.clear();
        server.queue_http(307, &format!("location: {target}\r\n"), "");
        server.queue_http(200, "", "[]");
        let response = client.request(Method::GET, "/things?a=b").send().await;
        let response = response.unwrap();
        assert!(response.url().as_str().ends_with("/moved?c=d"));
        let expected = [
            format!("GET /things?a=b&{ENCODED_KEY} HTTP/1.1"),
            format!("GET /moved?c=d&{ENCODED_KEY} HTTP/1.1"),
        ];
        assert_eq!(lines(&server), expected);
        let second = server.requests()[1].to_lowercase();
        assert!(!second.contains("referer"), "{second}");
    }
}

#[tokio::test]
async fn a_query_key_is_not_sent_to_another_origin() {
    let (server, elsewhere) = (RawServer::start().await, RawServer::start().await);
    let client = client(&server);
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/things?api_key=canary", elsewhere.url());
        server.queue_http(status, &format!("location: {target}\r\n"), "");
        let error = client.request(Method::GET, "/things").send().await;
        let error = error.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert!(error.to_string().contains(elsewhere.url()), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_request_with_a_parameter_or_cookie_of_a_key_is_not_sent() {
    let server = RawServer::start().await;
    let value = SecretString::from("canary");
    let profile = keyed_profile(&server).with_cookie("session", &value);
    let client = builder(profile.unwrap()).without_token().build().unwrap();
    let parameter = client.request(Method::GET, "/things?api_key=1");
    let cookie = client.request(Method::GET, "/things").header(COOKIE, "a=b");
    for (request, name) in [(parameter, "api_key"), (cookie, "cookie")] {
        let error = request.send().await.unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, perspio_http::Error::InvalidRequest { .. }),
            "{error:?}"
        );
        assert!(text.contains(name) && text.contains("not sent"), "{text}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_api_without_tokens_gets_its_cookie_and_header_and_names_them_in_a_401() {
    let server = RawServer::start().await;
    let secret = SecretString::from("canary-9");
    let profile = profile(&server).with_cookie("session", &secret).unwrap();
    let name = HeaderName::from_static("x-key");
    let profile = profile.with_header(name, &secret).unwrap();
    let client = builder(profile).without_token().build().unwrap();
    server.queue_http(401, "", "got session=canary-9");
    let error = client.request(Method::GET, "/things").send().await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("401") && text.contains("cookie"), "{text}");
    assert!(text.contains("x-key") && !text.contains("token"), "{text}");
    assert!(!text.contains("canary"), "{text}");
    let sent = server.requests().remove(0);
    assert!(sent.contains("\r\ncookie: session=canary-9\r\n"), "{sent}");
    assert!(sent.contains("\r\nx-key: canary-9\r\n"), "{sent}");
    assert!(!sent.contains("authorization"), "{sent}");
}

#[tokio::test]
async fn a_client_needs_a_credential_unless_it_is_without_token() {
    let server = RawServer::start().await;
    let error = builder(profile(&server)).build().unwrap_err();
    assert!(error.to_string().contains("without_token"), "{error}");
    let client = builder(profile(&server)).without_token().build().unwrap();
    server.queue_http(200, "", "[]");
    client.request(Method::GET, "/things").send().await.unwrap();
    client.settle().await.unwrap();
    assert_eq!(lines(&server), ["GET /things HTTP/1.1"]);
}

#[tokio::test]
async fn a_password_is_sent_with_each_request_until_the_api_rejects_it() {
    let server = RawServer::start().await;
    let credential = BasicAuth::new("user", "canary-password");
    let client = builder(profile(&server)).credential(credential);
    let client = client.build().unwrap();
    let encoded = "dXNlcjpjYW5hcnktcGFzc3dvcmQ=";
    server.queue_http(200, "", "[]");
    server.queue_http(500, "", &format!("got {encoded}: user:canary-password"));
    server.queue_http(401, "", "[]");
    let mut errors = Vec::new();
    for _ in 0..5 {
        let outcome = client.request(Method::GET, "/things").send().await;
        errors.extend(outcome.err());
    }
    // Nothing is requested from an identity server.
    assert_eq!(server.requests().len(), 3);
    for request in server.requests() {
        let header = format!("\r\nauthorization: Basic {encoded}\r\n");
        assert!(request.contains(&header), "{request}");
    }
    let [failed, rejected @ ..] = &*errors else {
        panic!("{errors:?}")
    };
    assert_eq!(failed.status().unwrap(), 500);
    assert_eq!(rejected.len(), 3);
    for error in rejected {
        let text = error.to_string();
        assert!(text.contains("user name or password"), "{text}");
    }
    let seen = format!("{client:?} {errors:?} {errors:#?}");
    assert!(!seen.contains("canary") && !seen.contains(encoded));
}

#[tokio::test]
async fn an_anonymous_operation_is_called_without_a_token_and_without_keys() {
    let server = RawServer::start().await;
    let secret = SecretString::from("canary");
    let profile = keyed_profile(&server).with_cookie("session", &secret);
    let application = Application::confidential("client", "canary");
    let client = builder(profile.unwrap()).credential(ClientCredentials::new(application));
    let client = client.build().unwrap();
    server.queue_http(200, "", "[]");
    server.queue_http(401, "", "");
    let call = || client.operation(&ANONYMOUS).query(&[("a", "b")]).send();
    call().await.unwrap();
    let error = call().await.unwrap_err();
    assert!(error.to_string().contains("without credentials"), "{error}");
    // No token was requested.
    assert_eq!(lines(&server), ["GET /things?a=b HTTP/1.1"; 2]);
    for request in server.requests() {
        assert!(!request.contains("canary"), "{request}");
        assert!(!request.to_lowercase().contains("authorization"));
    }
}

#[tokio::test]
async fn an_anonymous_operation_may_have_its_own_authorization_and_keeps_its_origin() {
    let (server, elsewhere) = (RawServer::start().await, RawServer::start().await);
    let client = client(&server);
    server.queue_http(200, "", "[]");
    let request = client.operation(&ANONYMOUS);
    request.header(AUTHORIZATION, "own").send().await.unwrap();
    assert!(server.requests()[0].contains("\r\nauthorization: own\r\n"));
    let target = format!("location: {}/things\r\n", elsewhere.url());
    server.queue_http(307, &target, "");
    let error = client.operation(&ANONYMOUS).send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn the_middleware_sends_a_query_key_and_conceals_it() {
    let server = RawServer::start().await;
    let middleware = AuthMiddleware::without_token(&keyed_profile(&server)).unwrap();
    let client = reqwest_middleware::ClientBuilder::new(support::local_client())
        .with(middleware)
        .build();
    server.queue_http(401, "", "[]");
    let url = format!("{}/things?a=b", server.url());
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.url().as_str(), url);
    // The server closes the connection without a response.
    let error = client.get(&url).send().await.unwrap_err();
    let seen = format!("{response:?} {error} {error:?} {error:#?}");
    assert!(!seen.contains("canary"), "{seen}");
    for line in lines(&server) {
        assert_eq!(line, format!("GET /things?a=b&{ENCODED_KEY} HTTP/1.1"));
    }
}
