//! The items of all pages of a list are requested one page after another.

use futures::TryStreamExt as _;
use perspio_http::Error;

use super::*;

/// Queues pages, each with its headers and its body.
fn queue(server: &RawServer, pages: &[(&str, Value)]) {
    for (headers, body) in pages {
        server.queue_http(200, headers, &body.to_string());
    }
}

/// Returns the targets of all requests, each of which has the token.
fn targets(server: &RawServer) -> Vec<String> {
    let requests = server.requests().into_iter().map(Sent);
    requests
        .map(|sent| {
            assert_eq!(sent.header("authorization"), ["Bearer canary-token"]);
            sent.line().split(' ').nth(1).unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn pages_with_cursors_keep_the_other_parameters() {
    let server = RawServer::start().await;
    let page = |names: &[&str], next: Value| {
        let things: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        (
            "",
            json!({"data": {"things": things}, "meta": {"next_cursor": next}}),
        )
    };
    let pages = [
        page(&["a", "b"], json!("x y")),
        page(&[], json!("z")),
        ("", json!({"meta": {"next_cursor": "end"}})),
        page(&["c"], Value::Null),
    ];
    queue(&server, &pages);
    let client = client(&server);
    let mut things = client.cursor_pages().limit(2).stream(true).stream_();
    assert!(server.requests().is_empty());
    let mut names = Vec::new();
    while let Some(thing) = things.try_next().await.unwrap() {
        if names.is_empty() {
            assert_eq!(server.requests().len(), 1);
        }
        names.push(thing.name.clone());
    }
    assert_eq!(names, ["a", "b", "c"]);
    assert!(things.try_next().await.unwrap().is_none());
    let expected = ["", "cursor=x%20y&", "cursor=z&", "cursor=end&"];
    let expected = expected.map(|cursor| format!("/pages/cursor?{cursor}limit=2&stream=true"));
    let sent: Vec<_> = targets(&server)
        .iter()
        .map(|it| it.replace('+', "%20"))
        .collect();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn numbered_pages_end_with_an_empty_one_and_begin_where_the_caller_says() {
    let server = RawServer::start().await;
    let pages = [("", json!(["a", "b"])), ("", json!(["c"])), ("", json!([]))];
    queue(&server, &pages);
    let client = client(&server);
    let names: Vec<_> = client.number_pages().stream().try_collect().await.unwrap();
    assert_eq!(names, ["a", "b", "c"]);
    let expected = [
        "/pages/number",
        "/pages/number?page=2",
        "/pages/number?page=3",
    ];
    assert_eq!(targets(&server), expected);
    server.clear();
    queue(&server, &pages[1..]);
    let stream = client.number_pages().page(7).stream();
    let names: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(names, ["c"]);
    assert_eq!(
        targets(&server),
        ["/pages/number?page=7", "/pages/number?page=8"]
    );
}

#[tokio::test]
async fn the_offset_is_the_number_of_items_before() {
    let server = RawServer::start().await;
    let pages = [
        ("", json!({"names": ["a", "b"], "total": 3})),
        ("", json!({"names": ["c"], "total": 3})),
    ];
    queue(&server, &pages);
    let client = client(&server);
    let stream = client.offset_pages().limit(2).stream();
    let names: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(names, ["a", "b", "c"]);
    let expected = ["/pages/offset?limit=2", "/pages/offset?limit=2&offset=2"];
    assert_eq!(targets(&server), expected);
}

#[tokio::test]
async fn the_url_of_the_next_page_is_requested_with_the_headers_of_the_first() {
    let server = RawServer::start().await;
    let absolute = format!("{}/other/path?page=3", server.url());
    let pages = [
        ("", json!({"items": [{"lat": 1}], "@next": "?page=2"})),
        ("", json!({"items": [{"lat": 2}], "@next": absolute})),
        ("", json!({"items": [{"lat": 3}], "@next": null})),
    ];
    queue(&server, &pages);
    let client = client(&server);
    let stream = client.next_pages().id("a").x_since("now").stream();
    let places: Vec<types::Place> = stream.try_collect().await.unwrap();
    assert_eq!(places.len(), 3);
    let expected = [
        "/pages/next/a",
        "/pages/next/a?page=2",
        "/other/path?page=3",
    ];
    assert_eq!(targets(&server), expected);
    for request in server.requests() {
        assert_eq!(Sent(request).header("x-since"), ["now"]);
    }
}

#[tokio::test]
async fn a_next_page_at_another_origin_is_an_error_and_gets_no_token() {
    let (server, other) = (RawServer::start().await, RawServer::start().await);
    let next = format!("{}/pages?secret", other.url());
    queue(
        &server,
        &[("", json!({"items": [{"lat": 1}], "@next": next}))],
    );
    let client = client(&server);
    let mut stream = client.next_pages().id("a").stream();
    assert!(stream.try_next().await.unwrap().is_some());
    let error = stream.try_next().await.unwrap_err();
    let text = format!("{error:#} {error:?}");
    assert!(matches!(error, Error::Decode { .. }), "{text}");
    assert!(
        text.contains(&format!("the next page is at {}", other.url())),
        "{text}"
    );
    assert!(
        !text.contains("secret") && !text.contains("canary"),
        "{text}"
    );
    assert!(stream.try_next().await.unwrap().is_none());
    assert_eq!((server.requests().len(), other.connections()), (1, 0));
}

#[tokio::test]
async fn the_link_header_leads_to_the_next_page() {
    let server = RawServer::start().await;
    let link = "link: </pages/link?after=2>; rel=\"next\", </pages/link>; rel=first\r\n";
    let last = "link: </pages/link>; rel=first\r\n";
    queue(&server, &[(link, json!([1, 2])), (last, json!([3]))]);
    let client = client(&server);
    let numbers: Vec<_> = client.link_pages().stream().try_collect().await.unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(targets(&server), ["/pages/link", "/pages/link?after=2"]);
}

#[tokio::test]
async fn a_stream_ends_with_the_error_of_a_page() {
    let server = RawServer::start().await;
    queue(&server, &[("", json!(["a"]))]);
    server.queue_http(404, "", "");
    let client = client(&server);
    let mut stream = client.number_pages().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap(), "a");
    assert!(stream.try_next().await.unwrap_err().is_not_found());
    assert!(stream.try_next().await.unwrap().is_none());
}
