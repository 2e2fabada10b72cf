use std::collections::HashMap;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::security::{KeyLocation, SecurityScheme};
use crate::settings::VariableNames;

/// Defines a client of an API with these security schemes.
macro_rules! api {
    ($name:ident, $security:expr) => {
        #[derive(Debug)]
        struct $name(ApiClient);

        impl From<ApiClient> for $name {
            fn from(inner: ApiClient) -> Self {
                Self(inner)
            }
        }

        impl From<$name> for ApiClient {
            fn from(client: $name) -> Self {
                client.0
            }
        }

        impl Api for $name {
            const NAME: &'static str = "Example";
            const VARIABLES: VariableNames = VariableNames::new("EXAMPLE").with_base_url("ADDRESS");
            const SETTINGS_OF_OTHERS: &'static [&'static str] = &["SHARED"];
            const SECURITY: &'static [SecurityScheme] = $security;
        }
    };
}

const fn key(location: KeyLocation, setting: &'static str) -> SecurityScheme {
    SecurityScheme::ApiKey {
        location,
        name: "key",
        setting,
    }
}

api!(Public, &[]);
api!(Bearer, &[SecurityScheme::Bearer]);
api!(Basic, &[SecurityScheme::Basic]);
api!(
    Keys,
    &[
        key(KeyLocation::Header, "HEADER_KEY"),
        key(KeyLocation::Query, "QUERY_KEY"),
        key(KeyLocation::Cookie, "COOKIE_KEY"),
    ]
);
api!(
    OAuth2,
    &[SecurityScheme::OAuth2 {
        token_url: None,
        authorize_url: None,
        scopes: &["read", "write"],
    }]
);

fn builder<C: Api>(variables: &[(&str, &str)]) -> ClientBuilder<C> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))
}

/// The settings that the error of a builder names.
fn named<C: Api>(builder: ClientBuilder<C>) -> Vec<String> {
    match builder.build().map(drop) {
        Err(Error::Settings(error)) => error
            .problems()
            .iter()
            .map(|problem| problem.name.clone())
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn missing<C: Api>(variables: &[(&str, &str)]) -> Vec<String> {
    named(builder::<C>(variables))
}

/// Returns the `count` requests that a call sends, in lower-case letters; the first of two is the
/// token request.
async fn heads<C: Api + Into<ApiClient>>(variables: &[(&str, &str)], count: usize) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        while heads.len() < count {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut received = Vec::new();
            let mut buffer = [0; 1024];
            while !is_complete(&received) {
                let read = stream.read(&mut buffer).await.unwrap();
                received.extend_from_slice(buffer.get(..read).unwrap());
            }
            let body = r#"{"access_token":"t-1","token_type":"Bearer","expires_in":3600}"#;
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(response.as_bytes()).await.unwrap();
            heads.push(String::from_utf8(received).unwrap().to_lowercase());
        }
        heads
    });
    let token_url = format!("{address}/token");
    let own = [
        ("EXAMPLE_ADDRESS", address.as_str()),
        ("EXAMPLE_TOKEN_URL", &token_url),
    ];
    let builder = builder::<C>(&[&own[..], variables].concat());
    let client: ApiClient = builder.build().unwrap().into();
    let request = client.request(Method::GET, "/things");
    let _: serde_json::Value = request.fetch().await.unwrap();
    server.await.unwrap()
}

/// Whether a request is complete, with its body.
fn is_complete(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap()) <= body.len()
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    assert_eq!(missing::<Public>(&[]), ["EXAMPLE_ADDRESS"]);
    assert_eq!(missing::<Bearer>(&[]), ["EXAMPLE_TOKEN", "EXAMPLE_ADDRESS"]);
    let all = ["EXAMPLE_USER", "EXAMPLE_PASSWORD", "EXAMPLE_ADDRESS"];
    assert_eq!(missing::<Basic>(&[]), all);
    let keys = [
        "EXAMPLE_HEADER_KEY",
        "EXAMPLE_QUERY_KEY",
        "EXAMPLE_COOKIE_KEY",
    ];
    let address = ("EXAMPLE_ADDRESS", "https://api.example");
    assert_eq!(missing::<Keys>(&[address]), keys);
    let all = [
        "EXAMPLE_CLIENT_ID",
        "EXAMPLE_CLIENT_SECRET",
        "EXAMPLE_TOKEN_URL",
    ];
    assert_eq!(missing::<OAuth2>(&[address]), all);
}

#[test]
fn a_setting_that_the_api_does_not_have_is_rejected() {
    let builder = builder::<Public>(&[("EXAMPLE_ADDRESS", "https://api.example")]);
    assert!(builder.clone().build().is_ok());
    assert_eq!(named(builder.clone().token("canary")), ["EXAMPLE_TOKEN"]);
    assert_eq!(named(builder.setting("KEY", "canary")), ["EXAMPLE_KEY"]);
}

#[test]
fn a_variable_that_is_no_setting_gets_a_hint_with_the_nearest_name() {
    let hints = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(OsString::from).collect();
        ClientBuilder::<Keys>::read(&|_| None, names).hints()
    };
    let hint = hints(&["EXAMPLE_QUERYKEY", "OTHER_X", "PATH"]).concat();
    assert!(hint.contains("EXAMPLE_QUERYKEY is set"), "{hint}");
    assert!(hint.ends_with("did you mean EXAMPLE_QUERY_KEY?"), "{hint}");
    let known = ["EXAMPLE_QUERY_KEY", "EXAMPLE_ADDRESS", "EXAMPLE_SHARED"];
    assert_eq!(hints(&known), Vec::<String>::new());
}

#[test]
fn no_secret_is_in_the_debug_text() {
    let variables = ["HEADER_KEY", "QUERY_KEY", "COOKIE_KEY"].map(|key| format!("EXAMPLE_{key}"));
    let variables: Vec<_> = variables
        .iter()
        .map(|name| (name.as_str(), "canary"))
        .collect();
    let text = format!("{:?}", builder::<Keys>(&variables));
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_public_api_is_called_without_credentials() {
    let heads = heads::<Public>(&[], 1).await;
    assert!(heads[0].starts_with("get /things http/1.1"), "{heads:?}");
    assert!(
        !heads[0].contains("authorization") && !heads[0].contains("cookie"),
        "{heads:?}"
    );
}

#[tokio::test]
async fn a_bearer_token_and_a_password_are_sent_as_authorization() {
    let bearer = heads::<Bearer>(&[("EXAMPLE_TOKEN", "token-1")], 1).await;
    assert!(
        bearer[0].contains("authorization: bearer token-1\r\n"),
        "{bearer:?}"
    );
    let user = [("EXAMPLE_USER", "me"), ("EXAMPLE_PASSWORD", "word")];
    let basic = heads::<Basic>(&user, 1).await;
    // `me:word` in base64, in lower-case letters.
    assert!(
        basic[0].contains("authorization: basic bwu6d29yza==\r\n"),
        "{basic:?}"
    );
}

#[tokio::test]
async fn api_keys_are_sent_in_the_header_the_query_and_the_cookie() {
    let keys = [
        ("EXAMPLE_HEADER_KEY", "h-1"),
        ("EXAMPLE_QUERY_KEY", "q-1"),
        ("EXAMPLE_COOKIE_KEY", "c-1"),
    ];
    let heads = heads::<Keys>(&keys, 1).await;
    for expected in [
        "get /things?key=q-1 ",
        "\r\nkey: h-1\r\n",
        "\r\ncookie: key=c-1\r\n",
    ] {
        assert!(heads[0].contains(expected), "{expected}: {heads:?}");
    }
    assert!(!heads[0].contains("authorization"), "{heads:?}");
}

#[tokio::test]
async fn a_token_is_requested_with_the_scopes_of_the_api() {
    let application = [
        ("EXAMPLE_CLIENT_ID", "client"),
        ("EXAMPLE_CLIENT_SECRET", "secret"),
    ];
    let heads = heads::<OAuth2>(&application, 2).await;
    assert!(heads[0].starts_with("post /token "), "{heads:?}");
    assert!(heads[0].contains("scope=read+write"), "{heads:?}");
    assert!(
        heads[1].contains("authorization: bearer t-1\r\n"),
        "{heads:?}"
    );
}

#[test]
fn the_fallback_is_used_for_variables_that_are_missing_or_blank() {
    let fallback = |name: &str| Some(OsString::from(format!("{name} of the fallback")));
    for (value, expected) in [
        (Some("given"), "given"),
        (None, "X of the fallback"),
        (Some(""), "X of the fallback"),
        (Some(" \n"), "X of the fallback"),
    ] {
        let found = first("X", |_| value.map(OsString::from), fallback);
        assert_eq!(found, Some(OsString::from(expected)), "{value:?}");
    }
    assert_eq!(first("X", |_| None, |_| None), None);
}

#[test]
fn settings_of_the_fallback_are_used_and_the_environment_is_checked_for_misspellings() {
    let fallback = |name: &str| (name == "EXAMPLE_ADDRESS").then(|| "http://127.0.0.1:9".into());
    let builder = ClientBuilder::<Public>::from_env_or(fallback);
    assert_eq!(builder.hints(), Vec::<String>::new());
    let client = builder.build().unwrap();
    assert_eq!(client.0.base_url(), "http://127.0.0.1:9");
}
