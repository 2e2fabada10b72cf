//! Bodies of several parts, as a server receives them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use perspio_http::{FilePart, FormParts};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::generated::{Client, builder, types};
use super::{Sent, client, read, texts, thing};
use crate::raw_server::RawServer;
use crate::support;

/// The size of a chunk of a stream.
const CHUNK: usize = 64 * 1024;

/// Returns the request with a fixed text instead of its boundary, which is random: 64
/// hexadecimal digits.
fn with_fixed_boundary(sent: &Sent) -> String {
    let [content_type] = sent.header("content-type")[..] else {
        panic!("{:?}", sent.header("content-type"));
    };
    let (_, rest) = content_type.split_once("; boundary=").unwrap();
    let boundary = rest.split(';').next().unwrap();
    assert_eq!(boundary.len(), 64);
    assert!(boundary.bytes().all(|it| it.is_ascii_hexdigit()));
    let fixed = "0".repeat(64);
    format!(
        "{}\ncontent-type: {}\ncontent-length: {}\n\n{}",
        sent.line(),
        content_type.replace(boundary, &fixed),
        sent.header("content-length")[0],
        sent.body().replace(boundary, &fixed).replace("\r\n", "\n"),
    )
}

fn upload(client: &Client) -> builder::Upload<'_> {
    let purpose: types::UploadBodyPurpose = read(json!("archive"));
    client
        .upload()
        .file(FilePart::bytes("a \"report\".pdf", "%PDF"))
        .purpose(purpose)
}

#[tokio::test]
async fn each_part_is_sent_under_its_name_and_in_its_encoding() {
    let server = RawServer::start().await;
    server.queue_http(204, "", "");
    let pages = ["1.png", "2"].map(|name| FilePart::bytes(name, name).content_type("image/png"));
    upload(&client(&server))
        .pages(pages)
        .meta(thing("x"))
        .points(vec![read(json!({"x": 1})), read(json!({"x": 2}))])
        .labels(texts(&["one", "two"]))
        .body_part(5)
        .send()
        .await
        .unwrap();
    let sent = with_fixed_boundary(&Sent::last(&server));
    support::snapshot_text("multipart_form_data", &sent);
}

#[tokio::test]
async fn the_json_of_related_parts_is_the_root_and_no_part_is_no_body() {
    let server = RawServer::start().await;
    let client = client(&server);
    server.queue_http(204, "", "");
    let title: types::UploadRelatedBodyTitle = read(json!({"text": "t"}));
    let data = FilePart::bytes("a.png", "PNG");
    let request = client.upload_related().data(data).title(title);
    request.send().await.unwrap();
    let sent = with_fixed_boundary(&Sent::last(&server));
    support::snapshot_text("multipart_related", &sent);

    server.queue_http(204, "", "");
    client.upload_related().send().await.unwrap();
    let sent = Sent::last(&server);
    assert!(sent.header("content-type").is_empty() && sent.body().is_empty());
}

#[tokio::test]
async fn parts_that_are_not_described_are_sent_under_their_names() {
    let server = RawServer::start().await;
    let client = client(&server);
    server.queue_http(429, "retry-after: 0\r\n", "");
    server.queue_http(204, "", "");
    let parts = FormParts::new()
        .text("purpose", "archive")
        .json("meta", &thing("x"))
        .file("file", FilePart::bytes("a.pdf", "%PDF"));
    client.upload_any().body(parts).send().await.unwrap();
    assert_eq!(server.requests().len(), 2);
    let sent = with_fixed_boundary(&Sent::last(&server));
    support::snapshot_text("multipart_of_undescribed_parts", &sent);

    server.clear();
    let file = FilePart::bytes("a", "A").content_type("a\nb");
    let parts = FormParts::new().file("file", file);
    let error = client.upload_any().body(parts).send().await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("POST /upload/any") && error.contains("of file"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_required_part_that_is_missing_is_named_and_nothing_is_sent() {
    let server = RawServer::start().await;
    let purpose: types::UploadBodyPurpose = read(json!("archive"));
    let request = client(&server).upload().purpose(purpose).send().await;
    let error = request.unwrap_err().to_string();
    assert!(
        error.contains("file") && error.contains("/upload"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_form_in_memory_is_retried_and_a_streamed_one_is_sent_once() {
    let server = RawServer::start().await;
    let client = client(&server);
    server.queue_http(429, "retry-after: 0\r\n", "");
    server.queue_http(204, "", "");
    upload(&client).send().await.unwrap();
    let requests = server.requests();
    let body = |request: &String| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(requests.len(), 2);
    assert_eq!(body(&requests[0]), body(&requests[1]));

    server.clear();
    server.queue_http(429, "retry-after: 0\r\n", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, "%PDF").unwrap();
    let file = FilePart::open(&path).await.unwrap();
    let error = upload(&client).file(file).send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429);
    let sent = Sent::last(&server);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        sent.header("content-length"),
        [sent.body().len().to_string()]
    );
    assert!(sent.body().contains("filename=\"report.pdf\"") && sent.body().contains("%PDF"));
}

#[tokio::test]
async fn a_streamed_file_of_another_length_is_an_error_that_names_it() {
    let server = RawServer::start().await;
    let chunks = futures::stream::iter([Ok::<_, io::Error>("four")]);
    let file = FilePart::stream("a", chunks, Some(9));
    let error = upload(&client(&server)).file(file).send().await;
    let error = error.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("ended 5 bytes before its length"), "{text}");
}

/// The server reads the start of the body only, so a stream that is read much further would be
/// buffered in this process.
#[tokio::test]
async fn a_streamed_file_is_read_as_it_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut start = vec![0; CHUNK];
        connection.read_exact(&mut start).await.unwrap();
        let response = crate::raw_server::http(413, "", "");
        connection.write_all(&response).await.unwrap();
    });
    let total = 16 * 1024;
    let produced = Arc::new(AtomicUsize::new(0));
    let count = produced.clone();
    let chunks = futures::stream::iter(0..total).map(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, io::Error>(vec![b'x'; CHUNK])
    });
    let file = FilePart::stream("large", chunks, Some((total * CHUNK) as u64));
    let client = super::client_of(&address);
    upload(&client).file(file).send().await.unwrap_err();
    server.await.unwrap();
    let produced = produced.load(Ordering::Relaxed);
    assert!(produced > 0 && produced < total / 4, "{produced}");
}
