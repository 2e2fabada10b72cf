//! A client of an imported document sends requests that conform to the original, and
//! decodes members that the original does not define. The document is `fixtures/hard.yaml`.

#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::if_not_else,
    clippy::too_many_lines,
    clippy::unnecessary_wraps,
    reason = "a client of its own crate, of which the tests call a part"
)]
pub(crate) mod generated;
mod media;
mod multipart;
mod pages;
mod servers;
mod text;
mod unions;

use std::collections::BTreeMap;

use perspio_auth::{FixedToken, Profile};
use perspio_http::{ApiClient, Nullable};
use serde_json::{Map, Value, json};

use crate::raw_server::RawServer;
use crate::support;
use generated::{Client, types, webhooks};

fn client(server: &RawServer) -> Client {
    client_of(server.url())
}

fn client_of(url: &str) -> Client {
    let here = support::address(url);
    let client = ApiClient::builder(Profile::custom("hard", here.clone(), &here))
        .credential(FixedToken::new("canary-token"))
        .build();
    Client::from(client.unwrap())
}

/// The text of the last request.
struct Sent(String);

impl Sent {
    fn last(server: &RawServer) -> Self {
        Self(server.requests().last().unwrap().clone())
    }

    fn line(&self) -> &str {
        self.0.lines().next().unwrap()
    }

    fn header(&self, name: &str) -> Vec<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap();
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").unwrap().1
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn thing(name: &str) -> types::Thing {
    read(json!({"name": name}))
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn operations_that_differ_in_a_fragment_share_one_address() {
    let server = RawServer::start().await;
    let client = client(&server);
    server.queue_http(204, "", "");
    client.first_of_two().send().await.unwrap();
    assert_eq!(Sent::last(&server).line(), "POST /rpc HTTP/1.1");
    server.queue_http(204, "", "");
    let name = read::<types::SecondOfTwoParameterXDo>(json!("second"));
    client.second_of_two().x_do(name).send().await.unwrap();
    let sent = Sent::last(&server);
    assert_eq!(sent.line(), "POST /rpc HTTP/1.1");
    assert_eq!(sent.header("x-do"), ["second"]);
}

#[tokio::test]
async fn the_query_in_a_path_is_sent_before_the_parameters() {
    let server = RawServer::start().await;
    server.queue_http(204, "", "");
    let client = client(&server);
    let request = client.beta().mode("a&b").top(3);
    request.send().await.unwrap();
    let line = "GET /beta?version=2&mode=a%26b&top=3 HTTP/1.1";
    assert_eq!(Sent::last(&server).line(), line);
}

#[tokio::test]
async fn the_status_chooses_the_type_of_a_success() {
    let server = RawServer::start().await;
    let client = client(&server);
    let of = async |status| {
        server.queue_http(status, "", r#"{"id": "1"}"#);
        client.job().send().await.unwrap().into_inner()
    };
    assert!(matches!(of(200).await, types::JobSuccess::Job(_)));
    assert!(matches!(of(202).await, types::JobSuccess::Ticket(_)));
    server.queue_http(202, "", r#"{"id": 5}"#);
    let error = client.job().send().await.unwrap_err().to_string();
    assert!(error.contains("id"), "{error}");
}

#[test]
fn payloads_of_webhooks_and_callbacks_are_decoded() {
    let created = webhooks::thing_created(br#"{"name": "a", "new": 1}"#).unwrap();
    assert_eq!(created.name, "a");
    assert_eq!(created.extra["new"], 1);
    let renamed = webhooks::thing_renamed(br#"{"old": "a"}"#).unwrap();
    assert_eq!(renamed.old, "a");
    let place = webhooks::type_done(br#"{"lat": 1.5}"#).unwrap();
    assert!((place.lat - 1.5).abs() < f64::EPSILON);
    let error = webhooks::thing_renamed(br#"{"old": 5}"#).unwrap_err();
    assert_eq!(
        (error.webhook, error.path.as_str()),
        ("thing_renamed", "old")
    );
}

#[tokio::test]
async fn parameters_named_like_identifiers_of_the_code_are_sent_under_their_names() {
    let server = RawServer::start().await;
    server.queue_http(204, "", "");
    client(&server)
        .locals()
        .client_path("a/b")
        .request(vec![1, 2])
        .client_query("c")
        .response("d")
        .result("e")
        .info("f")
        .request_header("g")
        .send()
        .await
        .unwrap();
    let sent = Sent::last(&server);
    assert_eq!(
        sent.line(),
        "GET /clients/a%2Fb/1,2?client=c&info=f&response=d&result=e HTTP/1.1"
    );
    assert_eq!(sent.header("request"), ["g"]);
}

#[tokio::test]
async fn absent_null_and_a_value_of_a_member_are_sent_and_read_as_such() {
    let server = RawServer::start().await;
    for (change, body) in [
        (types::DevicePatch::builder(), json!({})),
        (
            types::DevicePatch::builder()
                .owner(Nullable::Null)
                .type_(Nullable::Null)
                .seen(Nullable::Null)
                .tags(Nullable::Null)
                .place(Nullable::Null),
            json!({"owner": null, "type": null, "seen": null, "tags": null, "place": null}),
        ),
        (
            types::DevicePatch::builder()
                .owner("me")
                .type_("a")
                .at_type("b".to_owned())
                .tags(Vec::new())
                .place(read::<types::Place>(json!({"lat": 1.5}))),
            json!({"owner": "me", "type": "a", "@type": "b", "tags": [], "place": {"lat": 1.5}}),
        ),
    ] {
        server.queue_http(200, "", r#"{"owner": null}"#);
        let client = client(&server);
        let request = client.patch_device().id(7).body_map(|_| change);
        let device = request.send().await.unwrap();
        assert_eq!(device.owner, None);
        let sent: Value = serde_json::from_str(Sent::last(&server).body()).unwrap();
        assert_eq!(sent, body);
        let read_again: types::DevicePatch = read(body.clone());
        assert_eq!(serde_json::to_value(read_again).unwrap(), body);
    }
}

#[tokio::test]
async fn every_parameter_is_sent_in_its_style() {
    let server = RawServer::start().await;
    server.queue_http(204, "", "");
    let labels = json!({"one": "1", "two": "2"});
    client(&server)
        .styles()
        .plain("a/b")
        .list(vec![1, 2])
        .label(texts(&["x", "y,z"]))
        .matrix(texts(&["m", "n"]))
        .at(read::<chrono::DateTime<chrono::Utc>>(json!(
            "2026-01-02T03:04:05Z"
        )))
        .comma(texts(&["a", "b,c"]))
        .many(vec![
            read::<types::Colour>(json!("red")),
            read(json!("blue")),
        ])
        .space(texts(&["a", "b"]))
        .pipe(vec![1, 2])
        .filter_name("n")
        .filter_size(3)
        .offset(4)
        .labels(labels.as_object().unwrap().clone())
        .where_(json!({"a": 1}))
        .plain_query(true)
        .url(texts(&["u", "v"]))
        .send_query("s")
        .type_("t")
        .untyped(json!(["x", 1]))
        .x_ids(texts(&["i", "j"]))
        .x_since(read::<chrono::DateTime<chrono::Utc>>(json!(
            "2026-01-02T03:04:05Z"
        )))
        .session("s 1")
        .theme("dark")
        .send()
        .await
        .unwrap();
    let sent = Sent::last(&server);
    let (path, query) = sent.line().split_once('?').unwrap();
    assert_eq!(
        path,
        "GET /styles/a%2Fb/1,2/.x.y%2Cz/;matrix=m,n/2026-01-02T03%3A04%3A05Z"
    );
    let mut pairs: Vec<_> = query.split(' ').next().unwrap().split('&').collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            "comma=a,b%2Cc",
            "filter%5Bname%5D=n",
            "filter%5Bsize%5D=3",
            "labels%5Bone%5D=1",
            "labels%5Btwo%5D=2",
            "many=blue",
            "many=red",
            "offset=4",
            "pipe=1%7C2",
            "plain=true",
            "send=s",
            "space=a%20b",
            "type=t",
            "untyped=1",
            "untyped=x",
            "url=u,v",
            "where=%7B%22a%22%3A1%7D",
        ]
    );
    assert_eq!(sent.header("x-ids"), ["i,j"]);
    assert_eq!(sent.header("x-since"), ["2026-01-02T03:04:05Z"]);
    assert_eq!(sent.header("cookie"), ["session=s%201; theme=dark"]);
}

#[tokio::test]
async fn a_value_that_its_style_cannot_encode_is_rejected_by_name() {
    let server = RawServer::start().await;
    let at: chrono::DateTime<chrono::Utc> = read(json!("2026-01-02T03:04:05Z"));
    let client = client(&server);
    let call = client
        .styles()
        .plain("a")
        .list(vec![1])
        .label(texts(&["x"]))
        .matrix(texts(&["m"]))
        .at(at)
        .session("s")
        .untyped(json!({"inner": ["x"]}));
    let error = call.send().await.unwrap_err();
    assert!(error.to_string().contains("untyped"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_vendor_json_media_type_is_sent_and_accepted() {
    let server = RawServer::start().await;
    server.queue_http(200, "", r#"{"name": "answer"}"#);
    let response = client(&server)
        .vendor()
        .body(thing("question"))
        .send()
        .await;
    assert_eq!(response.unwrap().name, "answer");
    let sent = Sent::last(&server);
    assert_eq!(sent.header("content-type"), ["application/vnd.thing+json"]);
    assert_eq!(
        sent.header("accept"),
        ["application/vnd.thing+json, application/problem+json"]
    );
    assert_eq!(sent.body(), r#"{"name":"question"}"#);
}

#[tokio::test]
async fn an_optional_body_is_sent_only_if_it_is_set() {
    let server = RawServer::start().await;
    let client = client(&server);
    server.queue_http(204, "", "");
    let nothing = client.post_optional().send().await.unwrap();
    assert!(nothing.into_inner().0.is_none());
    let sent = Sent::last(&server);
    assert_eq!(sent.body(), "");
    assert!(sent.header("content-type").is_empty());

    server.queue_http(200, "", r#"{"name": "answer"}"#);
    let response = client.post_optional().body(thing("a")).send().await;
    assert_eq!(response.unwrap().into_inner().0.unwrap().name, "answer");
    let sent = Sent::last(&server);
    assert_eq!(sent.body(), r#"{"name":"a"}"#);
    assert_eq!(sent.header("content-type"), ["application/json"]);

    server.queue_http(204, "", "");
    client.put_optional().send().await.unwrap();
    assert!(Sent::last(&server).header("content-type").is_empty());
    server.queue_http(204, "", "");
    client.put_optional().body("%PDF").send().await.unwrap();
    let sent = Sent::last(&server);
    assert_eq!(sent.header("content-type"), ["application/pdf"]);
    assert_eq!(sent.body(), "%PDF");
}

#[tokio::test]
async fn a_form_encodes_lists_and_objects_as_documented() {
    let server = RawServer::start().await;
    server.queue_http(204, "", "");
    let form = json!({"name": "a b", "ids": [1, 2], "piped": ["x", "y"], "more": {"a": "b"}, "unknown": 1});
    let form: types::PostFormBody = serde_json::from_value(form).unwrap();
    client(&server).post_form().body(form).send().await.unwrap();
    let sent = Sent::last(&server);
    let mut pairs: Vec<_> = sent.body().split('&').collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            "ids=1",
            "ids=2",
            "more=%7B%22a%22%3A%22b%22%7D",
            "name=a%20b",
            "piped=x%7Cy",
            "unknown=1"
        ]
    );
    assert_eq!(
        sent.header("content-type"),
        ["application/x-www-form-urlencoded"]
    );
}

#[tokio::test]
async fn variants_are_distinguished_and_unknown_ones_are_retained() {
    let server = RawServer::start().await;
    let animals = json!([
        {"species": "dog", "lives": "one", "new": 1},
        {"species": "cat", "lives": 9},
        {"species": "fish", "fins": [1, 2]},
        "a text",
    ]);
    server.queue_http(200, "", &animals.to_string());
    let response = client(&server).get_things_by_id().id("x").send().await;
    let response = response.unwrap().into_inner();
    assert!(matches!(response.0[0], types::Animal::Dog(_)));
    assert!(matches!(response.0[1], types::Animal::Cat(_)));
    assert!(matches!(response.0[2], types::Animal::Other(_)));
    assert_eq!(serde_json::to_value(&response).unwrap(), animals);
}

#[test]
fn a_value_that_the_document_does_not_know_is_written_back_unchanged() {
    for value in [
        json!({"name": "", "colour": "blue", "kind": "other", "size": [1], "unknown": {"a": null}}),
        json!({"name": "long enough", "colour": "red", "kind": "thing", "size": -5}),
        json!({"name": "x", "aB": "1", "a_b": "2", "self": true, "type": "t"}),
        json!({"name": "x", "part": {"name": "p"}, "more": {"extra": "e", "part": {"other": 1}}}),
        json!({"name": "x", "parent": {"name": "y"}, "children": [{"name": "z", "children": []}]}),
        json!({"name": "x", "counts": {}, "anything": {}}),
    ] {
        let thing: types::Thing = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&thing).unwrap(), value);
    }
}

#[test]
fn an_empty_list_or_map_counts_as_set() {
    let empty = types::Thing::builder().name("x");
    let given = empty.clone().children(vec![]).counts(BTreeMap::new());
    let given: types::Thing = given.anything(Map::new()).try_into().unwrap();
    let written = json!({"name": "x", "anything": {}, "counts": {}, "children": []});
    assert_eq!(serde_json::to_value(&given).unwrap(), written);
    let absent: types::Thing = empty.try_into().unwrap();
    assert_eq!(serde_json::to_value(&absent).unwrap(), json!({"name": "x"}));
}
